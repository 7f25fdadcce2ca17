// SPDX-License-Identifier: Apache-2.0
// Explores a suite to the last execution, and compares the numbers of executions.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "heddle/heddle.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {

/// Complete executions by program.
using Counts = std::map<std::string, std::uint64_t>;

/// g++ keeps one look in a waiting loop. clang++ unrolls its first round, and a wait that fails
/// there once or never makes two executions of what is one to g++.
inline Counts by_compiler([[maybe_unused]] Counts gcc, [[maybe_unused]] Counts clang) {
#if defined(__clang__)
  return clang;
#else
  return gcc;
#endif
}

inline void explore_all(const Suite& suite, const Counts& expected) {
  // A reader of the writer-preferring lock backs out once for each writer: twice at most.
  heddle::Options options;
  options.bounds.failed_rounds = 3;
  Counts counts;
  for (const Program& program : suite) {
    SCOPED_TRACE(program.name);
    const heddle::Report report = heddle::explore(program.body, options);
    EXPECT_EQ(report.verdict, heddle::Verdict::kOk) << to_text(report);
    EXPECT_TRUE(report.complete);
    counts[program.name] = report.executions;
  }
  EXPECT_EQ(counts, expected);
}

}  // namespace primitive_tests
