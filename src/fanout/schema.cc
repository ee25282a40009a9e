#include "fanout/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "fanout/workflow.h"

namespace braid::fanout {
namespace {

constexpr int kDeepest = 100;

// How the value of a keyword is to be read.
enum class Shape {
  annotation,
  schema,
  schemas,
  named_schemas,
  schema_or_bool,
  number,
  string,
  other
};

struct Keyword {
  std::string_view name;
  Shape shape;
};

constexpr std::array kKeywords = {
    Keyword{"type", Shape::other},
    Keyword{"enum", Shape::other},
    Keyword{"const", Shape::other},
    Keyword{"properties", Shape::named_schemas},
    Keyword{"patternProperties", Shape::named_schemas},
    Keyword{"required", Shape::other},
    Keyword{"additionalProperties", Shape::schema_or_bool},
    Keyword{"propertyNames", Shape::schema_or_bool},
    Keyword{"minProperties", Shape::number},
    Keyword{"maxProperties", Shape::number},
    Keyword{"items", Shape::schema_or_bool},
    Keyword{"prefixItems", Shape::schemas},
    Keyword{"minItems", Shape::number},
    Keyword{"maxItems", Shape::number},
    Keyword{"uniqueItems", Shape::other},
    Keyword{"contains", Shape::schema_or_bool},
    Keyword{"minLength", Shape::number},
    Keyword{"maxLength", Shape::number},
    Keyword{"pattern", Shape::string},
    Keyword{"minimum", Shape::number},
    Keyword{"maximum", Shape::number},
    Keyword{"exclusiveMinimum", Shape::number},
    Keyword{"exclusiveMaximum", Shape::number},
    Keyword{"multipleOf", Shape::number},
    Keyword{"allOf", Shape::schemas},
    Keyword{"anyOf", Shape::schemas},
    Keyword{"oneOf", Shape::schemas},
    Keyword{"not", Shape::schema_or_bool},
    Keyword{"$ref", Shape::string},
    Keyword{"$defs", Shape::named_schemas},
    Keyword{"definitions", Shape::named_schemas},
    Keyword{"title", Shape::annotation},
    Keyword{"description", Shape::annotation},
    Keyword{"default", Shape::annotation},
    Keyword{"examples", Shape::annotation},
    Keyword{"format", Shape::annotation},
    Keyword{"deprecated", Shape::annotation},
    Keyword{"readOnly", Shape::annotation},
    Keyword{"writeOnly", Shape::annotation},
    Keyword{"discriminator", Shape::annotation},  // OpenAPI's; anyOf and oneOf say as much
    Keyword{"$schema", Shape::annotation},
    Keyword{"$id", Shape::annotation},
    Keyword{"$comment", Shape::annotation},
};

using Patterns = std::map<std::string, std::regex, std::less<>>;

// Looks at every keyword once; the first thing that is wrong, or nothing.
class Reader {
 public:
  Reader(const Json& root, Patterns& patterns) : root_(root), patterns_(patterns) {}

  std::string check(const Json& schema, const std::string& at) {
    if (schema.is(Json::Kind::boolean)) return {};
    if (!schema.is_object()) return fmt::format("{}: a schema is an object", at);
    for (const auto& [name, value] : schema.members) {
      if (std::string wrong = check_keyword(name, value, at + "/" + name); !wrong.empty()) {
        return wrong;
      }
    }
    return {};
  }

 private:
  std::string check_keyword(const std::string& name, const Json& value, const std::string& at) {
    const auto* row = std::find_if(kKeywords.begin(), kKeywords.end(),
                                   [&](const Keyword& each) { return each.name == name; });
    if (row == kKeywords.end()) {
      std::vector<std::string> known;
      for (const Keyword& each : kKeywords) known.emplace_back(each.name);
      return fmt::format("{}: the keyword {} is not supported{}", at, name, nearest(name, known));
    }
    switch (row->shape) {
      case Shape::annotation:
        return {};
      case Shape::schema:
      case Shape::schema_or_bool:
        return check(value, at);
      case Shape::schemas:
        if (!value.is_array()) return fmt::format("{}: a list of schemas is needed", at);
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          if (auto wrong = check(value.items[i], fmt::format("{}/{}", at, i)); !wrong.empty()) {
            return wrong;
          }
        }
        return {};
      case Shape::named_schemas:
        return check_named(name, value, at);
      case Shape::number:
        return value.number() ? "" : fmt::format("{}: a number is needed", at);
      case Shape::string:
        if (!value.is_string()) return fmt::format("{}: a string is needed", at);
        return name == "pattern" ? add_pattern(value.text, at) : check_reference(value.text, at);
      case Shape::other:
        return check_other(name, value, at);
    }
    return {};
  }

