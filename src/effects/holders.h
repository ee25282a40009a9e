// From where an object can be reached, at any depth.
#pragma once

#include <vector>

#include "effects/interpreter.h"

namespace braid::effects {

class Holders {
 public:
  // Of what is made where the object is.
  Holders(Interpreter& interpreter, const Atom& object);
  // What nobody knows the holder of.
  static SiteId somewhere(Interpreter& interpreter);
  // What something unknown was given: it may be any part of that.
  static ValueId in_unknown(Interpreter& interpreter, const Atom& unknown);

  [[nodiscard]] bool is_reached_from(ValueId value) const;
  // A class, a default or a decorator's closure holds it: worker processes make those anew when
  // they import the module. `around`: where the loop stands; what the functions around it keep in
  // variables goes to the workers as it is.
  [[nodiscard]] bool is_held_by_definitions(ModuleId module, NodeId around) const;
  // A function that is called can reach it without being given it, other than by this variable.
  [[nodiscard]] bool is_reached_from_globals() const;
  [[nodiscard]] bool is_shared(ModuleId module, BindingId but) const;

 private:
  using Values = std::vector<ValueId>;
  void add_definitions(Values& roots) const;
  [[nodiscard]] bool is_reached_from(const Values& roots) const;

  Interpreter& in_;
  SiteId wanted_;
};

}  // namespace braid::effects
