// SPDX-License-Identifier: Apache-2.0
// A random program as compiled code under heddle::explore(), compared with the oracle.
#pragma once

#include <cstdint>
#include <string>

#include "heddle/options.h"
#include "tests/support/native_program.h"
#include "tests/support/oracle.h"
#include "tests/support/program.h"

namespace heddle::test {

struct NativeResult {
  std::string mismatch;  ///< What differs; empty if nothing does.
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
};

/// Explores the program natively and compares: the same graphs, none twice, the same outcomes,
/// deadlocks, and whether there is a data race. `abstract` is the same program, without spurious
/// failures, with which compiled code is not explored.
NativeResult check_native(const NativeProgram& program, const Program& abstract, Model model,
                          const OracleResult& expected);

}  // namespace heddle::test