  std::string check_named(const std::string& name, const Json& value, const std::string& at) {
    if (!value.is_object()) return fmt::format("{}: an object of schemas is needed", at);
    for (const auto& [key, each] : value.members) {
      if (name == "patternProperties") {
        if (std::string wrong = add_pattern(key, at); !wrong.empty()) return wrong;
      }
      if (auto wrong = check(each, fmt::format("{}/{}", at, key)); !wrong.empty()) return wrong;
    }
    return {};
  }

  std::string add_pattern(const std::string& pattern, const std::string& at) {
    try {
      patterns_.emplace(pattern, std::regex(pattern, std::regex::ECMAScript));
    } catch (const std::regex_error&) {
      return fmt::format("{}: {} is no regular expression that is understood here", at, pattern);
    }
    return {};
  }

  std::string check_reference(const std::string& reference, const std::string& at) {
    if (!reference.starts_with('#') || root_.at_pointer(reference.substr(1)) == nullptr) {
      return fmt::format("{}: {} is nowhere in this schema", at, reference);
    }
    return {};
  }

  static std::string check_other(const std::string& name, const Json& value,
                                 const std::string& at) {
    constexpr std::array kTypes = {"null",   "boolean", "integer", "number",
                                   "string", "array",   "object"};
    const auto is_type = [&](const Json& type) {
      return type.is_string() && std::find(kTypes.begin(), kTypes.end(), type.text) != kTypes.end();
    };
    if (name == "type") {
      const bool fits =
          is_type(value) || (value.is_array() && !value.items.empty() &&
                             std::all_of(value.items.begin(), value.items.end(), is_type));
      return fits ? "" : fmt::format("{}: no such type", at);
    }
    if (name == "enum") return value.is_array() ? "" : fmt::format("{}: a list is needed", at);
    if (name == "required") {
      const bool fits =
          value.is_array() && std::all_of(value.items.begin(), value.items.end(),
                                          [](const Json& each) { return each.is_string(); });
      return fits ? "" : fmt::format("{}: a list of names is needed", at);
    }
    if (name == "uniqueItems") {
      return value.is(Json::Kind::boolean) ? "" : fmt::format("{}: true or false is needed", at);
    }
    return {};
  }

