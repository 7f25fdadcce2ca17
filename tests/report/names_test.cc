// SPDX-License-Identifier: Apache-2.0
// Every enumerator has a name that leads back to it.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "heddle/report.h"

namespace heddle {
namespace {

template <class Enum>
void round_trip(Enum last) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    const std::string_view name = to_string(value);
    EXPECT_NE(name, "unknown") << i;
    EXPECT_TRUE(names.insert(name).second) << name;
    Enum parsed = last;
    EXPECT_TRUE(parse(name, parsed));
    EXPECT_EQ(parsed, value);
  }
  Enum untouched = last;
  EXPECT_FALSE(parse("no such name", untouched));
  EXPECT_EQ(untouched, last);
}

TEST(Names, lead_back) {
  round_trip(Verdict::kInternalError);
  round_trip(FindingKind::kNoVisibleOperation);
  round_trip(DeadlockCause::kJoin);
}

TEST(Names, as_documented) {
  EXPECT_EQ(to_string(FindingKind::kDataRace), "data_race");
  EXPECT_EQ(to_string(Verdict::kOk), "ok");
  EXPECT_EQ(to_string(DeadlockCause::kLostWakeup), "lost_wakeup");
}

TEST(Names, exit_codes) {
  EXPECT_EQ(exit_code(Verdict::kOk), 0);
  EXPECT_EQ(exit_code(Verdict::kBounded), 0);
  EXPECT_EQ(exit_code(Verdict::kBug), 1);
  EXPECT_EQ(exit_code(Verdict::kInternalError), 3);
  EXPECT_EQ(exit_code(Verdict::kIncomplete), 4);
}

}  // namespace
}  // namespace heddle
