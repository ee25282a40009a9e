// What a program says of how its objects are made again: for a copy, and from a pickle.
#pragma once

#include "effects/interpreter.h"

namespace braid::effects {

class Pickling {
 public:
  explicit Pickling(Interpreter& interpreter) : in_(interpreter) {}
  // What `__reduce__` says is called to make another one of the object, and gives.
  ValueId made_again(const Atom& object, NodeId node);
  // What is read from a pickle is another one of anything that the program pickles anywhere.
  void pickle(ValueId given, NodeId node);

 private:
  Interpreter& in_;
};

}  // namespace braid::effects
