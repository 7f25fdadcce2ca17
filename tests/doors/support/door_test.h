// SPDX-License-Identifier: Apache-2.0
// A table of small programs, each with what exploring it must say. The programs are compiled as
// explored code; the runner (main.cc) is not.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "heddle/heddle.h"

namespace door_tests {

/// What the report of one program must say.
struct Expectation {
  std::vector<heddle::Verdict> verdicts;   ///< Any of these.
  std::vector<heddle::FindingKind> kinds;  ///< Each of the findings is of one of these kinds.
  heddle::DeadlockCause cause = heddle::DeadlockCause::kNone;  ///< kNone: any.
  std::uint64_t executions = 0;                                ///< 0: any number.
  heddle::Options options = {};

  Expectation with(const heddle::Options& changed) const {
    Expectation expectation = *this;
    expectation.options = changed;
    return expectation;
  }
};

/// Every execution is right. `executions` of them, if that is known.
inline Expectation ok(std::uint64_t executions = 0) {
  return {{heddle::Verdict::kOk}, {}, heddle::DeadlockCause::kNone, executions};
}
/// The same for programs with loops, waits or timeouts that the default bounds may cut.
inline Expectation ok_or_bounded() {
  return {{heddle::Verdict::kOk, heddle::Verdict::kBounded}, {}};
}
inline Expectation shows(std::vector<heddle::FindingKind> kinds) {
  return {{heddle::Verdict::kBug}, std::move(kinds)};
}
inline Expectation shows(heddle::FindingKind kind) { return shows(std::vector{kind}); }
inline Expectation deadlocks(heddle::DeadlockCause cause = heddle::DeadlockCause::kNone) {
  return {{heddle::Verdict::kBug}, {heddle::FindingKind::kDeadlock}, cause};
}

struct DoorTest {
  const char* name;
  void (*body)();
  Expectation expectation;
};

std::vector<DoorTest>& all_tests();

struct Registration {
  explicit Registration(DoorTest test);
};

inline constexpr auto kDataRace = heddle::FindingKind::kDataRace;

}  // namespace door_tests

/// HEDDLE_DOOR_TEST(name, expectation) { body of the explored program }
#define HEDDLE_DOOR_TEST(name, ...)                                                         \
  static void name();                                                                       \
  static const ::door_tests::Registration registration_##name({#name, &name, __VA_ARGS__}); \
  static void name()
