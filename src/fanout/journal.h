// journal: what was paid for, row by row, so that a run that died goes on where it was.
//
// A file of lines: a checksum, a blank, a JSON object. Rows are written by a thread of the
// journal's own, in groups; a row counts once committed() has passed its ticket. After kill -9 at
// most the last line is torn; it is cut off at the next opening. Power loss needs `sync`. Failed
// answers are never journaled, only what they cost.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/base.h"
#include "fanout/budget.h"
#include "fanout/digest.h"

namespace braid::fanout {

struct StoredAnswer {
  Digest key;
  std::string part;
  std::size_t index = 0;
  std::size_t draw = 0;
  std::string text;
  std::string finish;
  std::string model;
  int attempts = 0;
  Usage usage;
  std::optional<double> usd;
  double seconds = 0;
};

// One line as a value; an error for a line that is torn or is no row.
struct JournalRow {
  enum class Kind : std::uint8_t { head, sent, spent, answer } kind = Kind::head;
  StoredAnswer answer;       // answer
  std::uint64_t number = 0;  // sent, spent, answer: which sending
  Cost cost;                 // sent: at most; spent, answer: in fact
};
std::optional<JournalRow> read_row(std::string_view line);
std::string write_row(const JournalRow& row);  // with its line end

struct JournalContents {
  std::size_t answers = 0;
  Cost spent;  // by all runs, with what was in flight when they died
  std::uint64_t next_number = 1;
  std::size_t torn = 0;        // lines that were no rows
  std::size_t good_bytes = 0;  // up to the end of the last whole line
};
Result<JournalContents> read_journal(const std::string& path,
                                     const std::function<void(const StoredAnswer&)>& take);

class Journal {
 public:
  // `wake` is called from the journal's thread after each commit.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, bool resume, bool sync,
                                               std::function<void()> wake);
  virtual ~Journal() = default;

  // The answer of an earlier run, read from the file. Each is given out as often as asked for.
  [[nodiscard]] virtual std::optional<StoredAnswer> find(const Digest& key) const = 0;
  [[nodiscard]] virtual bool has(const Digest& key) const = 0;
  [[nodiscard]] virtual const Cost& spent_before() const = 0;
  [[nodiscard]] virtual std::size_t answers_before() const = 0;
  virtual std::uint64_t next_number() = 0;
  // Hands over a row; its ticket.
  virtual std::uint64_t append(const JournalRow& row) = 0;
  [[nodiscard]] virtual std::uint64_t committed() const = 0;
  // Why nothing more can be written, such as a full disk; rows before it are kept.
  [[nodiscard]] virtual std::optional<std::string> failure() const = 0;
};

}  // namespace braid::fanout
