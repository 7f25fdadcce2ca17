// SPDX-License-Identifier: Apache-2.0
// One program through the exhaustive search and through the oracle.
#pragma once

#include <cstdint>
#include <string>

#include "heddle/options.h"
#include "tests/support/oracle.h"
#include "tests/support/random_program.h"

namespace heddle::test {

struct CheckResult {
  bool too_large = false;  ///< For the oracle; nothing was compared.
  std::string mismatch;    ///< What differs; empty if nothing does.
  std::uint64_t complete = 0;
  std::uint64_t deadlocked = 0;
  std::uint64_t blocked = 0;  ///< Redundant executions of the search.
  std::uint64_t candidates = 0;
};

/// Compares the executions of the exhaustive search with the oracle's: the same graphs, none twice,
/// the same outcomes; each satisfies the checker's own axioms and is what its plan replays to.
/// Under SC the oracle's two definitions are compared as well.
CheckResult check_program(const Program& program, Model model, const OracleLimits& limits = {});

/// Draws the program of a seed and checks it under the model. Of a mismatch it gives the shrunk
/// program and what differs.
CheckResult check_seed(std::uint64_t seed, Model model, const RandomShape& shape = {},
                       const OracleLimits& limits = {});

}  // namespace heddle::test
