// What `braid ask` writes besides the result: rows, statistics, progress, summary, journals.
#pragma once

#include <string>

#include "fanout/fanout.h"

namespace braid::cli {

Result<void> write_rows(int file, const fanout::Outcome& outcome);  // JSON lines
Result<void> write_text(int file, const fanout::Text& text);
std::string stats_text(const fanout::Outcome& outcome);  // JSON
std::string summary_text(const fanout::Outcome& outcome);
std::string progress_text(const fanout::Progress& progress);
Result<std::string> journal_text(const std::string& path);

}  // namespace braid::cli
