// A comprehension, or a generator consumed at once, whose costly part runs ahead: the calls are
// made by an inner one, the outer one takes their outcomes in order.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

Written<SiteDraft> write_comprehension(Module& module, const plan::Plan& plan);

}  // namespace braid::rewrite
