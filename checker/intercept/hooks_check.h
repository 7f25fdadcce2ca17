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
/// synchronisation, the terminate handler, and __libc_single_threaded. Returns what verify_hooks()
/// does. Call it outside the model, from the exploring thread. Idempotent.
std::string prepare_doors();

}  // namespace heddle::intercept
