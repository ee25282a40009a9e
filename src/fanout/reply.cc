#include "fanout/reply.h"

#include <fmt/format.h>

#include <algorithm>

#include "fanout/json.h"
#include "fanout/reply_error.h"
#include "fanout/sse.h"

namespace braid::fanout {
namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000'000;  // of one reply

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

Usage usage_of(const Json* usage) {
  Usage out;
  if (usage == nullptr || !usage->is_object()) return out;
  // None: no count. What is too large for one is taken as very much, which no budget allows.
  const auto count = [](const Json* value) -> std::optional<std::int64_t> {
    const double number = value == nullptr ? -1 : value->number().value_or(-1);
    if (!(number >= 0)) return std::nullopt;
    return number > kMostTokens ? kMostTokens : static_cast<std::int64_t>(number);
  };
  const auto take = [&](const Json* value) { return count(value).value_or(0); };
  const auto prompt = count(usage->find("prompt_tokens"));
  const auto completion = count(usage->find("completion_tokens"));
  // Half a count would settle a budget for less than was spent.
  out.known = prompt && completion;
  out.prompt = prompt.value_or(0);
  out.completion = completion.value_or(0);
  if (const Json* details = usage->find("prompt_tokens_details")) {
    out.cached = take(details->find("cached_tokens"));
  }
  if (out.cached == 0) out.cached = take(usage->find("prompt_cache_hit_tokens"));
  // Some leave out of prompt_tokens what was cached; cached is a part of it everywhere here.
  out.prompt = std::max(out.prompt, out.cached);
  return out;
}

// A text, or pieces of which some have one.
std::string content_of(const Json* content, std::string_view kind = "text") {
  if (content == nullptr) return {};
  if (content->is_string()) return kind == "text" ? content->text : std::string();
  std::string out;
  for (const Json& piece : content->items) {
    if (const Json* text = piece.find(kind)) out += text->string_or("");
  }
  return out;
}

// The choice whose index is 0; without indexes, the first one.
const Json* first_choice(const Json& body) {
  const Json* choices = body.find("choices");
  if (choices == nullptr) return nullptr;
  for (const Json& choice : choices->items) {
    const Json* index = choice.find("index");
    if (index == nullptr || index->integer().value_or(0) == 0) return &choice;
  }
  return nullptr;
}

struct Said {
  std::string refusal;
  bool calls_tool = false;
};

// An answer's own troubles: no text, refused by the model.
Reply judged(Reply out, const Said& said) {
  out.meaning = Meaning::answer;
  out.text = with_valid_utf8(std::move(out.text));
  if (!said.refusal.empty()) {
    out.meaning = Meaning::hopeless;
    out.error = "the model refuses: " + excerpt(said.refusal);
  } else if (out.finish == "content_filter") {
    out.meaning = Meaning::hopeless;
    out.error = "held back by the provider's content filter";
  } else if (out.finish == "error") {
    out.meaning = Meaning::fault;
    out.error = "the server broke off with an error";
  } else if (is_blank(out.text) && said.calls_tool) {
    out.meaning = Meaning::hopeless;
    out.error = "the model calls a tool in place of an answer";
  } else if (is_blank(out.text)) {
    out.meaning = out.finish == "length" ? Meaning::hopeless : Meaning::fault;
    out.error =
        out.finish == "length" ? "max_tokens were used up before any text" : "the answer is empty";
  }
  return out;
}

void look_for_tools(const Json& message, Said& said) {
  const Json* calls = message.find("tool_calls");
  const Json* function = message.find("function_call");
  said.calls_tool = said.calls_tool || (calls != nullptr && !calls->items.empty()) ||
                    (function != nullptr && function->is_object());
}

Reply read_plain(const RawReply& raw) {
  Reply out;
  const auto body = parse_reply(raw.body);
  if (!body) {
    out.error = looks_like_html(raw) ? "HTML in place of JSON: " + excerpt(raw.body)
                : !raw.complete      ? "the reply is cut: " + raw.transport
                : is_blank(raw.body) ? "the reply is empty"
                                     : "the reply is no JSON: " + excerpt(raw.body);
    return out;
  }
  if (is_error(*body)) return of_error_body(raw, *body);
  out.usage = usage_of(body->find("usage"));
  const Json* choice = first_choice(*body);
  if (choice == nullptr) {
    out.error = "the reply has no choices: " + excerpt(raw.body);
    return out;
  }
  if (is_error(*choice)) return of_error_body(raw, *choice);
  if (const Json* model = body->find("model")) out.model = model->string_or("");
  if (const Json* finish = choice->find("finish_reason")) out.finish = finish->string_or("");
  const Json* message = choice->find("message");
  Said said;
  if (message != nullptr) {
    out.text = content_of(message->find("content"));
    said.refusal = content_of(message->find("content"), "refusal");
    if (const Json* refusal = message->find("refusal")) said.refusal += refusal->string_or("");
    look_for_tools(*message, said);
  } else if (const Json* text = choice->find("text")) {
    out.text = text->string_or("");
  }
  return judged(std::move(out), said);
}

Reply read_stream(const RawReply& raw) {
  Reply out;
  EventReader reader;
  std::vector<std::string> events = reader.take(raw.body);
  if (raw.complete) {
    for (std::string& last : reader.finish()) events.push_back(std::move(last));
  }
  bool done = false;
  Said said;
  for (const std::string& event : events) {
    if (is_blank(event)) continue;  // keeps the connection open
    if (is_stream_end(event)) {
      done = true;
      break;
    }
    const auto body = parse_reply(event);
    if (!body) {
      out.error = "an event of the stream is no JSON: " + excerpt(event);
      return out;
    }
    if (is_error(*body)) {
      Reply broken = of_error_body(raw, *body);
      broken.usage = out.usage;
      return broken;
    }
    if (const Usage usage = usage_of(body->find("usage")); usage.known) out.usage = usage;
    if (const Json* model = body->find("model"); model != nullptr && out.model.empty()) {
      out.model = model->string_or("");
    }
    const Json* choice = first_choice(*body);
    if (choice == nullptr) continue;
    if (const Json* finish = choice->find("finish_reason");
        finish != nullptr && finish->is_string()) {
      out.finish = finish->text;
    }
    if (const Json* delta = choice->find("delta")) {
      out.text += content_of(delta->find("content"));
      if (const Json* refusal = delta->find("refusal")) said.refusal += refusal->string_or("");
      look_for_tools(*delta, said);
    }
  }
  if (!done && out.finish.empty()) {
    out.error = raw.complete ? "the stream ends without an end of the answer"
                             : "the stream is cut: " + raw.transport;
    out.text.clear();
    return out;
  }
  return judged(std::move(out), said);
}

}  // namespace

