// SPDX-License-Identifier: Apache-2.0
// A random program as compiled code under heddle::explore(), compared with the oracle.
#pragma once

#include <cstdint>
#include <string>

#include "heddle/options.h"
#include "tests/support/oracle.h"
#include "tests/support/random_program.h"

namespace heddle::test {

struct NativeResult {
  bool expressible = false;  ///< If not, nothing was run.
  std::string mismatch;      ///< What differs; empty if nothing does.
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
};

/// Explores the program natively and compares: the same graphs, none twice, the same outcomes,
/// deadlocks, and whether there is a data race. `expected` is the oracle's result for
/// program.strong(): compiled code is not explored with spurious failures.
NativeResult check_native(const RandomProgram& program, Model model, const OracleResult& expected);

}  // namespace heddle::test
