// SPDX-License-Identifier: Apache-2.0
// What must be done, once or again, before an exploration: see that the doors are where the program
// goes through.
#pragma once

#include <string>

namespace heddle::intercept {

/// Empty if each important name resolves to libheddle.so in this process; else one sentence that
/// says which does not, what it resolves to, and what to do.
std::string verify_hooks();

/// Everything the doors need before an exploration: verify_hooks(), the places of library-internal
/// synchronisation and storage, and the terminate handler. Returns what verify_hooks() does. The
/// runtime calls it, outside the model, at the start of each exploration. Idempotent.
std::string prepare_doors();

}  // namespace heddle::intercept
