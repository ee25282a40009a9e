#include "effects/knowledge_text.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace braid::effects {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// Splits at `separator` outside brackets and quotes.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      --depth;
    } else if (c == separator && depth == 0) {
      parts.push_back(trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(trim(text.substr(begin)));
  std::erase_if(parts, [](std::string_view part) { return part.empty(); });
  return parts;
}

// Takes the word `word` off the front.
bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  if (text.size() > word.size() && text[word.size()] != ' ') return false;
  text = trim(text.substr(word.size()));
  return true;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

// `name(argument)` → {name, argument}; the argument is empty without parentheses.
std::pair<std::string_view, std::string_view> call_form(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') return {text, {}};
  return {text.substr(0, open), trim(text.substr(open + 1, text.size() - open - 2))};
}

constexpr std::pair<std::string_view, WorldPlace> kWorld[] = {
    {"stdout", WorldPlace::Stdout},
    {"stderr", WorldPlace::Stderr},
    {"stdin", WorldPlace::Stdin},
    {"file", WorldPlace::File},
    {"dir", WorldPlace::Directory},
    {"tree", WorldPlace::Tree},
    {"remote", WorldPlace::Remote},
    {"cwd", WorldPlace::Cwd},
    {"environ", WorldPlace::Environ},
    {"umask", WorldPlace::Umask},
    {"locale", WorldPlace::Locale},
    {"signals", WorldPlace::Signals},
    {"warnings", WorldPlace::Warnings},
    {"logging", WorldPlace::Logging},
    {"interpreter", WorldPlace::Interpreter},
    {"random", WorldPlace::Random},
    {"numpy.random", WorldPlace::NumpyRandom},
    {"clock", WorldPlace::Clock},
    {"entropy", WorldPlace::Entropy},
    {"processes", WorldPlace::Processes},
    {"threads", WorldPlace::Threads},
    {"decimal", WorldPlace::Decimal},
    {"errstate", WorldPlace::Errstate},
    {"contextvars", WorldPlace::Contextvars},
    {"temp", WorldPlace::Temp},
    {"gui", WorldPlace::Gui},
    {"pyplot", WorldPlace::Pyplot},
    {"db", WorldPlace::Database},
    {"world", WorldPlace::Anything},
};

constexpr std::pair<std::string_view, Waits> kWaits[] = {
    {"network", Waits::Network}, {"disk", Waits::Disk}, {"subprocess", Waits::Subprocess},
    {"sleep", Waits::Sleep},     {"lock", Waits::Lock}, {"input", Waits::Input},
    {"gui", Waits::Gui},
};

// `200ms`, `5us`, `2s`.
double seconds_of(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return 0;
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (unit == "ms") return number * 1e-3;
  if (unit == "us") return number * 1e-6;
  return unit == "s" ? number : 0;
}

std::optional<ReturnSpec> parse_returns(std::string_view text) {
  ReturnSpec result;
  if (const std::size_t backed = text.find(" backed by "); backed != std::string_view::npos) {
    result.backed_by = parse_place(trim(text.substr(backed + 11)));
    if (!result.backed_by) return std::nullopt;
    text = trim(text.substr(0, backed));
  }
  const auto typed = [&](ReturnOrigin origin) {
    result.origin = origin;
    result.type = text;
    return result;
  };
  if (take(text, "fresh")) return typed(ReturnOrigin::fresh);
  if (take(text, "shared")) return typed(ReturnOrigin::shared);
  if (take(text, "cached")) return typed(ReturnOrigin::cached);
  if (take(text, "lazy")) {
    result.origin = ReturnOrigin::lazy;
    if (const std::size_t over = text.find(" over "); over != std::string_view::npos) {
      result.parameter = trim(text.substr(over + 6));
      text = trim(text.substr(0, over));
    } else if (text.starts_with("over ")) {
      result.parameter = trim(text.substr(5));
      text = {};
    }
    result.type = text;
    return result;
  }
  if (text == "self") {
    result.origin = ReturnOrigin::self;
    return result;
  }
  if (text == "any") return result;
  constexpr std::pair<std::string_view, ReturnOrigin> kForms[] = {
      {"arg", ReturnOrigin::argument},
      {"element", ReturnOrigin::element},
      {"field", ReturnOrigin::field},
      {"call", ReturnOrigin::call},
  };
  for (const auto& [name, origin] : kForms) {
    // `field(self) Tag`: with the type of the part.
    const std::size_t space = text.find(") ");
    const auto [typed_form, typed_argument] =
        call_form(space == std::string_view::npos ? text : text.substr(0, space + 1));
    if (typed_form == name && !typed_argument.empty()) {
      result.origin = origin;
      result.parameter = typed_argument;
      if (space != std::string_view::npos) result.type = trim(text.substr(space + 1));
      return result;
    }
  }
  return typed(ReturnOrigin::value);
}

std::optional<Condition> parse_condition(std::string_view text) {
  Condition condition;
  if (take(text, "not")) {
    condition.kind = Condition::Kind::absent;
    condition.parameter = text;
    return condition;
  }
  for (const auto& [word, kind] :
       {std::pair{std::string_view(" has "), Condition::Kind::has},
        std::pair{std::string_view(" lacks "), Condition::Kind::lacks}}) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    condition.kind = kind;
    condition.parameter = trim(text.substr(0, at));
    condition.value = trim(text.substr(at + word.size()));
    if (condition.value.size() >= 2)
      condition.value = condition.value.substr(1, condition.value.size() - 2);
    return condition;
  }
  if (const std::size_t at = text.find(" is "); at != std::string_view::npos) {
    condition.kind = Condition::Kind::is;
    condition.parameter = trim(text.substr(0, at));
    condition.value = trim(text.substr(at + 4));
    return condition;
  }
  if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
    condition.kind = Condition::Kind::equals;
    condition.parameter = trim(text.substr(0, equals));
    condition.value = trim(text.substr(equals + 1));
    return condition;
  }
  condition.kind = Condition::Kind::given;
  condition.parameter = text;
  return condition;
}

