#include "fanout/journal.h"

#include <fcntl.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "fanout/json.h"
#include "fanout/line_reader.h"

namespace braid::fanout {
namespace {

constexpr std::size_t kSumDigits = 8;
constexpr const char* kNoJournal = "this file is no journal";
constexpr auto kGather = std::chrono::milliseconds(1);  // for more rows to write at once

std::string sum_of(std::string_view text) { return digest_of(text).hex().substr(24); }

std::int64_t integer_in(const Json& row, std::string_view name) {
  const Json* value = row.find(name);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

double number_in(const Json& row, std::string_view name) {
  const Json* value = row.find(name);
  return value == nullptr ? 0 : value->number().value_or(0);
}

std::string text_in(const Json& row, std::string_view name) {
  const Json* value = row.find(name);
  return value == nullptr ? std::string() : std::string(value->string_or(""));
}

std::optional<Digest> digest_from(std::string_view hex) {
  Digest out;
  if (hex.size() != 32) return std::nullopt;
  const auto half = [](std::string_view digits, std::uint64_t& to) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), to, 16);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!half(hex.substr(0, 16), out.high) || !half(hex.substr(16), out.low)) return std::nullopt;
  return out;
}

std::optional<StoredAnswer> answer_from(const Json& row) {
  StoredAnswer out;
  const auto key = digest_from(text_in(row, "key"));
  const Json* text = row.find("text");
  if (!key || text == nullptr || !text->is_string()) return std::nullopt;
  out.key = *key;
  out.part = text_in(row, "part");
  out.index = static_cast<std::size_t>(integer_in(row, "index"));
  out.draw = static_cast<std::size_t>(integer_in(row, "draw"));
  out.text = text->text;
  out.finish = text_in(row, "finish");
  out.model = text_in(row, "model");
  out.attempts = static_cast<int>(integer_in(row, "attempts"));
  out.usage.prompt = integer_in(row, "prompt");
  out.usage.cached = integer_in(row, "cached");
  out.usage.completion = integer_in(row, "completion");
  const Json* known = row.find("counted");
  out.usage.known = known != nullptr && known->boolean;
  if (const Json* usd = row.find("usd")) out.usd = usd->number();
  out.seconds = number_in(row, "seconds");
  return out;
}

struct LinePlace {
  std::size_t at = 0;  // in the file
  std::size_t size = 0;
};
using Index = std::unordered_map<Digest, LinePlace, DigestHash>;

