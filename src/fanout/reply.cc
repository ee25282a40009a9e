#include "fanout/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fanout/json.h"
#include "fanout/sse.h"

namespace braid::fanout {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return has(text, w); });
}

// The beginning of a text, on one line.
std::string excerpt(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 200)) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank && static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (text.size() > 200) out += "…";
  return out;
}

bool looks_like_html(const RawReply& raw) {
  const std::size_t first = raw.body.find_first_not_of(" \t\r\n");
  return has(lower(header(raw.headers, "content-type")), "text/html") ||
         (first != std::string::npos && raw.body[first] == '<');
}

// What an error body says: OpenAI's {"error": {...}}, a bare string, {"detail": …}, {"message": …}.
struct ErrorBody {
  std::string message;
  std::string kind;  // type and code in lower case
  std::string parameter;
  long status = 0;  // a code that is a status, as gateways put it into a 200
};

ErrorBody error_of(const Json& body) {
  ErrorBody out;
  const Json* error = body.find("error");
  if (error == nullptr) error = body.find("detail");
  if (error == nullptr) error = &body;
  if (error->is_string()) {
    out.message = error->text;
    return out;
  }
  const auto take = [&](std::string_view name) -> std::string {
    const Json* value = error->find(name);
    if (value == nullptr || value->is(Json::Kind::null)) return {};
    return value->is_string() ? value->text : value->dump();
  };
  out.message = take("message");
  if (out.message.empty() && error->is_array()) out.message = error->dump();
  out.parameter = take("param");
  out.kind = lower(take("type") + " " + take("code"));
  for (const std::string_view name : {"code", "status", "status_code"}) {
    const Json* code = error->find(name);
    if (code == nullptr) continue;
    const std::int64_t number = code->integer().value_or(0);
    if (number >= 400 && number < 600) out.status = static_cast<long>(number);
  }
  return out;
}

Usage usage_of(const Json* usage) {
  Usage out;
  if (usage == nullptr || !usage->is_object()) return out;
  const auto take = [](const Json* value) {
    return value == nullptr ? 0 : std::max<std::int64_t>(0, value->integer().value_or(0));
  };
  const Json* prompt = usage->find("prompt_tokens");
  const Json* completion = usage->find("completion_tokens");
  out.known = prompt != nullptr || completion != nullptr;
  out.prompt = take(prompt);
  out.completion = take(completion);
  if (const Json* details = usage->find("prompt_tokens_details")) {
    out.cached = take(details->find("cached_tokens"));
  }
  if (out.cached == 0) out.cached = take(usage->find("prompt_cache_hit_tokens"));
  // Some leave out of prompt_tokens what was cached; cached is a part of it everywhere here.
  out.prompt = std::max(out.prompt, out.cached);
  return out;
}

std::string content_of(const Json* content) {
  if (content == nullptr) return {};
  if (content->is_string()) return content->text;
  std::string out;
  for (const Json& piece : content->items) {
    if (const Json* text = piece.find("text")) out += text->string_or("");
  }
  return out;
}

constexpr std::array<std::string_view, 6> kQuota = {
    "insufficient_quota",          "billing",
    "exceeded your current quota", "credit balance",
    "insufficient credits",        "insufficient balance"};
constexpr std::array<std::string_view, 5> kConcurrency = {"concurren", "simultaneous", "in flight",
                                                          "in-flight", "parallel requests"};
constexpr std::array<std::string_view, 5> kSlope = {"burst", "slope", "ramp",
                                                    "increased too quickly", "acceleration"};
constexpr std::array<std::string_view, 7> kRate = {"rate limit", "rate_limit", "per min", "rpm",
                                                   "tpm",        "per second", "per day"};
constexpr std::array<std::string_view, 5> kContext = {"context_length_exceeded", "maximum context",
                                                      "context length", "context window",
                                                      "too many tokens"};

Reply refused(const RawReply& raw, const std::string& words, std::string message) {
  Reply out;
  out.meaning = Meaning::refused;
  out.error = std::move(message);
  if (has_any(words, kConcurrency)) {
    out.refusal = Refusal::concurrency;
  } else if (has_any(words, kSlope)) {
    out.refusal = Refusal::slope;
  } else {
    const AnnouncedLimits limits = limits_of(raw.headers, std::chrono::system_clock::now());
    const bool used_up =
        limits.requests.remaining.value_or(1) <= 0 || limits.tokens.remaining.value_or(1) <= 0;
    if (out.retry_after || used_up || has_any(words, kRate)) out.refusal = Refusal::rate;
  }
  return out;
}

