// SPDX-License-Identifier: Apache-2.0
// Which libraries explored code calls, as far as checkpoints must know.
//
// A checkpoint holds what explored code keeps in its own memory. What a library keeps in its own
// is in no checkpoint: gmtime's buffer, the position of a file, the mask of signals. So by default
// none is taken unless every function that explored modules import is one of Heddle's doors, of
// libm, of the C++ library (whose variables are watched: library_watch.h), or a function of libc
// that is known to keep nothing. It is the list of imports that counts: what is never called
// counts too, and what is called through dlsym is covered by dlsym not being on the list.
#pragma once

#include <string>
#include <vector>

#include "checker/runtime/modules.h"

namespace heddle::runtime {

/// O(imports of explored modules), about a microsecond each. Takes the dynamic linker's lock: not
/// to be called on a fiber.
bool calls_keep_no_state(const Modules& modules);

/// Names of functions that explored code imports and that are not known to keep no state, the first
/// `most`. Takes the dynamic linker's lock.
std::vector<std::string> calls_with_state(const Modules& modules, std::size_t most);
/// Files of libraries that explored code is linked with, and that are neither explored themselves
/// nor the system's. Nobody restores their variables.
std::vector<std::string> uninstrumented_libraries(const Modules& modules);
/// Files of libraries that explored code is linked with and calls, that are neither explored
/// themselves nor the system's, and that lock or wait. Cheap where there are none.
std::vector<std::string> unseen_synchronisation(const Modules& modules);

}  // namespace heddle::runtime
