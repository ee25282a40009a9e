// The verify room on the command line, for tests of that room alone:
//
//   verify_driver [OPTION…] SCRIPT REWRITTEN [ARGUMENTS…]     verifies; prints lines `key value`
//   verify_driver --run [OPTION…] SCRIPT REWRITTEN [ARGUMENTS…]
//
//   --python PATH  --sandbox overlay|copy  --runs N  --quick  --timeout SECONDS  --stdin FILE
//   --site LINE:END:NEWLINE:NEWEND:thread|process[:assumption,…]  --effect TEXT  --allow-effects
//   --lines FILE (one number a line: the original's line of each rewritten line)
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "verify/verify.h"

namespace {

using namespace braid::verify;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << path << ": cannot be read\n";
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

SiteInfo site_of(const std::string& text) {
  std::vector<std::string> parts = split(text, ':');
  SiteInfo site;
  site.line = static_cast<std::uint32_t>(std::atoi(parts.at(0).c_str()));
  site.end_line = static_cast<std::uint32_t>(std::atoi(parts.at(1).c_str()));
  site.rewritten_begin_line = static_cast<std::uint32_t>(std::atoi(parts.at(2).c_str()));
  site.rewritten_end_line = static_cast<std::uint32_t>(std::atoi(parts.at(3).c_str()));
  site.strategy = parts.at(4) == "process" ? Strategy::process : Strategy::thread;
  if (parts.size() > 5) site.assumptions = split(parts[5], ',');
  return site;
}

// One line: blanks and line ends of the value escaped.
void print(const std::string& key, const std::string& value) {
  std::cout << key << ' ';
  for (char c : value) {
    if (c == '\n') {
      std::cout << "\\n";
    } else {
      std::cout << c;
    }
  }
  std::cout << '\n';
}

std::string text_of(const std::optional<double>& value) {
  return value ? std::to_string(*value) : "null";
}
std::string text_of(const std::optional<bool>& value) {
  return !value ? "null" : *value ? "true" : "false";
}

int report(const Comparison& comparison) {
  print("same", text_of(comparison.same));
  print("reason", comparison.reason);
  print("sandbox", comparison.sandbox == SandboxKind::overlay ? "overlay" : "copy");
  print("speedup", text_of(comparison.speedup));
  print("sequential_s", text_of(comparison.sequential_s));
  print("parallel_s", text_of(comparison.parallel_s));
  print("cpu_s", text_of(comparison.sequential_cpu_s) + " " + text_of(comparison.parallel_cpu_s));
  print("peak", std::to_string(comparison.sequential_peak_bytes.value_or(0)) + " " +
                    std::to_string(comparison.parallel_peak_bytes.value_or(0)));
  print("runs", std::to_string(comparison.runs_of_original) + " " +
                    std::to_string(comparison.runs_of_rewritten));
  for (const SiteTiming& site : comparison.sites) {
    print("site", std::to_string(site.line) + " " + text_of(site.speedup) + " " +
                      text_of(site.sequential_s) + " " + text_of(site.parallel_s));
  }
  for (const Difference& difference : comparison.differences) {
    print("difference",
          std::string(text(difference.what)) + "|" + difference.path + "|" + difference.diff);
  }
  for (const Refutation& refutation : comparison.refutations) {
    std::string shown = refutation.order + "|" + refutation.start_method.value_or("null") + "|" +
                        text_of(refutation.same) + "|" +
                        (refutation.site ? std::to_string(*refutation.site) : "null") + "|" +
                        refutation.assumption.value_or("null");
    for (const Difference& difference : refutation.differences) {
      shown +=
          "|" + std::string(text(difference.what)) + "|" + difference.path + "|" + difference.diff;
    }
    print("refutation", shown);
  }
  for (const std::string& phrase : comparison.set_aside) print("set_aside", phrase);
  for (const std::string& effect : comparison.outside_effects) print("effect", effect);
  for (const std::string& note : comparison.notes) print("note", note);
  return exit_status(comparison);
}

}  // namespace

int main(int count, char** words) {
  Program program;
  Options options;
  RunRequest request;
  program.python = "python3";
  program.stdin_bytes = "";
  bool run = false;
  int at = 1;
  auto value = [&] { return std::string(at + 1 < count ? words[++at] : ""); };
  for (; at < count && std::string_view(words[at]).starts_with("--"); ++at) {
    std::string option = words[at];
    if (option == "--run")
      run = true;
    else if (option == "--python")
      program.python = value();
    else if (option == "--sandbox")
      options.sandbox = value() == "copy" ? SandboxKind::copy : SandboxKind::overlay;
    else if (option == "--runs")
      options.runs = std::atoi(value().c_str());
    else if (option == "--quick")
      options.quick = true;
    else if (option == "--timeout")
      options.timeout =
          std::chrono::milliseconds(static_cast<long>(std::atof(value().c_str()) * 1000));
    else if (option == "--stdin")
      program.stdin_bytes = file_text(value());
    else if (option == "--site")
      program.sites.push_back(site_of(value()));
    else if (option == "--effect")
      options.outside_effects.push_back(value());
    else if (option == "--allow-effects")
      options.allow_effects = true;
    else if (option == "--lines") {
      for (const std::string& line : split(file_text(value()), '\n')) {
        request.original_line.push_back(static_cast<std::uint32_t>(std::atoi(line.c_str())));
      }
    } else {
      std::cerr << option << ": unknown\n";
      return 2;
    }
  }
  if (at + 1 >= count) {
    std::cerr << "usage: verify_driver [OPTION…] SCRIPT REWRITTEN [ARGUMENTS…]\n";
    return 2;
  }
  program.script_path = words[at++];
  program.rewritten_text = file_text(words[at++]);
  for (; at < count; ++at) program.arguments.push_back(words[at]);
  if (run) {
    request.python = program.python;
    request.script_path = program.script_path;
    request.rewritten_text = program.rewritten_text;
    request.arguments = program.arguments;
    std::cerr << run_script(request).message << '\n';
    return 125;
  }
  program.original_text = file_text(program.script_path);
  options.on_progress = [](std::string_view line) {
    std::cout << "progress " << line << std::endl;
  };
  braid::Result<Comparison> comparison = verify(program, options);
  if (!comparison) {
    std::cerr << comparison.error().message << '\n';
    return 2;
  }
  return report(*comparison);
}
