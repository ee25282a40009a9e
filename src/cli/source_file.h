// Files of Python source: read, decode, encode, and write so that a reader sees the old or the new
// file and never a part of one.
#pragma once

#include <sys/types.h>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/base.h"
#include "cli/encoding.h"
#include "diagnostics/diagnostics.h"

namespace braid::cli {

// Larger files are data, not scripts: BR101. A tree takes up to 170 times the size of its text.
inline constexpr std::size_t kLargestSource = 16U << 20U;

struct SourceFile {
  std::shared_ptr<const Source> source;  // path as the user reached it, `-` for stdin
  Encoding encoding;
  std::optional<mode_t> mode;  // permission bits; none for stdin
};

// Why a file is not in the report: an entry of `errors`.
struct FileProblem {
  diagnostics::Code code{};
  std::string message;
};

// `path` `-` reads stdin.
std::expected<SourceFile, FileProblem> read_source(const std::string& path);

// The bytes of any file, or of stdin for `-`. `limit` in bytes.
Result<std::string> read_bytes(const std::string& path, std::size_t limit);

// Replaces or creates the file at once: written beside it, flushed to the disk, renamed. Symbolic
// links are followed; a device or pipe is written to. On failure nothing is left behind.
Result<void> write_file(const std::string& path, std::string_view bytes,
                        std::optional<mode_t> mode);
// The same of what `fill` writes to the descriptor that it is given.
using Fill = std::function<Result<void>(int descriptor)>;
Result<void> write_file(const std::string& path, const Fill& fill, std::optional<mode_t> mode);

// What write_file() would say of a path, as far as can be known without writing.
Result<void> may_write(const std::string& path);

// Writes all of it to stdout or stderr; ends the process by SIGPIPE as usual when nobody reads.
Result<void> write_all(int descriptor, std::string_view bytes);

}  // namespace braid::cli