bool parse_places(std::string_view text, std::vector<PlaceSpec>& places) {
  for (std::string_view part : split(text, ',')) {
    auto place = parse_place(part);
    if (!place) return false;
    places.push_back(*place);
  }
  return !places.empty();
}

}  // namespace

std::optional<PlaceSpec> parse_place(std::string_view text) {
  PlaceSpec place;
  text = trim(text);
  if (text.starts_with("sys.") && text.find('(') == std::string_view::npos) text.remove_prefix(4);
  if (text.starts_with("module.")) {
    place.kind = PlaceSpec::Kind::World;
    place.world = WorldPlace::ModuleState;
    place.attribute = text.substr(7);
    return place;
  }
  const auto [form, argument] = call_form(text);
  if ((form == "folder" || form == "folders") && !argument.empty()) {
    place.kind = PlaceSpec::Kind::World;
    place.world = WorldPlace::File;
    place.parameter = argument;
    place.folder.kind =
        form == "folders" ? FolderMade::Kind::with_parents : FolderMade::Kind::alone;
    return place;
  }
  for (const auto& [name, world] : kWorld) {
    if (form == name) {
      place.kind = PlaceSpec::Kind::World;
      place.world = world;
      place.parameter = argument;
      return place;
    }
  }
  std::string_view name = form;
  if (!argument.empty()) {
    name = argument;
    if (form == "deep")
      place.deep = true;
    else if (form == "element")
      place.elements = true;
    else if (form == "backing")
      place.kind = PlaceSpec::Kind::Backing;
    else
      return std::nullopt;
  }
  if (const std::size_t dot = name.find('.'); dot != std::string_view::npos) {
    place.attribute = name.substr(dot + 1);
    name = name.substr(0, dot);
    if (place.attribute == "*") {
      place.attribute = {};
      place.deep = true;
    }
  }
  place.parameter = name;
  if (form == "backing") return place;
  place.kind = name == "self"     ? PlaceSpec::Kind::Self
               : name == "result" ? PlaceSpec::Kind::Result
                                  : PlaceSpec::Kind::Parameter;
  return place;
}

std::optional<Clause> parse_clause(std::string_view text) {
  Clause clause;
  if (take(text, "if")) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    auto condition = parse_condition(trim(text.substr(0, colon)));
    if (!condition) return std::nullopt;
    clause.condition = *condition;
    text = trim(text.substr(colon + 2));
  } else if (take(text, "unless")) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    clause.unless = trim(text.substr(0, colon));
    text = trim(text.substr(colon + 2));
  }
  const auto with_places = [&](ClauseKind kind) -> std::optional<Clause> {
    clause.kind = kind;
    if (!parse_places(text, clause.places)) return std::nullopt;
    return clause;
  };
  if (take(text, "reads")) return with_places(ClauseKind::reads);
  if (take(text, "writes")) return with_places(ClauseKind::writes);
  if (take(text, "appends")) return with_places(ClauseKind::appends);
  if (take(text, "finalises")) return with_places(ClauseKind::finalises);
  if (take(text, "waits")) {
    clause.kind = ClauseKind::waits;
    const std::string_view what = take_word(text);
    clause.seconds = seconds_of(text);
    for (const auto& [name, waits] : kWaits) {
      if (what == name) {
        clause.waits = waits;
        return clause;
      }
    }
    return std::nullopt;
  }
  if (take(text, "burns")) {
    clause.kind = ClauseKind::burns;
    take(text, "cpu");
    clause.nogil = take(text, "nogil");
    clause.seconds = seconds_of(text);
    return clause;
  }
  if (take(text, "raises")) {
    clause.kind = text == "nothing" ? ClauseKind::raises_nothing : ClauseKind::raises;
    while (!text.empty()) clause.names.push_back(take_word(text));
    return clause;
  }
  if (take(text, "returns")) {
    clause.kind = ClauseKind::returns;
    auto returns = parse_returns(text);
    if (!returns) return std::nullopt;
    clause.returns = *returns;
    return clause;
  }
  if (take(text, "keeps")) {
    clause.kind = ClauseKind::keeps;
    clause.argument = take_word(text);
    if (take(text, "in")) clause.into = text;
    return clause;
  }
  if (take(text, "calls")) {
    clause.kind = ClauseKind::calls;
    clause.argument = take_word(text);
    clause.later = take(text, "later");
    if (take(text, "with")) clause.with = split(text, ',');
    return clause;
  }
  if (take(text, "consumes")) {
    clause.kind = ClauseKind::consumes;
    clause.argument = text;
    return clause;
  }
  constexpr std::pair<std::string_view, ClauseKind> kPlain[] = {
      {"pure", ClauseKind::pure},
      {"exits", ClauseKind::exits},
      {"unwinds", ClauseKind::unwinds},
      {"unknown", ClauseKind::unknown},
      {"costs money", ClauseKind::costs_money},
      {"repeatable", ClauseKind::repeatable},
      {"stateless remote", ClauseKind::stateless_remote},
  };
  for (const auto& [name, kind] : kPlain) {
    if (text == name) {
      clause.kind = kind;
      return clause;
    }
  }
  return std::nullopt;
}

