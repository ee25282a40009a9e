#include "rewrite/form.h"

namespace braid::rewrite {

namespace {

constexpr std::string_view kOpening = "([{";
constexpr std::string_view kClosing = ")]}";

char closing(char open) { return kClosing[kOpening.find(open)]; }

// Columns, not bytes.
std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

std::string join(const Form& form) {
  std::string text;
  for (const Form& item : form.items) {
    if (!text.empty()) text += form.commas ? ", " : " ";
    text += item.flat();
  }
  return text;
}

class Printer {
 public:
  Printer(std::string_view unit, std::size_t width) : unit_(unit), width_(width) {}

  std::vector<std::string> print(const std::string& before, const Form& form,
                                 const std::string& after, const std::string& indent) {
    const std::string flat = before + form.flat() + after;
    if (form.open == 0 || form.items.empty() || fits(indent + flat)) return {flat};
    std::vector<std::string> lines{before + form.text + form.open};
    const std::string inner = indent + std::string(unit_);
    const std::string body = join(form);
    if (fits(inner + body)) {
      lines.push_back(std::string(unit_) + body);
    } else {
      for (const Form& item : form.items) {
        for (const std::string& line : print("", item, form.commas ? "," : "", inner)) {
          lines.push_back(std::string(unit_) + line);
        }
      }
    }
    lines.push_back(closing(form.open) + after);
    return lines;
  }

 private:
  bool fits(std::string_view line) const {
    return line.find('\n') == std::string_view::npos && columns(line) <= width_;
  }

  std::string_view unit_;
  std::size_t width_;
};

}  // namespace

std::string Form::flat() const {
  return open == 0 ? text : text + open + join(*this) + closing(open);
}

Form words(std::string text) { return {std::move(text), 0, {}, true}; }

Form call(std::string function, std::vector<Form> items) {
  return {std::move(function), '(', std::move(items), true};
}

Form tuple(std::vector<Form> items) {
  if (items.size() == 1) return std::move(items.front());
  return {"", '(', std::move(items), true};
}

Form comprehension(char open, Form element, std::string clause) {
  return {"", open, {std::move(element), words(std::move(clause))}, false};
}

std::vector<std::string> lay_out(std::string_view before, const Form& form, std::string_view after,
                                 std::string_view indent, std::string_view unit,
                                 std::size_t width) {
  return Printer(unit, width)
      .print(std::string(before), form, std::string(after), std::string(indent));
}

}  // namespace braid::rewrite
