// SPDX-License-Identifier: Apache-2.0
// Edit distance and "did you mean".
#include "heddle/nearest_name.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

TEST(EditDistance, CountsSingleEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("lost_updat", "lost_update"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(edit_distance("--modle", "--model"), 1u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
}

TEST(NearestName, TakesTheNearest) {
  EXPECT_EQ(nearest_name("lost_updat", {"lost_wakeup", "lost_update", "races"}), "lost_update");
  EXPECT_EQ(nearest_name("rnu", {"list", "run", "show"}), "run");
}

TEST(NearestName, TakesTheFirstOfEquals) { EXPECT_EQ(nearest_name("bat", {"cat", "rat"}), "cat"); }

TEST(NearestName, DoesNotGuess) {
  EXPECT_EQ(nearest_name("zebra", {"lost_update", "races"}), std::nullopt);
  EXPECT_EQ(nearest_name("ab", {"cd"}), std::nullopt);
  EXPECT_EQ(nearest_name("anything", {}), std::nullopt);
}

}  // namespace
}  // namespace heddle
