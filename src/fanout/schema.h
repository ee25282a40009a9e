// schema: JSON Schema, as far as answers need it.
//
// Known: type, enum, const, properties, required, additionalProperties, patternProperties,
// minProperties, maxProperties, propertyNames, items, prefixItems, minItems, maxItems, uniqueItems,
// contains, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
// multipleOf, allOf, anyOf, oneOf, not, $ref to "#" or below it, $defs, definitions; title,
// description, default, examples, format, deprecated, $schema, $id, $comment say nothing about
// validity. Any other keyword is refused when the schema is read, never overlooked.
#pragma once

#include <map>
#include <memory>
#include <regex>
#include <string>

#include "base/base.h"
#include "fanout/json.h"

namespace braid::fanout {

class Schema {
 public:
  // `name` is for messages.
  static Result<std::shared_ptr<const Schema>> read(std::string_view text, std::string_view name);

  // What is wrong with a value, such as `/tags/0: not a string`; empty when it fits.
  [[nodiscard]] std::string complaint(const Json& value) const;
  // The schema as one line of JSON.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  Json root_;
  std::map<std::string, std::regex, std::less<>> patterns_;
};

// The JSON value of an answer: one code fence around it is taken away.
std::expected<Json, JsonError> json_of_answer(std::string_view text);

}  // namespace braid::fanout
