#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "fanout/fanout.h"
#include "fanout/splits.h"

namespace braid::fanout {
namespace {

constexpr std::string_view kPublic = "https://api.openai.com/v1";

std::optional<std::string> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<std::string> one_line(std::string_view text, const std::string& where) {
  std::string key(without_edges(text).text);
  if (key.find_first_of("\r\n") == std::string::npos) return key;
  return std::unexpected(Error{where + ": a key is a single line"});
}

Result<std::string> key_of(const Model& settings) {
  if (settings.key_file) {
    std::ifstream file(*settings.key_file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return std::unexpected(Error{*settings.key_file + ": the key cannot be read"});
    return one_line(text, *settings.key_file);
  }
  const std::string variable = settings.key_env.value_or("OPENAI_API_KEY");
  const auto key = from_environment(variable.c_str());
  if (!key && settings.key_env) {
    return std::unexpected(Error{fmt::format("the variable {} holds no key", variable)});
  }
  return one_line(key.value_or(""), "the variable " + variable);
}

// A query stays behind the path.
std::string chat_url(std::string base) {
  const std::size_t end = std::min(base.find('?'), base.size());
  const std::string query = base.substr(end);
  base.resize(end);
  while (base.ends_with('/')) base.pop_back();
  if (!base.ends_with("/chat/completions")) base += "/chat/completions";
  return base + query;
}

Result<void> check_base(std::string_view base) {
  const auto wrong = [&](const char* why) { return std::unexpected(Error{std::string(why)}); };
  const bool is_encrypted = base.starts_with("https://");
  if (!is_encrypted && !base.starts_with("http://")) {
    return std::unexpected(
        Error{fmt::format("{} is no base URL: it begins with http:// or https://", base)});
  }
  const std::string_view rest = base.substr(is_encrypted ? 8 : 7);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  // The URL stands in messages and files, so it is not shown.
  if (host.find('@') != std::string_view::npos) {
    return wrong(
        "a base URL holds no user name and no password: a key goes by a variable "
        "(OPENAI_API_KEY, key_env) or a file (--api-key-file, key_file)");
  }
  const bool has_odd = std::any_of(base.begin(), base.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '#';
  });
  if (has_odd || host.empty()) {
    return std::unexpected(Error{
        fmt::format("{} is no base URL: {}", quoted(base),
                    host.empty() ? "it names no host" : "it holds a blank, a line end or a #")});
  }
  return {};
}

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The user's own stand in the place of ours.
Result<std::vector<std::string>> headers_of(const Model& settings, const std::string& key) {
  std::map<std::string, std::string> ours = {{"content-type", "Content-Type: application/json"},
                                             {"user-agent", "User-Agent: braid/" BRAID_VERSION}};
  if (!key.empty()) ours["authorization"] = "Authorization: Bearer " + key;
  std::vector<std::string> out = {"Expect:"};
  for (const auto& [name, value] : settings.headers) {
    if (has_line_end(name) || has_line_end(value)) {
      return std::unexpected(Error{fmt::format("the header {} has a line end in it", name)});
    }
    const std::string known = lower_case(name);
    if (known == "content-length" || known == "transfer-encoding") {
      return std::unexpected(
          Error{fmt::format("the header {} says how a request is sent, which is not yours", name)});
    }
    ours.erase(known);
    out.push_back(name + ": " + value);
  }
  for (auto& [name, line] : ours) out.push_back(std::move(line));
  return out;
}

Result<Endpoint> endpoint_of(const Workflow& workflow, const std::string& label) {
  const Model settings = settings_of(workflow, {}, label);
  Endpoint out;
  out.label = label;
  const std::string base = settings.base_url.value_or(
      from_environment("OPENAI_BASE_URL").value_or(std::string(kPublic)));
  if (auto fine = check_base(base); !fine) return std::unexpected(fine.error());
  out.url = chat_url(base);
  const auto key = key_of(settings);
  if (!key) return std::unexpected(key.error());
  out.key = *key;
  const bool is_public = out.url.starts_with("https://api.openai.com/");
  if (is_public && out.key.empty()) {
    return std::unexpected(Error{"no key: set OPENAI_API_KEY, or name a file with --api-key-file"});
  }
  if (is_public && !settings.name) return std::unexpected(Error{"no model: name one with --model"});
  auto headers = headers_of(settings, out.key);
  if (!headers) return std::unexpected(headers.error());
  out.headers = std::make_shared<const std::vector<std::string>>(std::move(*headers));
  out.streamed = settings.stream.value_or(false);
  out.http2 = settings.http2;
  out.silence = settings.timeout.value_or(600);
  out.max_tokens = settings.max_tokens;
  out.limits.rpm = settings.rpm ? settings.rpm : workflow.limits.rpm;
  out.limits.tpm = settings.tpm ? settings.tpm : workflow.limits.tpm;
  out.limits.max_in_flight =
      settings.max_in_flight ? settings.max_in_flight : workflow.limits.max_in_flight;
  return out;
}

}  // namespace

Result<Endpoints> find_endpoints(const Workflow& workflow) {
  Endpoints out;
  std::map<std::pair<std::string, std::string>, std::size_t> gates;
  const auto add = [&](const std::string& label) -> Result<void> {
    if (out.by_label.contains(label)) return {};
    auto endpoint = endpoint_of(workflow, label);
    if (!endpoint) return std::unexpected(endpoint.error());
    endpoint->gate =
        gates.emplace(std::pair(endpoint->url, endpoint->key), gates.size()).first->second;
    out.by_label.emplace(label, out.list.size());
    out.list.push_back(std::move(*endpoint));
    return {};
  };
  std::vector<std::string> labels;
  for (const Part& part : workflow.parts) {
    if (part.models.empty()) labels.emplace_back("default");
    labels.insert(labels.end(), part.models.begin(), part.models.end());
  }
  for (const Merge& merge : workflow.merges) {
    if (merge.kind == MergeKind::best)
      labels.push_back(merge.judge.empty() ? "default" : merge.judge);
    if (merge.kind == MergeKind::synthesise) {
      labels.push_back(merge.model.empty() ? "default" : merge.model);
    }
  }
  // A fallback has no fallbacks of its own.
  const std::vector<std::string> first = labels;
  for (const std::string& label : first) {
    const auto model = workflow.models.find(label);
    if (model == workflow.models.end()) continue;
    labels.insert(labels.end(), model->second.fallback.begin(), model->second.fallback.end());
  }
  for (const std::string& label : labels) {
    if (auto added = add(label); !added) return std::unexpected(added.error());
  }
  return out;
}

}  // namespace braid::fanout
