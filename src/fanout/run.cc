// A run from its workflow to its outcome.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "fanout/graph_run.h"
#include "fanout/odd_bytes.h"

namespace braid::fanout {
namespace {

constexpr int kUsualInFlight = 1000;

std::string shown_name(const Input& input) {
  return input.path.empty() ? "the input " + input.name : input.path;
}

bool is_json(const Merge* merge) { return merge != nullptr && merge->kind == MergeKind::jsonl; }

std::string odd_bytes_note(const Input& input, bool gives_json) {
  return fmt::format(
      "{} is not all UTF-8, as a request is: each other byte goes out as one private character "
      "(U+EF80 to U+EFFF), {}; text of another encoding is better converted first, as with "
      "iconv -f latin1 -t utf-8",
      shown_name(input),
      gives_json ? "which stays in the result, since JSON is UTF-8"
                 : "and is put back in the result");
}

}  // namespace

std::string_view name_of(StopCause cause) {
  switch (cause) {
    case StopCause::key:
      return "key";
    case StopCause::quota:
      return "quota";
    case StopCause::model:
      return "model";
    case StopCause::address:
      return "address";
    case StopCause::budget:
      return "budget";
    case StopCause::given_up:
      return "given_up";
    case StopCause::aborted:
      return "aborted";
    case StopCause::none:
      break;
  }
  return "none";
}

Progress GraphRun::progress() const {
  Progress out;
  std::size_t now = 0;  // ended by calls of this run
  for (const auto& node : nodes_) {
    out.expected += node->rows.size();
    out.done += node->done;
    for (const Row& row : node->rows) {
      if (!row.is_done) continue;
      if (row.answer.status == Status::failed) ++out.failed;
      if (row.answer.status != Status::skipped && !row.answer.is_stored) ++now;
    }
  }
  out.in_flight = caller_.in_flight();
  out.usd = caller_.totals().usd;
  out.is_usd_known = caller_.totals().is_usd_known;
  const double seconds = Seconds(Clock::now() - began_).count();
  if (now > 0 && seconds > 0) {
    out.per_second = static_cast<double>(now) / seconds;
    out.seconds_left = static_cast<double>(out.expected - out.done) / out.per_second;
  }
  return out;
}

Outcome GraphRun::outcome() {
  Outcome out;
  out.totals = caller_.totals();
  out.notes = caller_.notes();
  out.spent = caller_.spending().spent();
  out.seconds = Seconds(Clock::now() - began_).count();
  Node& result = *find(workflow_.result);
  out.output = std::move(result.value);
  for (const Input& input : workflow_.inputs) {
    if (input.has_odd_bytes) out.odd_inputs.push_back(shown_name(input));
  }
  if (out.output && !out.odd_inputs.empty() && !is_json(result.merge)) {
    out.output = all_back(*out.output);
  }
  if (!out.output) out.failure = result.blocked;
  bool is_tie = false;
  std::unordered_set<std::string> named;
  const auto add_gap = [&](const std::string& name) {
    if (named.insert(name).second) out.gaps.push_back(name);
  };
  for (const auto& node : nodes_) {
    if (node->merge != nullptr) {
      is_tie = is_tie || node->merged.is_tie;
      for (const std::string& gap : node->merged.gaps) add_gap(gap);
      out.merges.push_back({node->name, node->merge->kind, std::move(node->merged)});
    }
    for (const Row& row : node->rows) {
      if (row.answer.is_stored) ++out.stored;
      const bool is_gap = row.is_needed && row.answer.status != Status::ok;
      if (is_gap && node->merge == nullptr) {
        // As the merges name it.
        const bool is_item = node->items > 1 || (node->draws == 1 && node->models.size() == 1);
        std::string name = row.part;
        if (is_item && !node->part->each.empty()) name += fmt::format(" {}", row.index);
        if (node->draws > 1) name += fmt::format(" draw {}", row.draw);
        add_gap(name);
      }
    }
    if (out.rows.empty()) {
      out.rows = std::move(node->rows);
    } else {
      std::move(node->rows.begin(), node->rows.end(), std::back_inserter(out.rows));
    }
  }
  out.texts = std::move(texts_);
  if (is_interrupted_) {
    out.status = 130;
    out.failure = "interrupted";
  } else if (caller_.stopped()) {
    out.status = 3;
    out.failure = caller_.stopped()->why;
    out.cause = caller_.stopped()->cause;
  } else if (!out.output || !out.gaps.empty() || is_tie) {
    out.status = 1;
  }
  return out;
}

Result<std::unique_ptr<Caller>> open_caller(const Workflow& workflow, const Endpoints& endpoints,
                                            const RunHooks& hooks) {
  const bool with_libcurl =
      std::any_of(endpoints.list.begin(), endpoints.list.end(), [](const Endpoint& each) {
        Post post;
        post.url = each.url;
        post.headers = each.headers;
        post.http2 = each.http2;
        return needs_libcurl(post);
      });
  auto transport = Transport::open(with_libcurl);
  if (!transport) return std::unexpected(transport.error());
  Transport& wire = **transport;
  std::unique_ptr<Journal> journal;
  if (!workflow.run.journal.empty()) {
    auto opened = Journal::open(workflow.run.journal, workflow.run.resume,
                                workflow.run.journal_sync, [&wire] { wire.wake(); });
    if (!opened) return std::unexpected(opened.error());
    journal = std::move(*opened);
  }
  std::optional<Cache> cache;
  if (!workflow.run.cache.empty()) {
    auto opened = Cache::open(workflow.run.cache);
    if (!opened) return std::unexpected(opened.error());
    cache = std::move(*opened);
  }
  CallerSettings settings;
  settings.retries = workflow.limits.retries;
  settings.give_up = workflow.limits.give_up;
  settings.budget = workflow.budget;
  settings.prices = workflow.prices;
  settings.dedupe = workflow.run.dedupe;
  int wanted = kUsualInFlight;
  int asked = 0;
  for (const Endpoint& each : endpoints.list) {
    asked = std::max(asked, each.limits.max_in_flight.value_or(0));
  }
  wanted = std::max(wanted, asked);
  settings.most_in_flight =
      static_cast<int>(raise_descriptor_limit(static_cast<std::size_t>(wanted)));
  if (settings.most_in_flight < asked && hooks.on_note) {
    hooks.on_note(fmt::format("this process may hold only {} connections open, not {} (ulimit -n)",
                              settings.most_in_flight, asked));
  }
  if (hooks.on_open) hooks.on_open(wire);
  return std::make_unique<Caller>(settings, endpoints.list, std::move(*transport),
                                  std::move(journal), std::move(cache));
}

Result<Outcome> run(const Workflow& workflow, const RunHooks& hooks) {
  const auto endpoints = find_endpoints(workflow);
  if (!endpoints) return std::unexpected(endpoints.error());
  auto caller = open_caller(workflow, *endpoints, hooks);
  if (!caller) return std::unexpected(caller.error());
  const bool gives_json = is_json(workflow.find_merge(workflow.result));
  for (const Input& input : workflow.inputs) {
    if (input.has_odd_bytes && hooks.on_note) hooks.on_note(odd_bytes_note(input, gives_json));
  }
  GraphRun graph(workflow, *endpoints, **caller, hooks);
  graph.run();
  if (hooks.on_close) hooks.on_close();
  return graph.outcome();
}

}  // namespace braid::fanout
