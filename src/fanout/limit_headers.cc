// What headers say about limits. Nobody agrees on the form: resets come as 12ms, 6m0s, seconds,
// epoch seconds, epoch milliseconds or dates, and only their size tells which.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "fanout/reply.h"

namespace braid::fanout {
namespace {

constexpr double kForever = 1e9;  // seconds: what is added to a time must not overflow

using Moment = std::chrono::system_clock::time_point;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<double> plain_number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// 12ms, 1s, 6m0s, 1h2m3.5s, 1d
std::optional<double> duration(std::string_view text) {
  text = trimmed(text);
  double seconds = 0;
  bool any = false;
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    double unit = 0;
    std::size_t letters = 1;
    if (text.starts_with("ms")) {
      unit = 0.001;
      letters = 2;
    } else if (text.starts_with("us") || text.starts_with("ns")) {
      unit = text[0] == 'u' ? 1e-6 : 1e-9;
      letters = 2;
    } else if (text.starts_with("µs")) {
      unit = 1e-6;
      letters = 3;
    } else if (text.starts_with('s')) {
      unit = 1;
    } else if (text.starts_with('m')) {
      unit = 60;
    } else if (text.starts_with('h')) {
      unit = 3600;
    } else if (text.starts_with('d')) {
      unit = 86400;
    }
    if (unit == 0) return std::nullopt;
    text.remove_prefix(letters);
    seconds += value * unit;
    any = true;
  }
  if (!any || !std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return std::min(seconds, kForever);
}

// What follows a date: a fraction of a second, then nothing, Z, GMT, UTC, or +01:00. The seconds
// that the clock there is ahead.
std::optional<double> zone(std::string_view text) {
  if (text.starts_with('.')) {
    text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
  }
  text = trimmed(text);
  if (text.empty() || text == "Z" || text == "GMT" || text == "UTC") return 0;
  const bool is_ahead = text[0] == '+';
  if (!is_ahead && text[0] != '-') return std::nullopt;
  std::string digits(text.substr(1));
  std::erase(digits, ':');
  const auto number = plain_number(digits);
  if (!number || digits.size() != 4) return std::nullopt;
  const double span = std::floor(*number / 100) * 3600 + std::fmod(*number, 100) * 60;
  return is_ahead ? span : -span;
}

// Seconds since 1970; of any year, which the clock's own unit does not hold.
std::optional<double> date(std::string_view text) {
  const std::string copy(trimmed(text));
  for (const char* form : {"%a, %d %b %Y %H:%M:%S", "%A, %d-%b-%y %H:%M:%S", "%a %b %d %H:%M:%S %Y",
                           "%Y-%m-%dT%H:%M:%S"}) {
    std::tm parts{};
    const char* end = ::strptime(copy.c_str(), form, &parts);
    if (end == nullptr) continue;
    if (const auto ahead = zone(end)) return static_cast<double>(timegm(&parts)) - *ahead;
  }
  return std::nullopt;
}

// Seconds from now, whatever the form.
std::optional<double> moment(std::string_view text, Moment now) {
  const double here = std::chrono::duration<double>(now.time_since_epoch()).count();
  if (const auto number = plain_number(text)) {
    if (*number > 1e17) return std::clamp(*number / 1e9 - here, 0.0, kForever);
    if (*number > 1e11) return std::clamp(*number / 1e3 - here, 0.0, kForever);
    if (*number > 1e8) return std::clamp(*number - here, 0.0, kForever);
    if (*number >= 0) return *number;
    return std::nullopt;
  }
  if (const auto span = duration(text)) return span;
  if (const auto when = date(text)) return std::clamp(*when - here, 0.0, kForever);
  return std::nullopt;
}

Announced announced(const Headers& headers, std::string_view kind, Moment now) {
  Announced out;
  const auto numbered = [&](std::string_view word) -> std::optional<double> {
    for (const std::string_view before : {"x-ratelimit-", "anthropic-ratelimit-", "ratelimit-"}) {
      for (const bool kind_first : {false, true}) {
        std::string name(before);
        name += kind_first ? kind : word;
        name += '-';
        name += kind_first ? word : kind;
        const std::string_view value = header(headers, name);
        if (!value.empty()) return word == "reset" ? moment(value, now) : plain_number(value);
      }
    }
    return std::nullopt;
  };
  out.limit = numbered("limit");
  out.remaining = numbered("remaining");
  out.reset = numbered("reset");
  if (out.limit && *out.limit <= 0) out.limit.reset();
  return out;
}

}  // namespace

std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::optional<Seconds> retry_after_of(const Headers& headers, Moment now) {
  if (const auto ms = plain_number(header(headers, "retry-after-ms")); ms && *ms >= 0) {
    return Seconds(std::min(*ms / 1000, kForever));
  }
  const std::string_view text = header(headers, "retry-after");
  if (text.empty()) return std::nullopt;
  if (const auto seconds = moment(text, now)) return Seconds(*seconds);
  return std::nullopt;
}

std::optional<Seconds> wait_in_words(std::string_view words) {
  for (const std::string_view lead : {"try again in ", "retry in ", "retry after "}) {
    const std::size_t at = words.find(lead);
    if (at == std::string_view::npos) continue;
    std::string_view rest = words.substr(at + lead.size());
    rest = rest.substr(0, rest.find_first_not_of("0123456789.hms"));
    while (rest.ends_with('.')) rest.remove_suffix(1);
    if (const auto span = duration(rest)) return Seconds(*span);
    const auto number = plain_number(rest);
    if (!number || *number < 0) continue;
    const std::string_view unit = words.substr(at + lead.size() + rest.size());
    if (unit.starts_with(" sec")) return Seconds(*number);
    if (unit.starts_with(" min")) return Seconds(*number * 60);
    if (unit.starts_with(" ms") || unit.starts_with(" milli")) return Seconds(*number / 1000);
  }
  return std::nullopt;
}

double Announced::period() const {
  if (known_period) return *known_period;
  // The period, if the bucket fills evenly: the whole limit takes limit / used times the reset.
  constexpr double kPeriods[] = {1, 60, 3600, 86400};
  if (limit && remaining && reset && *reset > 0 && *remaining < *limit) {
    const double even = *reset * *limit / (*limit - *remaining);
    for (const double period : kPeriods) {
      if (even > period * 0.7 && even < period * 1.4) return period;
    }
  }
  // Else a window that ends at the reset.
  double period = 60;
  if (reset && *reset > 3600) period = 86400;
  if (reset && *reset > 60 && *reset <= 3600) period = 3600;
  return period;
}

std::optional<double> Announced::per_second() const {
  if (!limit) return std::nullopt;
  return *limit / period();
}

AnnouncedLimits limits_of(const Headers& headers, Moment now) {
  const bool has_any = std::any_of(headers.begin(), headers.end(), [](const auto& each) {
    return each.first.find("ratelimit") != std::string::npos;
  });
  if (!has_any) return {};
  AnnouncedLimits out{announced(headers, "requests", now), announced(headers, "tokens", now)};
  if (!out.requests.limit) {  // Together: one kind, a second
    if (const auto limit = plain_number(header(headers, "x-ratelimit-limit"));
        limit && *limit > 0) {
      out.requests.limit = *limit;
      out.requests.remaining = plain_number(header(headers, "x-ratelimit-remaining"));
      out.requests.reset = moment(header(headers, "x-ratelimit-reset"), now);
      if (!out.requests.reset || *out.requests.reset <= 1) out.requests.known_period = 1;
    }
  }
  return out;
}

}  // namespace braid::fanout
