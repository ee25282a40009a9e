// What the original program does, as several runs of it show; and how another run differs from
// that.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "verify/interpreter_bundle.h"
#include "verify/sandbox.h"
#include "verify/text_difference.h"
#include "verify/verify.h"

namespace braid::verify {

// One run, as it is compared.
struct Observation {
  RunResult result;
  Record record;
};

struct ComparedBy {
  std::string working_directory;  // paths below it are shown relative to it
  std::string script_folder;
  bool names = false;                          // the values of the module's names count
  std::vector<std::string> temporary_folders;  // where files may have names by chance
};

class Baseline {
 public:
  explicit Baseline(ComparedBy by) : by_(std::move(by)) {}

  void add(Observation original) { originals_.push_back(std::move(original)); }
  [[nodiscard]] std::size_t size() const { return originals_.size(); }
  [[nodiscard]] const Observation& first() const { return originals_.front(); }

  // The first difference of each thing, apart from what differs among the originals.
  [[nodiscard]] std::vector<Difference> compare(const Observation& other) const;
  // What differs among the originals, one phrase each.
  [[nodiscard]] std::vector<std::string> set_aside() const;

 private:
  void compare_endings(const Observation& other, std::vector<Difference>& found) const;
  void compare_output(const Observation& other, std::vector<Difference>& found) const;
  void compare_errors(const Observation& other, std::vector<Difference>& found) const;
  void compare_files(const Observation& other, std::vector<Difference>& found) const;
  void compare_names(const Observation& other, std::vector<Difference>& found) const;
  [[nodiscard]] StableText stable_output() const;
  [[nodiscard]] std::string shown(const std::string& path) const;
  // New files whose names differ from run to run, in folders where that is usual.
  [[nodiscard]] std::set<std::string> nameless(const Observation& run) const;
  [[nodiscard]] bool in_temporary_folder(const std::string& path) const;

  ComparedBy by_;
  std::vector<Observation> originals_;
};

}  // namespace braid::verify
