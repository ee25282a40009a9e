#include "verify/interpreter_bundle.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "verify/supervisor.h"

namespace braid::verify {

extern const char kBootstrapSource[];   // bootstrap.py
extern const char kSchedulingSource[];  // scheduling.py

namespace {

constexpr int kSeed = 20011;

std::string bytes_literal(std::string_view bytes) {
  std::string literal = "b'";
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\'' && c != '\\') {
      literal += c;
    } else {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      literal += escaped;
    }
  }
  return literal + "'";
}

// A string as the interpreter decodes file names and arguments.
std::string text_literal(std::string_view text) {
  return "__import__('os').fsdecode(" + bytes_literal(text) + ")";
}

std::string bundle_descriptor() { return ",'bundle':" + std::to_string(kBundleDescriptor); }

std::string number(double value) {
  std::ostringstream text;
  text.precision(17);
  text << value;
  return text.str();
}

std::string range_literal(const LineRange& range) {
  return "(" + std::to_string(range.first) + "," + std::to_string(range.second) + ")";
}

std::string range_list(const std::vector<LineRange>& ranges) {
  std::string list = "[";
  for (const LineRange& range : ranges) list += range_literal(range) + ",";
  return list + "]";
}

std::string line_list(const std::vector<std::uint32_t>& lines) {
  std::string list = "[";
  for (std::uint32_t line : lines) list += std::to_string(line) + ",";
  return list + "]";
}

std::string schedule_literal(const Schedule& schedule) {
  std::string text = "{'order':'" + schedule.order + "','seed':" + std::to_string(schedule.seed) +
                     ",'serial':" + (schedule.serial ? "True" : "False") +
                     ",'workers':" + std::to_string(schedule.workers) + ",'start_method':'" +
                     schedule.start_method + "','delay':" + number(schedule.delay_s) +
                     ",'switch_interval':" + number(schedule.switch_interval_s) + ",'ranges':";
  text += schedule.ranges ? range_list(*schedule.ranges) : "None";
  return text + ",'source':" + bytes_literal(kSchedulingSource) + "}";
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream words(line);
  for (std::string word; std::getline(words, word, ' ');) {
    std::string field;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] == '%' && i + 2 < word.size()) {
        auto byte = static_cast<char>(std::strtol(word.substr(i + 1, 2).c_str(), nullptr, 16));
        if (byte != '\0' || word.size() > 3) field += byte;
        i += 2;
      } else {
        field += word[i];
      }
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

std::string make_bundle(const BundleRequest& request) {
  std::string config = "CONFIG = {'mode':'verify'" + bundle_descriptor() +
                       ",'script':" + text_literal(request.script) +
                       ",'record':" + std::to_string(kRecordDescriptor) +
                       ",'seed':" + std::to_string(kSeed) +
                       ",'names':" + (request.names ? "True" : "False") +
                       ",'clock_rate':" + number(request.clock_rate) +
                       ",'sites':" + range_list(request.timed) + ",'environment':{";
  for (const auto& [name, value] : request.environment) {
    config += text_literal(name) + ":" + (value ? text_literal(*value) : "None") + ",";
  }
  config += "},'schedule':";
  config += request.schedule ? schedule_literal(*request.schedule) : "None";
  return config + "}\n" + kBootstrapSource;
}

std::string make_run_bundle(const RunBundleRequest& request) {
  std::string config =
      "CONFIG = {'mode':'run'" + bundle_descriptor() + ",'script':" + text_literal(request.script);
  if (!request.rewritten_text.empty()) {
    config += ",'text':" + bytes_literal(request.rewritten_text) +
              ",'original':" + bytes_literal(request.original_text) +
              ",'source':" + bytes_literal(kBootstrapSource) +
              ".decode(),'lines':" + line_list(request.original_line);
  }
  if (!request.text_without_package.empty()) {
    config += ",'without_package':{'text':" + bytes_literal(request.text_without_package) +
              ",'lines':" + line_list(request.original_line_without_package) + "}";
  }
  return config + "}\n" + kBootstrapSource;
}

std::string bundle_stub(const std::string& bundle) {
  // An expression, so that it leaves no name in the script's `__main__`.
  return "exec(compile(__import__('os').read(" + std::to_string(kBundleDescriptor) + "," +
         std::to_string(bundle.size()) + "),'<braid>','exec'),{'__name__':'__braid__'})";
}

Record parse_record(const std::string& text) {
  Record record;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields = fields_of(line);
    if (fields.size() == 3 && fields[0] == "exception") {
      record.exception = {fields[1], fields[2]};
    } else if (fields.size() == 3 && fields[0] == "name") {
      record.names[fields[1]] = fields[2];
    } else if (fields.size() == 4 && fields[0] == "site") {
      record.sites.push_back(
          {std::strtod(fields[2].c_str(), nullptr), std::strtoull(fields[3].c_str(), nullptr, 10)});
    } else if (fields.size() == 5 && fields[0] == "scheduled") {
      record.pools.push_back(
          {fields[1], static_cast<std::uint32_t>(std::strtoul(fields[2].c_str(), nullptr, 10)),
           std::strtoull(fields[3].c_str(), nullptr, 10),
           std::strtoull(fields[4].c_str(), nullptr, 10)});
    }
  }
  return record;
}

}  // namespace braid::verify
