// SPDX-License-Identifier: Apache-2.0
// Litmus tests as real C++: a few threads over the atomics x, y and z, the outcome that the test is
// about, and how many executions (reads-from plus total modification order) and distinct outcomes
// each memory model allows.
//
// The counts come from enumerating every reads-from and every modification order of the program
// and checking the axioms as they are written in the papers, apart from this library.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>

#include "heddle/heddle.h"

namespace litmus {

inline constexpr auto kRlx = std::memory_order_relaxed;
inline constexpr auto kAcq = std::memory_order_acquire;
inline constexpr auto kRel = std::memory_order_release;
inline constexpr auto kAcqRel = std::memory_order_acq_rel;
inline constexpr auto kSc = std::memory_order_seq_cst;

/// What the threads share, and a register for each value that they read.
struct Cells {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  std::atomic<int> z{0};
  int a = -1;
  int b = -1;
  int c = -1;
  int d = -1;
  int p = -1;
  int q = -1;
};

inline constexpr std::size_t kMostThreads = 4;

inline constexpr bool kAllowed = true;
inline constexpr bool kForbidden = false;

/// What a memory model says about a test.
struct Expected {
  std::uint64_t executions;
  std::size_t outcomes;  ///< Distinct registers and final values.
  bool asked;            ///< Whether one of them is as asked.
};

struct LitmusTest {
  const char* name;
  void (*threads[kMostThreads])(Cells&);
  const char* asks;  ///< "a=1 b=0": may these registers and final values come out together?
  Expected rc11;
  Expected sc;
};

inline std::ostream& operator<<(std::ostream& out, const LitmusTest& test) {
  return out << test.name;
}

inline std::string name_of(const testing::TestParamInfo<LitmusTest>& test) {
  return test.param.name;
}

/// The code of one thread: operations on the cells `m`, in this order.
#define THREAD(...) [](Cells& m) { __VA_ARGS__; }

class Litmus : public testing::TestWithParam<LitmusTest> {};

}  // namespace litmus
