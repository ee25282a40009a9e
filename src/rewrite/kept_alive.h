// A failed call's exception holds the frames that it went through, and whoever holds what is
// pending holds the exception: a frame that does both stays alive until the collector comes, and
// what its variables have open stays open.
#pragma once

#include "rewrite/draft.h"

namespace braid::rewrite {

// Whether that shows: something is left to be closed by its end, and an exception out of the site
// may be caught while the program goes on.
bool must_let_go(const Module& module, const plan::Plan& plan);

}  // namespace braid::rewrite