CallableModel parse_callable(const KnowledgeRow& row) {
  CallableModel model;
  model.name = row.name;
  model.is_property = row.signature.empty();
  std::string_view signature = row.signature;
  if (signature.starts_with('(')) signature = signature.substr(1, signature.size() - 2);
  auto kind = ParameterSpec::Kind::positional;
  for (std::string_view part : split(signature, ',')) {
    if (const std::size_t equals = part.find('='); equals != std::string_view::npos) {
      part = trim(part.substr(0, equals));
    }
    if (part == "/") {
      for (ParameterSpec& earlier : model.parameters)
        earlier.kind = ParameterSpec::Kind::positional_only;
    } else if (part == "*") {
      kind = ParameterSpec::Kind::keyword_only;
    } else if (part.starts_with("**")) {
      model.parameters.push_back({part.substr(2), ParameterSpec::Kind::keywords});
    } else if (part.starts_with('*')) {
      model.parameters.push_back({part.substr(1), ParameterSpec::Kind::variadic});
      kind = ParameterSpec::Kind::keyword_only;
    } else {
      model.parameters.push_back({part, kind});
    }
  }
  for (std::string_view text : split(row.text, ';')) {
    auto clause = parse_clause(text);
    if (!clause || clause->kind == ClauseKind::unknown) {
      model.is_unknown = true;
      continue;
    }
    model.clauses.push_back(std::move(*clause));
  }
  return model;
}

TypeModel parse_type_model(const KnowledgeRow& row) {
  TypeModel model;
  model.name = row.name;
  for (std::string_view word : split(row.text, ' ')) {
    const auto [form, argument] = call_form(word);
    if (form == "immutable") model.immutable = true;
    if (form == "value-like") model.value_like = true;
    if (form == "handle") model.handle = true;
    if (form == "thread-safe") model.thread_safe = true;
    if (form == "thread-bound") model.thread_bound = true;
    if (form == "lazy") model.lazy = true;
    if (form == "exception") model.exception = true;
    if (form == "bases") {
      for (std::string_view base : split(argument, ',')) model.bases.push_back(base);
    }
    if (form == "items") model.items = argument;
  }
  return model;
}

std::vector<std::string_view> names_in(std::string_view text) {
  return text.empty() ? std::vector<std::string_view>{} : split(text, ',');
}

double default_seconds(Waits waits) {
  switch (waits) {
    case Waits::Network:
    case Waits::Subprocess:
      return 0.2;
    case Waits::Disk:
      return 1e-4;
    case Waits::Sleep:
      return 0.5;
    case Waits::Lock:
      return 0;
    default:
      return 1;
  }
}

std::vector<TypeText> parse_type(std::string_view text) {
  std::vector<TypeText> alternatives;
  for (std::string_view part : split(text, '|')) {
    TypeText type;
    if (const std::size_t open = part.find('[');
        open != std::string_view::npos && part.back() == ']') {
      type.name = trim(part.substr(0, open));
      for (std::string_view argument : split(part.substr(open + 1, part.size() - open - 2), ',')) {
        type.arguments.push_back(parse_type(argument));
      }
    } else {
      const auto [form, argument] = call_form(part);
      type.name = form;
      type.parameter = argument;
    }
    alternatives.push_back(std::move(type));
  }
  return alternatives;
}

}  // namespace braid::effects
