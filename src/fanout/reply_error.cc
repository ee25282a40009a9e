#include "fanout/reply_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace braid::fanout {
namespace {

bool has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return has(text, w); });
}

// As type or code.
constexpr std::array<std::string_view, 6> kQuotaKinds = {
    "insufficient_quota",   "billing",   "quota_exceeded",
    "insufficient_balance", "no_credit", "insufficient_credit"};
// As words of a message; a mere "billing" is not among them, since refusals for rate advise to look
// there.
constexpr std::array<std::string_view, 6> kQuotaWords = {
    "insufficient_quota",   "exceeded your current quota", "credit balance",
    "insufficient credits", "insufficient balance",        "billing hard limit"};
constexpr std::array<std::string_view, 5> kConcurrency = {"concurren", "simultaneous", "in flight",
                                                          "in-flight", "parallel requests"};
constexpr std::array<std::string_view, 5> kSlope = {"burst", "slope", "ramp",
                                                    "increased too quickly", "acceleration"};
constexpr std::array<std::string_view, 7> kRate = {"rate limit", "rate_limit", "per min", "rpm",
                                                   "tpm",        "per second", "per day"};
constexpr std::array<std::string_view, 9> kContext = {
    "context_length_exceeded", "maximum context",   "context length",
    "context window",          "context size",      "too many tokens",
    "prompt is too long",      "input is too long", "reduce the length"};

constexpr std::array<std::string_view, 7> kNotTaken = {
    "unsupported", "not support",   "unrecognized", "unknown",
    "unexpected",  "not permitted", "not allowed"};

// A refusal that names its end, whatever else it says, is one of rate.
bool is_quota(const std::string& words, const ErrorBody& error, bool names_time) {
  if (has(error.kind, "insufficient_quota")) return true;
  if (has(error.kind, "rate_limit") || names_time) return false;
  return has_any(error.kind, kQuotaKinds) || has_any(words, kQuotaWords);
}

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
    if (used_up || has_any(words, kRate)) out.refusal = Refusal::rate;
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
    return out;
  }
  // A setting that the server has not at all, not one whose value is wrong.
  if (!has_any(words, kNotTaken)) return out;
  for (const std::string_view field : {"seed", "temperature", "top_p"}) {
    if (!has(named, field)) continue;
    out.meaning = Meaning::adjust;
    out.field = field;
    return out;
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

Reply too_long(const std::string& said) {
  Reply out;
  out.meaning = Meaning::hopeless;
  out.is_too_long = true;
  out.error = "longer than the model can read" + said;
  return out;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string excerpt(std::string_view text, std::size_t most) {
  std::string out;
  std::string_view begin = text.substr(0, most);
  while (!begin.empty()) {
    const std::size_t bad = std::min(find_invalid_utf8(begin), begin.size());
    for (const char c : begin.substr(0, bad)) {
      const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
      if (!blank && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
        out += c;
      } else if (!out.empty() && out.back() != ' ') {
        out += ' ';
      }
    }
    begin.remove_prefix(std::min(bad + 1, begin.size()));
  }
  if (text.size() > most) out += "…";
  return out;
}

bool looks_like_html(const RawReply& raw) {
  const std::size_t first = raw.body.find_first_not_of(" \t\r\n");
  return has(lower(header(raw.headers, "content-type")), "text/html") ||
         (first != std::string::npos && raw.body[first] == '<');
}

ErrorBody error_of(const Json& body) {
  ErrorBody out;
  if (body.is_array() && !body.items.empty()) return error_of(body.items[0]);
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

bool is_error(const Json& body) {
  if (body.is_array()) return !body.items.empty() && is_error(body.items[0]);
  // As vLLM had it, also within a stream, which then ends as others do.
  if (const Json* kind = body.find("object"); kind != nullptr && kind->string_or("") == "error") {
    return true;
  }
  const Json* error = body.find("error");
  if (error == nullptr) return false;
  if (error->is_string()) return !error->text.empty();
  return error->is_object() ? !error->members.empty()
                            : !error->is(Json::Kind::null) && !error->is(Json::Kind::boolean);
}

Reply of_status(const RawReply& raw, long status, const ErrorBody& error) {
  const std::string words = lower(error.message) + " " + error.kind;
  const std::string said = error.message.empty() ? std::string() : ": " + excerpt(error.message);
  const std::string message = fmt::format("HTTP {}{}", status, said);
  const auto wait = retry_after_of(raw.headers, std::chrono::system_clock::now());
  const auto named = wait ? wait : wait_in_words(words);
  Reply out;
  out.error = message;
  const std::string_view should = header(raw.headers, "x-should-retry");
  if (status == 429 && is_quota(words, error, named.has_value())) {
    return stopped(StopCause::quota, "the quota of this key is used up" + said);
  }
  if (should == "true" && status != 429) {
    out.meaning = Meaning::fault;
    return out;
  }
  if (status == 402) return stopped(StopCause::quota, "the server wants to be paid first" + said);
  if (status == 401 || status == 403) {
    return stopped(StopCause::key,
                   fmt::format("the server does not accept the key (HTTP {}){}", status, said));
  }
  if (should == "false") {
    out.meaning = Meaning::hopeless;
  } else if (status == 429 || (status == 503 && has(words, "queue")) ||
             (status == 503 && has(words, "maximum pending"))) {
    out = refused(raw, words, message);
    out.retry_after = named;
  } else if (status == 404) {
    if (has(words, "model")) return stopped(StopCause::model, "no such model" + said);
    return stopped(StopCause::address,
                   "nothing answers at this address (HTTP 404); is the base URL right?" + said);
  } else if (status == 405) {
    return stopped(StopCause::address,
                   "this address takes no calls (HTTP 405); is the base URL right?" + said);
  } else if (status == 413) {
    return too_long(said);
  } else if (status == 400 || status == 422) {
    if (has_any(words, kContext)) return too_long(said);
    if (has(words, "model_not_found") || has(words, "invalid model")) {
      return stopped(StopCause::model, "no such model" + said);
    }
    out = adjusted(words, error);
    if (out.meaning != Meaning::adjust) out.meaning = Meaning::hopeless;
    out.error = message;
  } else if (status == 408 || status == 409 || status == 425 || status >= 500) {
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

Reply of_error_body(const RawReply& raw, const Json& body) {
  const ErrorBody error = error_of(body);
  if (error.status != 0) return of_status(raw, error.status, error);
  if (has(error.kind, "rate_limit") || has(error.kind, "overloaded")) {
    return of_status(raw, has(error.kind, "rate") ? 429 : 529, error);
  }
  if (has_any(error.kind, kQuotaKinds)) return of_status(raw, 429, error);
  if (has_any(lower(error.message) + error.kind, kContext)) return of_status(raw, 400, error);
  Reply out;
  out.error = "an error in place of an answer: " + excerpt(error.message);
  return out;
}

}  // namespace braid::fanout