bool read_at(int file, std::size_t at, std::string& to) {
  for (std::size_t done = 0; done < to.size();) {
    const ssize_t got =
        ::pread(file, to.data() + done, to.size() - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

class File final : public Journal {
 public:
  File(int file, bool sync, JournalContents contents, Index index, std::function<void()> wake)
      : file_(file),
        sync_(sync),
        contents_(contents),
        good_bytes_(contents_.good_bytes),
        wake_(std::move(wake)),
        index_(std::move(index)) {
    writer_ = std::thread([this] { write_groups(); });
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  ~File() override {
    {
      const std::lock_guard lock(mutex_);
      is_closing_ = true;
    }
    has_work_.notify_one();
    writer_.join();
    ::close(file_);
  }

  [[nodiscard]] std::optional<StoredAnswer> find(const Digest& key) const override {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    std::string line(found->second.size, ' ');
    if (!read_at(file_, found->second.at, line)) return std::nullopt;
    auto row = read_row(line);
    if (!row || row->answer.key != key) return std::nullopt;
    return std::move(row->answer);
  }
  [[nodiscard]] bool has(const Digest& key) const override { return index_.contains(key); }
  [[nodiscard]] const Cost& spent_before() const override { return contents_.spent; }
  [[nodiscard]] std::size_t answers_before() const override { return contents_.answers; }
  std::uint64_t next_number() override { return contents_.next_number++; }

  std::uint64_t append(const JournalRow& row) override {
    std::string line = write_row(row);
    std::uint64_t ticket = 0;
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = waiting_.empty();
      waiting_ += line;
      ticket = ++appended_;
    }
    // The others of a group find the writer awake, or gathering.
    if (is_first) has_work_.notify_one();
    return ticket;
  }

  [[nodiscard]] std::uint64_t committed() const override { return committed_.load(); }

  [[nodiscard]] std::optional<std::string> failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  void write_groups() {
    std::unique_lock lock(mutex_);
    while (true) {
      has_work_.wait(lock, [&] { return is_closing_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      if (!is_closing_) has_work_.wait_for(lock, kGather, [&] { return is_closing_; });
      const std::string group = std::exchange(waiting_, {});
      const std::uint64_t last = appended_;
      const bool broken = failure_.has_value();
      lock.unlock();
      std::optional<std::string> failed;
      if (!broken) failed = write_group(group);
      lock.lock();
      if (failed) failure_ = std::move(failed);
      if (!failure_) committed_.store(last);
      lock.unlock();
      if (wake_) wake_();
      lock.lock();
    }
  }

  std::optional<std::string> write_group(std::string_view group) {
    std::size_t done = 0;
    while (done < group.size()) {
      const ssize_t wrote = ::write(file_, group.data() + done, group.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) {
        const int why = errno;
        // No half group: what is not committed is not there.
        [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(good_bytes_));
        return std::string(std::strerror(why));
      }
      done += static_cast<std::size_t>(wrote);
    }
    if (sync_ && ::fdatasync(file_) != 0) return std::string(std::strerror(errno));
    good_bytes_ += group.size();
    return std::nullopt;
  }

  int file_;
  bool sync_;
  JournalContents contents_;
  std::size_t good_bytes_;
  std::function<void()> wake_;
  Index index_;  // of what earlier runs wrote
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::string waiting_;
  std::uint64_t appended_ = 0;
  std::atomic<std::uint64_t> committed_ = 0;
  std::optional<std::string> failure_;
  bool is_closing_ = false;
  std::thread writer_;
};

// What the rows of a journal add up to.
class Sums {
 public:
  void add(const JournalRow& row) {
    contents_.next_number = std::max(contents_.next_number, row.number + 1);
    if (row.kind == JournalRow::Kind::head) return;
    if (row.kind == JournalRow::Kind::sent) {
      open_[row.number] = row.cost;
      return;
    }
    open_.erase(row.number);
    contents_.spent.tokens += row.cost.tokens;
    contents_.spent.usd += row.cost.usd;
    if (row.kind == JournalRow::Kind::answer) ++contents_.answers;
  }
  void add_line(std::size_t end) { contents_.good_bytes = end; }
  void add_torn() { ++contents_.torn; }

  JournalContents finish() {
    for (const auto& [number, cost] : open_) {
      contents_.spent.tokens += cost.tokens;
      contents_.spent.usd += cost.usd;
    }
    return contents_;
  }

 private:
  JournalContents contents_;
  std::unordered_map<std::uint64_t, Cost> open_;  // sent, and nobody knows what came of it
};

bool is_head(std::string_view line) {
  const auto row = read_row(line);
  return row && row->kind == JournalRow::Kind::head;
}

using TakeAnswer = std::function<void(const StoredAnswer&, LinePlace)>;

// An error: the file cannot be read, or is no journal.
Result<JournalContents> scan(int file, const TakeAnswer& take) {
  LineReader lines(file);
  Sums sums;
  bool is_first = true;
  while (const auto line = lines.next()) {
    if (is_first && !is_head(*line)) return std::unexpected(Error{kNoJournal});
    is_first = false;
    sums.add_line(lines.at() + line->size() + 1);
    const auto row = read_row(*line);
    if (!row) {
      sums.add_torn();
      continue;
    }
    sums.add(*row);
    if (row->kind == JournalRow::Kind::answer) take(row->answer, {lines.at(), line->size()});
  }
  if (lines.failure() != 0) return std::unexpected(Error{std::strerror(lines.failure())});
  if (is_first && !is_head(lines.rest())) return std::unexpected(Error{kNoJournal});
  if (!lines.rest().empty()) sums.add_torn();
  return sums.finish();
}

// Nothing stands in the file, or a head that was torn as it was written.
bool is_as_good_as_empty(int file, std::size_t size) {
  const std::string head = write_row({});
  std::string text(std::min(size, head.size()), ' ');
  return size < head.size() && read_at(file, 0, text) && head.starts_with(text);
}

}  // namespace

std::string write_row(const JournalRow& row) {
  std::string json;
  const auto to = std::back_inserter(json);
  switch (row.kind) {
    case JournalRow::Kind::head:
      json = "{\"braid_journal\":1}";
      break;
    case JournalRow::Kind::sent:
    case JournalRow::Kind::spent:
      json = fmt::format("{{\"{}\":{},\"tokens\":{},\"dollars\":{}}}",
                         row.kind == JournalRow::Kind::sent ? "sent" : "spent", row.number,
                         row.cost.tokens, row.cost.usd);
      break;
    case JournalRow::Kind::answer: {
      const StoredAnswer& answer = row.answer;
      json.reserve(answer.text.size() + 512);
      fmt::format_to(to, FMT_COMPILE("{{\"key\":\"{}\",\"part\":"), answer.key.hex());
      append_quoted(json, answer.part);
      fmt::format_to(to, FMT_COMPILE(",\"index\":{},\"draw\":{},\"text\":"), answer.index,
                     answer.draw);
      append_quoted(json, answer.text);
      json += ",\"finish\":";
      append_quoted(json, answer.finish);
      json += ",\"model\":";
      append_quoted(json, answer.model);
      fmt::format_to(to,
                     FMT_COMPILE(",\"attempts\":{},\"prompt\":{},\"cached\":{},\"completion\":{},"
                                 "\"counted\":{},\"usd\":{},\"seconds\":{:.3f},\"number\":{},"
                                 "\"tokens\":{},\"dollars\":{}}}"),
                     answer.attempts, answer.usage.prompt, answer.usage.cached,
                     answer.usage.completion, answer.usage.known,
                     answer.usd ? fmt::format("{}", *answer.usd) : "null", answer.seconds,
                     row.number, row.cost.tokens, row.cost.usd);
      break;
    }
  }
  std::string line = sum_of(json);
  line.reserve(line.size() + json.size() + 2);
  line += ' ';
  line += json;
  line += '\n';
  return line;
}

std::optional<JournalRow> read_row(std::string_view line) {
  if (line.size() < kSumDigits + 2 || line[kSumDigits] != ' ') return std::nullopt;
  const std::string_view json = line.substr(kSumDigits + 1);
  if (line.substr(0, kSumDigits) != sum_of(json)) return std::nullopt;
  const auto row = parse_json(json);
  if (!row || !row->is_object()) return std::nullopt;
  JournalRow out;
  out.cost = {integer_in(*row, "tokens"), number_in(*row, "dollars")};
  const auto numbered = [&](std::string_view name, JournalRow::Kind kind) {
    const Json* number = row->find(name);
    if (number == nullptr) return false;
    out.kind = kind;
    out.number = static_cast<std::uint64_t>(number->integer().value_or(0));
    return true;
  };
  if (row->find("braid_journal") != nullptr) {
    if (integer_in(*row, "braid_journal") != 1) return std::nullopt;
    return out;
  }
  if (numbered("sent", JournalRow::Kind::sent) || numbered("spent", JournalRow::Kind::spent)) {
    return out;
  }
  auto answer = answer_from(*row);
  if (!answer || !numbered("number", JournalRow::Kind::answer)) return std::nullopt;
  out.answer = std::move(*answer);
  return out;
}

Result<JournalContents> read_journal(const std::string& path,
                                     const std::function<void(const StoredAnswer&)>& take) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(Error{fmt::format("{}: {}", path, std::strerror(errno))});
  auto contents = scan(file, [&](const StoredAnswer& answer, LinePlace) {
    if (take) take(answer);
  });
  ::close(file);
  if (!contents) {
    return std::unexpected(Error{fmt::format("{}: {}", path, contents.error().message)});
  }
  return contents;
}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, bool resume, bool sync,
                                               std::function<void()> wake) {
  const auto wrong = [&](const std::string& what) {
    return std::unexpected(Error{fmt::format("{}: {}", path, what)});
  };
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return wrong(std::strerror(errno));
  const auto close_with = [&](const std::string& what) {
    ::close(file);
    return wrong(what);
  };
  struct stat facts{};
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return close_with("a journal is an ordinary file");
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return close_with("another run writes this journal");
  JournalContents contents;
  Index index;
  const bool is_fresh = is_as_good_as_empty(file, static_cast<std::size_t>(facts.st_size));
  if (!is_fresh) {
    auto found = scan(file, [&](const StoredAnswer& answer, LinePlace place) {
      index.emplace(answer.key, place);
    });
    if (!found) return close_with(found.error().message);
    if (!resume) return close_with("this journal exists; add --resume to go on with it");
    contents = *found;
  }
  if (is_fresh) {
    const std::string head = write_row({});
    if (::ftruncate(file, 0) != 0 ||
        ::pwrite(file, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) {
      return close_with(std::strerror(errno));
    }
    contents.good_bytes = head.size();
  } else if (::ftruncate(file, static_cast<off_t>(contents.good_bytes)) != 0) {
    return close_with(std::strerror(errno));
  }
  if (::lseek(file, 0, SEEK_END) < 0) return close_with(std::strerror(errno));
  return std::make_unique<File>(file, sync, contents, std::move(index), std::move(wake));
}

}  // namespace braid::fanout
