#include "fanout/serve.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "fanout/fanout.h"
#include "fanout/schema.h"
#include "fanout/serve_local.h"
#include "fanout/sse.h"
#include "fanout/workflow_file.h"

namespace braid::fanout {
namespace {

constexpr auto kLongestStep = std::chrono::seconds(5);

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

// Lines that a thread of its own reads, so that waiting for calls and for requests is one wait.
class Lines {
 public:
  explicit Lines(int file) : file_(file) {}
  ~Lines() { stop(); }
  void stop() {
    stop_.store(true);
    if (reader_.joinable()) reader_.join();
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // The first one, read at once; none at the end.
  std::optional<std::string> first() {
    while (true) {
      if (auto line = cut()) return line;
      if (!read_more()) return std::nullopt;
    }
  }
  void start(std::function<void()> wake) {
    wake_ = std::move(wake);
    reader_ = std::thread([this] { read_all(); });
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  [[nodiscard]] bool is_over() const { return is_over_.load(); }

 private:
  std::optional<std::string> cut() {
    const std::size_t end = buffer_.find('\n', seen_);
    if (end == std::string::npos) {
      seen_ = buffer_.size();
      return std::nullopt;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    seen_ = 0;
    return line;
  }
  bool read_more() {
    char bytes[65536];
    while (!stop_.load()) {
      pollfd wait{file_, POLLIN, 0};
      if (::poll(&wait, 1, 200) <= 0) continue;
      const ssize_t got = ::read(file_, bytes, sizeof bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      buffer_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }
  void read_all() {
    for (bool more = true; more;) {
      std::vector<std::string> lines;
      std::size_t begin = 0;
      for (std::size_t end = buffer_.find('\n'); end != std::string::npos;
           end = buffer_.find('\n', begin)) {
        lines.push_back(buffer_.substr(begin, end - begin));
        begin = end + 1;
      }
      buffer_.erase(0, begin);
      if (!lines.empty()) {
        const std::lock_guard lock(mutex_);
        for (std::string& line : lines) lines_.push_back(std::move(line));
      }
      if (!lines.empty()) wake_();
      more = read_more();
    }
    is_over_.store(true);
    wake_();
  }

  int file_;
  std::string buffer_;
  std::size_t seen_ = 0;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> stop_ = false;
  std::function<void()> wake_;
  std::thread reader_;
};

std::optional<std::string> text_in(const Json& from, std::string_view name) {
  const Json* value = from.find(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->text;
}

std::optional<double> number_in(const Json& from, std::string_view name) {
  const Json* value = from.find(name);
  return value == nullptr ? std::nullopt : value->number();
}

std::optional<std::int64_t> integer_in(const Json& from, std::string_view name) {
  const Json* value = from.find(name);
  return value == nullptr ? std::nullopt : value->integer();
}

std::optional<std::vector<std::uint64_t>> ids_in(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::uint64_t> out;
  for (const Json& each : list.items) {
    const auto id = each.integer();
    if (!id || *id < 1) return std::nullopt;
    out.push_back(static_cast<std::uint64_t>(*id));
  }
  return out;
}

bool flag_in(const Json& from, std::string_view name) {
  const Json* value = from.find(name);
  return value != nullptr && value->boolean;
}

void take_sampling(const Json& from, Model& model) {
  if (const auto name = text_in(from, "model")) model.name = name;
  if (const auto value = number_in(from, "temperature")) model.temperature = value;
  if (const auto value = number_in(from, "top_p")) model.top_p = value;
  if (const auto value = integer_in(from, "seed")) model.seed = value;
  if (const auto value = integer_in(from, "max_tokens")) model.max_tokens = value;
  if (const Json* extra = from.find("extra"); extra != nullptr && extra->is_object()) {
    model.extra = *extra;
  }
}

Result<Workflow> workflow_of(const Json& settings) {
  Workflow out;
  Model& model = out.models["default"];
  take_sampling(settings, model);
  model.base_url = text_in(settings, "base_url");
  model.timeout = number_in(settings, "timeout");
  model.http2 = flag_in(settings, "http2");
  if (const Json* headers = settings.find("headers")) {
    for (const auto& [name, value] : headers->members)
      model.headers.emplace_back(name, value.string_or(""));
  }
  out.limits.rpm = number_in(settings, "rpm");
  out.limits.tpm = number_in(settings, "tpm");
  if (const auto most = integer_in(settings, "max_in_flight")) {
    out.limits.max_in_flight = static_cast<int>(std::clamp<std::int64_t>(*most, 1, 1'000'000));
  }
  out.limits.retries = static_cast<int>(integer_in(settings, "retries").value_or(5));
  out.limits.give_up = number_in(settings, "give_up").value_or(out.limits.give_up);
  out.budget.tokens = integer_in(settings, "budget_tokens");
  out.budget.usd = number_in(settings, "budget_usd");
  if (const auto path = text_in(settings, "prices")) {
    auto prices = read_prices(*path);
    if (!prices) return std::unexpected(prices.error());
    out.prices = std::move(*prices);
    out.has_prices = true;
  }
  out.run.journal = text_in(settings, "journal").value_or("");
  out.run.resume = flag_in(settings, "resume");
  out.run.cache = text_in(settings, "cache").value_or("");
  out.parts.emplace_back().name = "call";
  if (out.run.resume && out.run.journal.empty()) {
    return std::unexpected(Error{"resume needs a journal"});
  }
  const bool has_budget = out.budget.tokens || out.budget.usd;
  if (has_budget && !model.max_tokens) {
    return std::unexpected(
        Error{"a budget needs max_tokens, so that the cost of a call has a bound"});
  }
  const bool is_priced = model.name && out.prices.find(*model.name) != out.prices.end();
  if (out.budget.usd && !is_priced) {
    return std::unexpected(Error{"a budget in dollars needs prices, with the model in them"});
  }
  return out;
}

// Without a character at the end whose other bytes are still to come.
std::string_view whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xC0) continue;  // not its first
    const std::size_t size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return size > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

std::string_view name_of(Status status) {
  return status == Status::ok ? "ok" : status == Status::failed ? "failed" : "skipped";
}

class Service {
 public:
  Service(Caller& caller, const Workflow& workflow, int out)
      : caller_(caller), workflow_(workflow), defaults_(workflow.models.at("default")), out_(out) {}

  void take_line(const std::string& line) {
    const auto request = parse_json(line);
    if (!request || !request->is_object()) return say("{\"error\":\"a line is no JSON object\"}\n");
    if (const Json* ids = request->find("cancel")) {
      if (const auto given = ids_in(*ids)) return caller_.cancel(*given);
      return say("{\"error\":\"cancel is no list of ids\"}\n");
    }
    const auto id = integer_in(*request, "id");
    if (!id || *id < 1) return say("{\"error\":\"a request without an id\"}\n");
    if (request->find("stats") != nullptr) return say_stats(*id);
    if (auto answer = answer_locally(*request)) {
      answer->set("id", Json::from(*id));
      return say(answer->dump() + "\n");
    }
    submit(static_cast<std::uint64_t>(*id), *request);
  }

  void take_answers(std::vector<Answer> answers) {
    // First, so that whoever reads an answer that was skipped knows why.
    if (caller_.stopped() && !std::exchange(has_said_stop_, true)) {
      std::string text =
          fmt::format("{{\"stopped\":\"{}\",\"why\":", name_of(caller_.stopped()->cause));
      append_quoted(text, caller_.stopped()->why);
      say(text + "}\n");
    }
    for (const Answer& answer : answers) say_answer(answer);
  }

  [[nodiscard]] bool is_broken() const { return is_broken_; }

 private:
  void say(std::string_view text) {
    if (!write_all(out_, text)) is_broken_ = true;
  }

  void refuse(std::uint64_t id, const std::string& why) {
    std::string text = fmt::format("{{\"id\":{},\"status\":\"refused\",\"error\":", id);
    append_quoted(text, why);
    say(text + "}\n");
  }

  void submit(std::uint64_t id, const Json& request) {
    Model settings = defaults_;
    take_sampling(request, settings);
    Order order;
    order.id = id;
    order.part = text_in(request, "part").value_or("call");
    order.index = static_cast<std::size_t>(integer_in(request, "index").value_or(0));
    order.draw = static_cast<std::size_t>(integer_in(request, "draw").value_or(0));
    order.request = request_of(settings);
    if (settings.seed) order.request.seed = *settings.seed + static_cast<std::int64_t>(order.draw);
    if (const auto system = text_in(request, "system")) {
      order.request.messages.push_back({"system", *system});
    }
    if (const Json* messages = request.find("messages")) {
      for (const Json& each : messages->items) {
        const auto role = text_in(each, "role");
        const auto content = text_in(each, "content");
        if (!role || !content) return refuse(id, "a message has a role and a content, both texts");
        order.request.messages.push_back({*role, *content});
      }
    }
    if (const auto prompt = text_in(request, "prompt")) {
      order.request.messages.push_back({"user", *prompt});
    }
    if (order.request.messages.empty()) return refuse(id, "nothing is asked");
    const std::string model = model_of(order.request);
    if (workflow_.budget.usd && workflow_.prices.find(model) == workflow_.prices.end()) {
      return refuse(id, "a budget in dollars needs the price of " + model);
    }
    if (const Json* schema = request.find("schema"); schema != nullptr && schema->is_object()) {
      auto read = Schema::read(schema->dump(), "the schema");
      if (!read) return refuse(id, read.error().message);
      order.request.schema = *read;
      order.needs_whole = true;
      order.complaint = [schema = *read](const std::string& text) -> std::string {
        const auto value = json_of_answer(text);
        if (!value) return fmt::format("it is no JSON: {}", value.error().what);
        return schema->complaint(*value);
      };
    }
    if (flag_in(request, "stream")) stream(order);
    ++calls_;
    caller_.submit(std::move(order));
  }

  // Only what is new of each attempt is said: an answer that is begun again repeats nothing as long
  // as it begins in the same way.
  void stream(Order& order) {
    struct State {
      EventReader reader;
      std::string said;
      std::string now;
    };
    order.streamed = true;
    const auto state = std::make_shared<State>();
    order.on_first_byte = [state] {
      state->reader = {};
      state->now.clear();
    };
    order.on_text = [this, state, id = order.id](std::string_view bytes) {
      for (const std::string& event : state->reader.take(bytes)) {
        if (event != "[DONE]") state->now += delta_of_event(event);
      }
      const std::string_view now = whole_characters(state->now);
      if (now.size() <= state->said.size() || !now.starts_with(state->said)) return;
      std::string text = fmt::format("{{\"id\":{},\"delta\":", id);
      append_quoted(text, now.substr(state->said.size()));
      state->said = now;
      say(text + "}\n");
    };
  }

  void say_answer(const Answer& answer) {
    if (answer.status == Status::failed) ++lost_;
    std::string text =
        fmt::format("{{\"id\":{},\"status\":\"{}\",\"text\":", answer.id, name_of(answer.status));
    append_quoted(text, answer.text);
    text += ",\"error\":";
    append_quoted(text, answer.error);
    text += ",\"finish\":";
    append_quoted(text, answer.finish);
    text += fmt::format(
        ",\"attempts\":{},\"prompt_tokens\":{},\"cached_tokens\":{},\"completion_tokens\":{},"
        "\"counted\":{},\"usd\":{},\"seconds\":{:.6f},\"stored\":{}}}\n",
        answer.attempts, answer.usage.prompt, answer.usage.cached, answer.usage.completion,
        answer.usage.known, answer.usd ? fmt::format("{}", *answer.usd) : "null", answer.seconds,
        answer.is_stored);
    say(text);
  }

  void say_stats(std::int64_t id) {
    const Totals& totals = caller_.totals();
    say(fmt::format(
        "{{\"id\":{},\"calls\":{},\"attempts\":{},\"refused\":{},\"lost\":{},\"faults\":{},"
        "\"reasked\":{},\"tokens\":{{\"prompt\":{},\"cached\":{},\"completion\":{}}},\"usd\":{},"
        "\"seconds\":{:.3f}}}\n",
        id, calls_, totals.attempts, totals.refused, lost_, totals.faults, totals.reasked,
        totals.usage.prompt, totals.usage.cached, totals.usage.completion,
        totals.is_usd_known ? fmt::format("{}", totals.usd) : "null",
        Seconds(Clock::now() - began_).count()));
  }

  Caller& caller_;
  const Workflow& workflow_;
  const Model& defaults_;
  int out_;
  Time began_ = Clock::now();
  std::size_t calls_ = 0;
  std::size_t lost_ = 0;
  bool has_said_stop_ = false;
  bool is_broken_ = false;
};

int refuse(int out, const std::string& why) {
  std::string text = "{\"refused\":";
  append_quoted(text, why);
  (void)write_all(out, text + "}\n");
  return 2;
}

// Splits, votes and stitches only: no model is needed.
int serve_locally(Lines& lines, int out) {
  (void)write_all(out, "{\"ready\":true}\n");
  while (const auto line = lines.first()) {
    const auto request = parse_json(*line);
    auto answer = request ? answer_locally(*request) : std::nullopt;
    if (!answer) answer = Json::object();
    const Json* id = request ? request->find("id") : nullptr;
    answer->set("id", id == nullptr ? Json{} : *id);
    if (!write_all(out, answer->dump() + "\n")) break;
  }
  return 0;
}

}  // namespace

int serve(int in, int out) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  Lines lines(in);
  const auto first = lines.first();
  if (!first) return 0;
  const auto settings = parse_json(*first);
  if (!settings || !settings->is_object()) return refuse(out, "no settings");
  if (flag_in(*settings, "local")) return serve_locally(lines, out);
  const auto workflow = workflow_of(*settings);
  if (!workflow) return refuse(out, workflow.error().message);
  const auto endpoints = find_endpoints(*workflow);
  if (!endpoints) return refuse(out, endpoints.error().message);
  auto parts = open_caller(*workflow, *endpoints, {});
  if (!parts) return refuse(out, parts.error().message);
  Caller& caller = **parts;
  Service service(caller, *workflow, out);
  (void)write_all(out, "{\"ready\":true}\n");
  lines.start([&caller] { caller.wake(); });
  while (!service.is_broken()) {
    for (const std::string& line : lines.take()) service.take_line(line);
    service.take_answers(caller.step(Clock::now() + kLongestStep));
    if (lines.is_over()) break;
  }
  for (const std::string& line : lines.take()) service.take_line(line);
  lines.stop();  // before the caller that it wakes
  caller.abort();
  service.take_answers(caller.step(Clock::now()));
  return 0;
}

}  // namespace braid::fanout
