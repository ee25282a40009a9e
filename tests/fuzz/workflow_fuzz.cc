// Workflow files, schemas, prompts, JSON and journal lines: any bytes are read or refused, and what
// was read is written so that it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fanout/journal.h"
#include "fanout/odd_bytes.h"
#include "fanout/schema.h"
#include "fanout/splits.h"
#include "fanout/workflow_file.h"

namespace {

void require(bool fine) {
  if (!fine) std::abort();
}

void try_workflow(std::string_view text) {
  // A file may name files: such texts are not read here.
  if (text.find('@') != std::string_view::npos || text.find("file") != std::string_view::npos ||
      text.find("stdin") != std::string_view::npos ||
      text.find("prices") != std::string_view::npos ||
      text.find("schema") != std::string_view::npos) {
    return;
  }
  auto workflow = braid::fanout::read_workflow(text, "w.toml", {});
  if (!workflow) {
    require(!workflow.error().message.empty());
  } else if (const auto valid = braid::fanout::validate(*workflow); valid) {
    require(!workflow->result.empty());
  }
}

void try_json(std::string_view text) {
  const auto value = braid::fanout::parse_json(text);
  if (!value) return;
  const auto again = braid::fanout::parse_json(value->dump());
  // Bytes that are not UTF-8 come out as replacement characters.
  const bool is_text = braid::fanout::find_invalid_utf8(text) == std::string_view::npos;
  require(again.has_value() && again->dump() == value->dump());
  require(!is_text || value->same(*again));
  const auto schema = braid::fanout::Schema::read(text, "s");
  if (schema) (void)(*schema)->complaint(*value);
}

void try_journal(std::string_view text) {
  const auto row = braid::fanout::read_row(text);
  if (!row || row->kind != braid::fanout::JournalRow::Kind::answer) return;
  const std::string line = braid::fanout::write_row(*row);
  const auto again = braid::fanout::read_row(std::string_view(line).substr(0, line.size() - 1));
  require(again && again->answer.key == row->answer.key);
}

void try_splits(std::string_view text, unsigned mode) {
  braid::fanout::Input input;
  input.text = std::string(text);
  input.path = (mode & 64U) != 0 ? "x.csv" : "x.py";
  input.split = static_cast<braid::fanout::SplitKind>(1 + mode % 6);
  if ((mode & 32U) != 0) input.tokens = 1 + mode % 7;
  std::string together;
  for (const auto& chunk : braid::fanout::cut_chunks(input)) together += chunk.text;
  require(together == text);
  require(braid::fanout::bytes_back(braid::fanout::bytes_shown(text)) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 20'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      try_workflow(text);
      break;
    case 1:
      try_json(text);
      break;
    case 2:
      try_journal(text);
      break;
    default:
      try_splits(text, data[0] / 4);
  }
  (void)braid::fanout::Template::parse(text);
  return 0;
}