Reply adjusted(const std::string& words, const ErrorBody& error) {
  Reply out;
  const std::string named = lower(error.parameter) + " " + words;
  for (const std::string_view field : {"stream_options", "strict", "response_format"}) {
    if (!has(named, field)) continue;
    out.meaning = Meaning::adjust;
    out.field = field;
    return out;
  }
  if (has(named, "max_tokens") && has(named, "max_completion_tokens")) {
    out.meaning = Meaning::adjust;
    out.field = "max_tokens";
  }
  return out;
}

Reply stopped(StopCause cause, std::string message) {
  Reply out;
  out.meaning = Meaning::stop;
  out.cause = cause;
  out.error = std::move(message);
  return out;
}

Reply of_status(const RawReply& raw, long status, const ErrorBody& error) {
  const std::string words = lower(error.message) + " " + error.kind;
  const std::string said = error.message.empty() ? std::string() : ": " + excerpt(error.message);
  const std::string message = fmt::format("HTTP {}{}", status, said);
  Reply out;
  out.error = message;
  const std::string_view should = header(raw.headers, "x-should-retry");
  if (status == 429 && has_any(words, kQuota)) {
    return stopped(StopCause::quota, "the quota of this key is used up" + said);
  }
  if (status == 402) return stopped(StopCause::quota, "the server wants to be paid first" + said);
  if (status == 401 || status == 403) {
    return stopped(StopCause::key,
                   fmt::format("the server does not accept the key (HTTP {}){}", status, said));
  }
  if (should == "false" && status != 429) {
    out.meaning = Meaning::hopeless;
  } else if (should == "true" && status != 429) {
    out.meaning = Meaning::fault;
  } else if (status == 429 || (status == 503 && has(words, "queue")) ||
             (status == 503 && has(words, "maximum pending"))) {
    out = refused(raw, words, message);
  } else if (status == 404) {
    if (has(words, "model")) return stopped(StopCause::model, "no such model" + said);
    return stopped(StopCause::address,
                   "nothing answers at this address (HTTP 404); is the base URL right?" + said);
  } else if (status == 400 || status == 422) {
    if (has_any(words, kContext)) {
      out.meaning = Meaning::hopeless;
      out.error = "longer than the model can read" + said;
    } else if (has(words, "model_not_found") || has(words, "invalid model")) {
      return stopped(StopCause::model, "no such model" + said);
    } else {
      out = adjusted(words, error);
      if (out.meaning != Meaning::adjust) out.meaning = Meaning::hopeless;
      out.error = message;
    }
  } else if (status == 408 || status == 409 || status >= 500) {
    out.meaning = Meaning::fault;
  } else if (status >= 300 && status < 400) {
    return stopped(StopCause::address,
                   fmt::format("the server redirects (HTTP {}), and a key is not sent elsewhere; "
                               "is the base URL right?",
                               status));
  } else {
    out.meaning = Meaning::hopeless;
  }
  return out;
}

// An answer's own troubles: no text, refused by the model.
Reply judged(Reply out, const std::string& refusal) {
  out.meaning = Meaning::answer;
  if (!refusal.empty()) {
    out.meaning = Meaning::hopeless;
    out.error = "the model refuses: " + excerpt(refusal);
  } else if (out.finish == "content_filter") {
    out.meaning = Meaning::hopeless;
    out.error = "held back by the provider's content filter";
  } else if (out.text.empty()) {
    out.meaning = out.finish == "length" ? Meaning::hopeless : Meaning::fault;
    out.error =
        out.finish == "length" ? "max_tokens were used up before any text" : "the answer is empty";
  }
  return out;
}

Reply of_error_body(const RawReply& raw, const Json& body) {
  const ErrorBody error = error_of(body);
  if (error.status != 0) return of_status(raw, error.status, error);
  if (has(error.kind, "rate_limit") || has(error.kind, "overloaded")) {
    return of_status(raw, has(error.kind, "rate") ? 429 : 529, error);
  }
  if (has_any(error.kind, kQuota)) return of_status(raw, 429, error);
  Reply out;
  out.error = "an error in place of an answer: " + excerpt(error.message);
  return out;
}

