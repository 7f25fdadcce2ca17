// SPDX-License-Identifier: Apache-2.0
// Which clause is switched off in a build with HEDDLE_MUTANTS.
#include "checker/base/mutant.h"

#ifdef HEDDLE_MUTANTS

#include <cstdlib>

namespace heddle::base {

std::uint64_t g_switched_off = 0;

/// Before other constructors, which may run clauses.
[[gnu::constructor(101)]] static void read_environment() {
  const char* name = std::getenv("HEDDLE_MUTANT");
  g_switched_off = name == nullptr || *name == '\0' ? 0 : clause_id(name);
}

}  // namespace heddle::base

#endif
