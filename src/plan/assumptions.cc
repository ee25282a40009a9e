// What must hold that nobody can prove: who accepts it, and what is said in one.
#include <algorithm>

#include "plan/planner.h"

namespace braid::plan {

using diagnostics::Code;

bool Assumption::says(std::string_view other) const {
  return id == other || std::find(joined.begin(), joined.end(), other) != joined.end();
}

bool Accepted::covers(const std::vector<Assumption>& assumptions) const {
  const auto has = [&](const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return all || std::all_of(assumptions.begin(), assumptions.end(), [&](const Assumption& each) {
           return has(each.id) || (!each.joined.empty() &&
                                   std::all_of(each.joined.begin(), each.joined.end(), has));
         });
}

void Planner::accept(Deal& deal, Assumption assumption) const {
  for (const Assumption& each : deal.assumptions) {
    if (each.id == assumption.id) return;
  }
  deal.assumptions.push_back(std::move(assumption));
}

bool Planner::is_accepted(const Deal& deal, const Edge::SharedRemedy& remedy) {
  return remedy && std::any_of(deal.assumptions.begin(), deal.assumptions.end(),
                               [&](const Assumption& each) { return each.id == remedy->id; });
}

// Of two remedies that about what runs: it is asked for anyway.
void Planner::accept(Deal& deal, const Edge& edge) const {
  if (is_accepted(deal, edge.alternative)) return;
  const bool other =
      edge.alternative && !deal.run.contains(edge.from.value) && deal.run.contains(edge.to.value);
  const Edge::Remedy& remedy = other ? *edge.alternative : *edge.remedy;
  accept(deal, Assumption{remedy.id, remedy.text, remedy.seen, remedy.code,
                          other ? edge.to_span : edge.from_span, remedy.touches});
}

// Whose paths no other iteration touches is one matter: those of the iteration.
std::vector<Assumption> Planner::joined_paths(std::vector<Assumption> assumptions) const {
  std::set<std::string> who;
  Assumption all{{},
                 {},
                 "iterations could read or overwrite what others write there",
                 Code::distinct_paths,
                 {},
                 {},
                 {}};
  for (const Assumption& each : assumptions) {
    if (each.touches.empty()) continue;
    if (who.empty()) all.span = each.span;
    who.insert(each.touches);
    all.joined.push_back(each.id);
  }
  if (all.joined.size() < 2) return assumptions;
  std::string names;
  for (const std::string& each : who) {
    all.touches += (all.touches.empty() ? "" : "+") + each;
    const bool last = each == *who.rbegin();
    names += (names.empty() ? "`" : last ? " and `" : ", `") + each + "`";
  }
  all.id = "distinct-paths:" + all.touches + "@" + graph_.scope;
  all.text = "no other iteration touches the paths that " + names +
             (who.size() == 1 ? " touches" : " touch");
  const auto first = std::find_if(assumptions.begin(), assumptions.end(),
                                  [](const Assumption& each) { return !each.touches.empty(); });
  *first = std::move(all);
  std::erase_if(assumptions, [&](const Assumption& each) {
    return !each.touches.empty() && each.joined.empty();
  });
  return assumptions;
}

}  // namespace braid::plan
