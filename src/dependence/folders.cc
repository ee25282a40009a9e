// Folders that are made where none is: what else meets that.
//
// Making an empty folder changes what is found at its own path (and at paths that go through it to
// elsewhere, `folder/..`), and lets files be written in it. Making it again, where it may be there
// already, does nothing.
#include <algorithm>

#include "dependence/builder.h"

namespace braid::dependence {

using diagnostics::Code;
using effects::Event;
using effects::FolderMade;
using effects::TermId;
using effects::TermKind;
using syntax::NodeKind;

// Whenever `then` happens, `first` has happened in the same iteration (or the same call), without a
// failure.
bool GraphBuilder::surely_before(const Event& first, const Event& then) const {
  const syntax::SyntaxTree* t = &tree();
  NodeId one = first.node;
  NodeId other = then.helper_call && !first.helper_call ? then.helper_call : then.node;
  if (first.helper_call != then.helper_call && first.helper_call) return false;
  if (first.through_call) {
    // Both stand in the function that is called there.
    if (!then.through_call || first.node != then.node ||
        first.effect.module != then.effect.module || !first.effect.node || !then.effect.node)
      return false;
    t = &program_.modules[first.effect.module.value].tree;
    one = first.effect.node;
    other = then.effect.node;
    if (t->enclosing_definition(one) != t->enclosing_definition(other)) return false;
  }
  const NodeId statement = t->parent(one);
  if (!t->is(statement, NodeKind::ExprStatement)) return false;
  const NodeId list = t->parent(statement);
  NodeId child = other;
  for (NodeId up = t->parent(other); up; child = up, up = t->parent(up)) {
    if (up == list) return statement.value < child.value;
    if (up == site_.node && t == &tree()) return false;
  }
  return false;
}

// What is known of two uses of files of which one makes a folder; none: nothing that other uses of
// files lack.
std::optional<GraphBuilder::Overlap> GraphBuilder::folder_overlap(const Event& a,
                                                                  const Event& b) const {
  const FolderMade left = a.effect.folder;
  const FolderMade right = b.effect.folder;
  const TermId k = a.effect.place.key;
  const TermId l = b.effect.place.key;
  if (left && right) {
    const bool both = left.repeatable && right.repeatable;
    const bool apart =
        left.kind == FolderMade::Kind::with_parents && right.kind == FolderMade::Kind::with_parents;
    if (both && (apart || distinct_.always_equal(k, l))) return Overlap{};
    const bool nested =
        distinct_.below(k, l) != Below::unknown || distinct_.below(l, k) != Below::unknown;
    if (k && !nested && (k == l ? distinct_.distinct_folder(k) : distinct_.never_one_file(k, l)))
      return std::nullopt;
    return in_order(a, b);  // one may be what the other needs
  }
  const Event& makes = left ? a : b;
  const Event& uses = left ? b : a;
  const TermId folder = makes.effect.place.key;
  const TermId path = uses.effect.place.key;
  if (folder && folder == path) return std::nullopt;
  const Below where = distinct_.below(path, folder);
  const bool own = where == Below::by_name && distinct_.distinct_folder(folder);
  const bool is_above = makes.effect.folder.kind == FolderMade::Kind::with_parents &&
                        distinct_.below(folder, path) != Below::unknown;
  if (!writes(uses.effect)) {
    if (is_above) return in_order(a, b);
    if (where == Below::by_name) return Overlap{};
    if (where == Below::unknown && distinct_.never_one_file(path, folder)) return std::nullopt;
    Overlap out = in_order(a, b);
    out.within = true;
    const std::string who = subject_of(makes);
    out.remedy = remedy(Code::distinct_paths, "distinct-paths", who,
                        "no path that is looked at is, or leads through, a folder that `" + who +
                            "` makes where there was none",
                        "an iteration could look for a folder before it is made, or after");
    return out;
  }
  // Who writes has made its own folder before: that others make one, too, changes nothing.
  if (!makes.effect.folder.repeatable || !surely_before(makes, uses)) {
    if (own && !is_above) {
      Overlap out = in_order(a, b);
      out.forward = out.backward = false;
      return out;
    }
    if (where != Below::unknown || is_above) return in_order(a, b);
    return std::nullopt;
  }
  const bool fixed = distinct_.variation(folder) == Variation::invariant;
  if (!fixed && where == Below::unknown) return std::nullopt;
  Overlap out = in_order(a, b);
  if (fixed && where == Below::by_name) {
    out.forward = out.backward = false;
    return out;
  }
  out.remedy = of_paths(matter_of_paths(uses, uses));
  return out;
}

// One needs the other, in each iteration; between two of them only where paths are the same.
GraphBuilder::Overlap GraphBuilder::in_order(const Event& a, const Event& b) const {
  Overlap out;
  out.same = out.forward = out.backward = true;
  out.code = Code::carried_world;
  out.subject = std::string(world_name(effects::WorldPlace::File));
  if (distinct_.variation(a.effect.place.key) != Variation::invariant ||
      distinct_.variation(b.effect.place.key) != Variation::invariant)
    out.remedy = of_paths(matter_of_paths(a, b));
  return out;
}

}  // namespace braid::dependence