bool is_stream_end(std::string_view data) {
  const std::size_t first = data.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  data = data.substr(first, data.find_last_not_of(" \t\r") + 1 - first);
  return data == "[DONE]";
}

std::string delta_of_event(std::string_view data) {
  const auto body = parse_reply(data);
  const Json* choice = body ? first_choice(*body) : nullptr;
  const Json* delta = choice == nullptr ? nullptr : choice->find("delta");
  return delta == nullptr ? std::string() : content_of(delta->find("content"));
}

Reply read_reply(const RawReply& raw) {
  Reply out;
  const auto now = std::chrono::system_clock::now();
  if (raw.status == 0) {
    out.error = raw.transport;
  } else if (raw.is_too_long) {
    out.meaning = Meaning::hopeless;
    out.error = raw.transport;
  } else if (raw.status >= 200 && raw.status < 300) {
    const bool events =
        lower(header(raw.headers, "content-type")).find("text/event-stream") != std::string::npos;
    const std::size_t first = raw.body.find_first_not_of(" \t\r\n");
    const bool json = first != std::string::npos && raw.body[first] == '{';
    out = events || (raw.streamed && !json && !looks_like_html(raw)) ? read_stream(raw)
                                                                     : read_plain(raw);
  } else {
    const auto body = parse_reply(raw.body);
    ErrorBody error = body ? error_of(*body) : ErrorBody{};
    if (!body && looks_like_html(raw))
      error.message = "HTML in place of JSON: " + excerpt(raw.body);
    else if (!body)
      error.message = excerpt(raw.body);
    out = of_status(raw, raw.status, error);
  }
  if (!out.retry_after) out.retry_after = retry_after_of(raw.headers, now);
  if (out.meaning == Meaning::refused && out.refusal == Refusal::unknown && out.retry_after) {
    out.refusal = Refusal::rate;
  }
  return out;
}

}  // namespace braid::fanout