bool is_error(const Json& body) {
  const Json* error = body.find("error");
  return error != nullptr && !error->is(Json::Kind::null);
}

Reply read_plain(const RawReply& raw) {
  Reply out;
  const auto body = parse_json(raw.body);
  if (!body) {
    out.error = looks_like_html(raw) ? "HTML in place of JSON: " + excerpt(raw.body)
                : raw.complete       ? "the reply is no JSON: " + excerpt(raw.body)
                                     : "the reply is cut: " + raw.transport;
    return out;
  }
  if (is_error(*body)) return of_error_body(raw, *body);
  const Json* choice = body->at_pointer("/choices/0");
  if (choice == nullptr) {
    out.error = "the reply has no choices: " + excerpt(raw.body);
    return out;
  }
  out.usage = usage_of(body->find("usage"));
  if (const Json* model = body->find("model")) out.model = model->string_or("");
  if (const Json* finish = choice->find("finish_reason")) out.finish = finish->string_or("");
  const Json* message = choice->find("message");
  std::string refusal;
  if (message != nullptr) {
    out.text = content_of(message->find("content"));
    if (const Json* said = message->find("refusal")) refusal = said->string_or("");
  } else if (const Json* text = choice->find("text")) {
    out.text = text->string_or("");
  }
  return judged(std::move(out), refusal);
}

Reply read_stream(const RawReply& raw) {
  Reply out;
  EventReader reader;
  std::vector<std::string> events = reader.take(raw.body);
  if (raw.complete) {
    for (std::string& last : reader.finish()) events.push_back(std::move(last));
  }
  bool done = false;
  std::string refusal;
  for (const std::string& event : events) {
    if (event == "[DONE]") {
      done = true;
      continue;
    }
    const auto body = parse_json(event);
    if (!body) {
      out.error = "an event of the stream is no JSON: " + excerpt(event);
      return out;
    }
    if (is_error(*body)) return of_error_body(raw, *body);
    if (const Usage usage = usage_of(body->find("usage")); usage.known) out.usage = usage;
    if (const Json* model = body->find("model"); model != nullptr && out.model.empty()) {
      out.model = model->string_or("");
    }
    const Json* choice = body->at_pointer("/choices/0");
    if (choice == nullptr) continue;
    if (const Json* finish = choice->find("finish_reason");
        finish != nullptr && finish->is_string()) {
      out.finish = finish->text;
    }
    if (const Json* delta = choice->find("delta")) {
      out.text += content_of(delta->find("content"));
      if (const Json* said = delta->find("refusal")) refusal += said->string_or("");
    }
  }
  if (!done && out.finish.empty()) {
    out.error = raw.complete ? "the stream ends without an end of the answer"
                             : "the stream is cut: " + raw.transport;
    out.text.clear();
    return out;
  }
  return judged(std::move(out), refusal);
}

}  // namespace

std::string delta_of_event(std::string_view data) {
  const auto body = parse_json(data);
  const Json* delta = body ? body->at_pointer("/choices/0/delta/content") : nullptr;
  return content_of(delta);
}

Reply read_reply(const RawReply& raw) {
  Reply out;
  const auto now = std::chrono::system_clock::now();
  if (raw.status == 0) {
    out.error = raw.transport;
  } else if (raw.status >= 200 && raw.status < 300) {
    const bool events = has(lower(header(raw.headers, "content-type")), "text/event-stream");
    const std::size_t first = raw.body.find_first_not_of(" \t\r\n");
    const bool json = first != std::string::npos && raw.body[first] == '{';
    out = events || (raw.streamed && !json && !looks_like_html(raw)) ? read_stream(raw)
                                                                     : read_plain(raw);
  } else {
    const auto body = parse_json(raw.body);
    ErrorBody error = body ? error_of(*body) : ErrorBody{};
    if (!body && looks_like_html(raw))
      error.message = "HTML in place of JSON: " + excerpt(raw.body);
    else if (!body)
      error.message = excerpt(raw.body);
    out = of_status(raw, raw.status, error);
  }
  out.retry_after = retry_after_of(raw.headers, now);
  if (out.meaning == Meaning::refused && out.refusal == Refusal::unknown && out.retry_after) {
    out.refusal = Refusal::rate;
  }
  return out;
}

}  // namespace braid::fanout
