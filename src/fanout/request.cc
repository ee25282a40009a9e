#include "fanout/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "fanout/schema.h"

namespace braid::fanout {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.size() == 1 ? "\"" : ",\"";
  out += name;
  out += "\":";
  out += value;
}

// What `extra` holds goes out in place of a member of the same name.
bool is_in_extra(const Request& request, std::string_view name) {
  return request.extra && request.extra->find(name) != nullptr;
}

// A whole number of a body of the user's own, within what a product may have.
std::int64_t number_in(const Json* from, std::string_view name) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const Json* value = from == nullptr ? nullptr : from->find(name);
  return value == nullptr ? 0 : std::clamp<std::int64_t>(value->integer().value_or(0), 0, kMost);
}

void append_messages(std::string& out, const Request& request) {
  out += out.size() == 1 ? "\"messages\":[" : ",\"messages\":[";
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    out += i == 0 ? "{\"role\":" : ",{\"role\":";
    append_quoted(out, request.messages[i].role);
    out += ",\"content\":";
    append_quoted(out, request.messages[i].text);
    out += '}';
  }
  out += ']';
}

std::string whole_body(const Request& request, bool stream, const Dropped& dropped) {
  Json body = *request.whole;
  std::erase_if(body.members, [](const auto& member) { return member.first == "metadata"; });
  if (request.model && body.find("model") == nullptr) body.set("model", Json::from(*request.model));
  const bool is_bounded =
      body.find("max_tokens") != nullptr || body.find("max_completion_tokens") != nullptr;
  if (request.max_tokens && !is_bounded) body.set("max_tokens", Json::from(*request.max_tokens));
  if (request.seed && !dropped.seed) body.set("seed", Json::from(*request.seed));
  // What the options say holds for bodies that say nothing of it.
  const auto fill_in = [&](std::string_view name, Json value) {
    if (body.find(name) == nullptr) body.set(name, std::move(value));
  };
  if (request.temperature && !dropped.temperature) {
    fill_in("temperature", Json::from(*request.temperature));
  }
  if (request.top_p && !dropped.top_p) fill_in("top_p", Json::from(*request.top_p));
  if (request.extra) {
    for (const auto& [name, value] : request.extra->members) fill_in(name, value);
  }
  if (Json* messages = body.find("messages"); messages != nullptr) {
    for (const Message& message : request.messages) {  // re-asks
      Json& added = messages->items.emplace_back(Json::object());
      added.set("role", Json::from(message.role));
      added.set("content", Json::from(message.text));
    }
  }
  std::erase_if(body.members, [](const auto& member) {
    return member.first == "stream" || member.first == "stream_options";
  });
  if (stream) {
    body.set("stream", Json::from(true));
    if (!dropped.stream_options) {
      Json options = Json::object();
      options.set("include_usage", Json::from(true));
      body.set("stream_options", std::move(options));
    }
  }
  return body.dump();
}

}  // namespace

std::string make_body(const Request& request, bool stream, const Dropped& dropped) {
  if (request.whole) return whole_body(request, stream, dropped);
  std::string out = "{";
  out.reserve(prompt_bytes(request) + 256);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!is_in_extra(request, name)) append_member(out, name, value);
  };
  if (request.model) add("model", quoted(*request.model));
  append_messages(out, request);
  if (request.temperature && !dropped.temperature) {
    add("temperature", fmt::format("{}", *request.temperature));
  }
  if (request.top_p && !dropped.top_p) add("top_p", fmt::format("{}", *request.top_p));
  if (request.seed && !dropped.seed) add("seed", std::to_string(*request.seed));
  if (request.max_tokens) {
    add(dropped.max_tokens ? "max_completion_tokens" : "max_tokens",
        std::to_string(*request.max_tokens));
  }
  if (request.schema && !dropped.response_format) {
    add("response_format",
        fmt::format("{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"answer\","
                    "\"schema\":{}{}}}}}",
                    request.schema->text(), dropped.strict ? "" : ",\"strict\":true"));
  }
  if (stream) {
    add("stream", "true");
    if (!dropped.stream_options) add("stream_options", "{\"include_usage\":true}");
  }
  if (request.extra) {
    for (const auto& [name, value] : request.extra->members) {
      append_member(out, name, value.dump());
    }
  }
  out += '}';
  return out;
}

bool leave_texts(Request& request) {
  // A body's own members, and deep ones, could stand in the way of reading it again.
  if (request.whole || request.extra || request.schema) return false;
  for (Message& message : request.messages) std::string().swap(message.text);  // and its memory
  return true;
}

void take_texts_back(Request& request, std::string_view body) {
  const auto made = parse_json(body);
  const Json* messages = made ? made->find("messages") : nullptr;
  BRAID_CHECK(messages != nullptr && messages->items.size() == request.messages.size());
  for (std::size_t i = 0; i < messages->items.size(); ++i) {
    const Json* content = messages->items[i].find("content");
    BRAID_CHECK(content != nullptr);
    request.messages[i].text = content->text;
  }
}

std::string model_of(const Request& request) {
  const Json* own = request.whole ? request.whole->find("model") : nullptr;
  if (own == nullptr && request.extra) own = request.extra->find("model");
  return own == nullptr ? request.model.value_or("") : std::string(own->string_or(""));
}

Request request_of(const Model& settings) {
  Request request;
  request.model = settings.name;
  request.temperature = settings.temperature;
  request.top_p = settings.top_p;
  request.max_tokens = settings.max_tokens;
  if (settings.extra) request.extra = std::make_shared<const Json>(*settings.extra);
  return request;
}

std::int64_t prompt_bound(const Request& request) {
  std::size_t bytes = prompt_bytes(request) + 64 + 16 * request.messages.size();
  if (request.schema) bytes += request.schema->text().size();
  if (request.whole) bytes += 16 * 64;
  return static_cast<std::int64_t>(bytes);
}

std::int64_t completion_bound(const Request& request) {
  std::int64_t most = 0;
  std::int64_t answers = 1;
  for (const Json* own : {request.whole.get(), request.extra.get()}) {
    most = std::max({most, number_in(own, "max_tokens"), number_in(own, "max_completion_tokens")});
    answers = std::max(answers, number_in(own, "n"));
  }
  const bool has_own = request.whole && most > 0;
  if (!has_own) most = std::max(most, request.max_tokens.value_or(0));
  return most * answers;
}

std::size_t prompt_bytes(const Request& request) {
  std::size_t bytes = 0;
  for (const Message& message : request.messages) bytes += message.text.size();
  if (request.whole) {
    if (const Json* messages = request.whole->find("messages")) bytes += messages->dump().size();
  }
  return bytes;
}

}  // namespace braid::fanout