  const Json& root_;
  Patterns& patterns_;
};

bool has_type(const Json& value, std::string_view type) {
  using Kind = Json::Kind;
  if (type == "null") return value.is(Kind::null);
  if (type == "boolean") return value.is(Kind::boolean);
  if (type == "string") return value.is(Kind::string);
  if (type == "array") return value.is(Kind::array);
  if (type == "object") return value.is(Kind::object);
  if (type == "number") return value.is(Kind::number);
  if (!value.is(Kind::number)) return false;
  const double number = *value.number();
  return std::isfinite(number) && number == std::floor(number);
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

class Validator {
 public:
  Validator(const Json& root, const Patterns& patterns) : root_(root), patterns_(patterns) {}

  std::string check(const Json& schema, const Json& value, const std::string& at, int depth) const {
    if (depth > kDeepest) return fmt::format("{}: nested too deeply", where(at));
    if (schema.is(Json::Kind::boolean)) {
      return schema.boolean ? "" : fmt::format("{}: nothing may be here", where(at));
    }
    for (const auto& [name, rule] : schema.members) {
      std::string wrong = check_any(name, rule, value, at, depth);
      if (wrong.empty() && value.is(Json::Kind::number))
        wrong = check_number(name, rule, value, at);
      if (wrong.empty() && value.is_string()) wrong = check_string(name, rule, value, at);
      if (wrong.empty() && value.is_array())
        wrong = check_array(schema, name, rule, value, at, depth);
      if (wrong.empty() && value.is_object()) {
        wrong = check_object(schema, name, rule, value, at, depth);
      }
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

 private:
  static std::string where(const std::string& at) { return at.empty() ? "the answer" : at; }

  std::string check_any(const std::string& name, const Json& rule, const Json& value,
                        const std::string& at, int depth) const {
    if (name == "type") {
      const bool fits = rule.is_string()
                            ? has_type(value, rule.text)
                            : std::any_of(rule.items.begin(), rule.items.end(),
                                          [&](const Json& t) { return has_type(value, t.text); });
      return fits ? "" : fmt::format("{}: not of type {}", where(at), rule.dump());
    }
    if (name == "enum") {
      const bool fits = std::any_of(rule.items.begin(), rule.items.end(),
                                    [&](const Json& each) { return each.same(value); });
      return fits ? "" : fmt::format("{}: not one of {}", where(at), rule.dump());
    }
    if (name == "const")
      return rule.same(value) ? "" : fmt::format("{}: not {}", where(at), rule.dump());
    if (name == "$ref") return check(*root_.at_pointer(rule.text.substr(1)), value, at, depth + 1);
    if (name == "allOf") {
      for (const Json& each : rule.items) {
        if (std::string wrong = check(each, value, at, depth + 1); !wrong.empty()) return wrong;
      }
      return {};
    }
    if (name == "anyOf" || name == "oneOf") {
      std::size_t fitting = 0;
      std::string first;
      for (const Json& each : rule.items) {
        std::string wrong = check(each, value, at, depth + 1);
        if (wrong.empty()) ++fitting;
        if (first.empty()) first = std::move(wrong);
      }
      if (fitting == 0) return first.empty() ? fmt::format("{}: fits nothing", where(at)) : first;
      return name == "oneOf" && fitting > 1 ? fmt::format("{}: fits more than one form", where(at))
                                            : "";
    }
    if (name == "not") {
      return check(rule, value, at, depth + 1).empty()
                 ? fmt::format("{}: is what it must not be", where(at))
                 : "";
    }
    return {};
  }

  static std::string check_number(const std::string& name, const Json& rule, const Json& value,
                                  const std::string& at) {
    const double number = *value.number();
    const double bound = rule.number().value_or(0);
    if (name == "minimum" && number < bound) return fmt::format("{}: below {}", where(at), bound);
    if (name == "maximum" && number > bound) return fmt::format("{}: above {}", where(at), bound);
    if (name == "exclusiveMinimum" && number <= bound) {
      return fmt::format("{}: not above {}", where(at), bound);
    }
    if (name == "exclusiveMaximum" && number >= bound) {
      return fmt::format("{}: not below {}", where(at), bound);
    }
    if (name == "multipleOf" && bound > 0) {
      const double times = number / bound;
      if (std::abs(times - std::round(times)) > 1e-9) {
        return fmt::format("{}: no multiple of {}", where(at), bound);
      }
    }
    return {};
  }

  std::string check_string(const std::string& name, const Json& rule, const Json& value,
                           const std::string& at) const {
    const auto length = static_cast<double>(code_points(value.text));
    if (name == "minLength" && length < *rule.number())
      return fmt::format("{}: too short", where(at));
    if (name == "maxLength" && length > *rule.number())
      return fmt::format("{}: too long", where(at));
    if (name == "pattern" && !matches(rule.text, value.text)) {
      return fmt::format("{}: does not match {}", where(at), rule.text);
    }
    return {};
  }

  [[nodiscard]] bool matches(const std::string& pattern, const std::string& text) const {
    // The library's matcher recurses by character; what is longer than this is no short answer.
    if (text.size() > 20'000) return false;
    try {
      return std::regex_search(text, patterns_.find(pattern)->second);
    } catch (const std::regex_error&) {
      return false;
    }
  }

  std::string check_array(const Json& schema, const std::string& name, const Json& rule,
                          const Json& value, const std::string& at, int depth) const {
    const auto size = static_cast<double>(value.items.size());
    if (name == "minItems" && size < *rule.number())
      return fmt::format("{}: too few items", where(at));
    if (name == "maxItems" && size > *rule.number())
      return fmt::format("{}: too many items", where(at));
    if (name == "uniqueItems" && rule.boolean) {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (value.items[i].same(value.items[j])) {
            return fmt::format("{}: items {} and {} are the same", where(at), j, i);
          }
        }
      }
    }
    if (name == "contains") {
      const bool found = std::any_of(value.items.begin(), value.items.end(), [&](const Json& each) {
        return check(rule, each, at, depth + 1).empty();
      });
      if (!found) return fmt::format("{}: does not contain what it must", where(at));
    }
    if (name == "prefixItems") {
      for (std::size_t i = 0; i < std::min(rule.items.size(), value.items.size()); ++i) {
        auto wrong = check(rule.items[i], value.items[i], fmt::format("{}/{}", at, i), depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    if (name == "items") {
      const Json* prefix = schema.find("prefixItems");
      for (std::size_t i = prefix == nullptr ? 0 : prefix->items.size(); i < value.items.size();
           ++i) {
        auto wrong = check(rule, value.items[i], fmt::format("{}/{}", at, i), depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    return {};
  }

  std::string check_object(const Json& schema, const std::string& name, const Json& rule,
                           const Json& value, const std::string& at, int depth) const {
    const auto size = static_cast<double>(value.members.size());
    if (name == "minProperties" && size < *rule.number())
      return fmt::format("{}: too few members", where(at));
    if (name == "maxProperties" && size > *rule.number())
      return fmt::format("{}: too many members", where(at));
    if (name == "required") {
      for (const Json& each : rule.items) {
        if (value.find(each.text) == nullptr)
          return fmt::format("{}: {} is missing", where(at), each.text);
      }
    }
    if (name == "properties") {
      for (const auto& [key, inner] : rule.members) {
        const Json* member = value.find(key);
        if (member == nullptr) continue;
        auto wrong = check(inner, *member, fmt::format("{}/{}", at, key), depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    if (name == "propertyNames") {
      for (const auto& [key, member] : value.members) {
        auto wrong = check(rule, Json::from(key), fmt::format("{}/{}", at, key), depth + 1);
        if (!wrong.empty()) return wrong;
      }
    }
    if (name == "patternProperties" || name == "additionalProperties") {
      return check_members(schema, name, rule, value, at, depth);
    }
    return {};
  }

  std::string check_members(const Json& schema, const std::string& name, const Json& rule,
                            const Json& value, const std::string& at, int depth) const {
    const Json* named = schema.find("properties");
    const Json* by_pattern = schema.find("patternProperties");
    for (const auto& [key, member] : value.members) {
      bool is_known = named != nullptr && named->find(key) != nullptr;
      if (by_pattern != nullptr) {
        for (const auto& [pattern, inner] : by_pattern->members) {
          if (!matches(pattern, key)) continue;
          is_known = true;
          if (name == "additionalProperties") continue;
          auto wrong = check(inner, member, fmt::format("{}/{}", at, key), depth + 1);
          if (!wrong.empty()) return wrong;
        }
      }
      if (name != "additionalProperties" || is_known) continue;
      if (rule.is(Json::Kind::boolean) && !rule.boolean) {
        return fmt::format("{}: {} is not known there", where(at), key);
      }
      auto wrong = check(rule, member, fmt::format("{}/{}", at, key), depth + 1);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  const Json& root_;
  const Patterns& patterns_;
};

}  // namespace

Result<std::shared_ptr<const Schema>> Schema::read(std::string_view text, std::string_view name) {
  auto parsed = parse_own(text);
  if (!parsed) {
    return std::unexpected(Error{fmt::format("{}: no JSON: {} at byte {}", name,
                                             parsed.error().what, parsed.error().offset)});
  }
  auto schema = std::make_shared<Schema>();
  schema->root_ = std::move(*parsed);
  schema->text_ = schema->root_.dump();
  Reader reader(schema->root_, schema->patterns_);
  if (std::string wrong = reader.check(schema->root_, "#"); !wrong.empty()) {
    return std::unexpected(Error{fmt::format("{}: {}", name, wrong)});
  }
  return schema;
}

std::string Schema::complaint(const Json& value) const {
  return Validator(root_, patterns_).check(root_, value, "", 0);
}

std::expected<Json, JsonError> json_of_answer(std::string_view text) {
  const auto trim = [](std::string_view all) {
    const std::size_t begin = all.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return std::string_view{};
    return all.substr(begin, all.find_last_not_of(" \t\r\n") - begin + 1);
  };
  text = trim(text);
  if (text.starts_with("```") && text.ends_with("```") && text.size() > 6) {
    const std::size_t line = text.find('\n');
    if (line != std::string_view::npos && line < text.size() - 3) {
      text = trim(text.substr(line + 1, text.size() - 3 - line - 1));
    }
  }
  return parse_json(text);
}

}  // namespace braid::fanout
