// SPDX-License-Identifier: Apache-2.0
// One program through the exhaustive search and through the oracle.
#pragma once

#include <cstdint>
#include <functional>
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
  bool races = false;
};

/// What differs, in words; empty if nothing does. Of programs with a race nothing else counts.
std::string compare(const Summary& found, const OracleResult& expected);

/// Of what the search found more often than that something is wrong: an end of endless searches.
std::uint64_t most_executions(const OracleResult& expected);

/// Under SC the oracle's two definitions must agree; what differs, in words.
std::string compare_oracles(const Program& program, const OracleResult& expected);

/// Compares the executions of the exhaustive search with the oracle's: the same graphs, none twice,
/// the same outcomes, and whether there is a data race; each execution satisfies the checker's own
/// axioms and is what its plan replays to.
CheckResult check_search(const Program& program, Model model, const OracleResult& expected);

/// The oracle, under SC in both forms, and the search.
CheckResult check_program(const Program& program, Model model, const OracleLimits& limits = {});

using Check = std::function<CheckResult(const RandomProgram& program)>;

/// Draws the program of a seed and checks it. Of a mismatch it gives the shrunk program and what
/// differs.
CheckResult check_seed(std::uint64_t seed, const RandomShape& shape, const Check& check);

/// With check_program().
CheckResult check_seed(std::uint64_t seed, Model model, const RandomShape& shape = {},
                       const OracleLimits& limits = {});

}  // namespace heddle::test
