// SPDX-License-Identifier: Apache-2.0
// Bypasses and steps during waits, on graphs of a few states.
#include "checker/search/wait_bounds.h"

#include <gtest/gtest.h>

#include "tests/support/state_sketch.h"

namespace heddle::test {
namespace {

using search::Bound;
using search::WaitBound;

/// Thread 0 waits for object 7 from state 1 to 3; others get it in two steps, then thread 0 does.
Sketch queue() {
  Sketch sketch(5, 3);
  for (const search::StateId state : {1u, 2u, 3u}) sketch.states[state].waits = {{0, 7}};
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 1).acquired = {7};
  sketch.step(2, 3, 2).acquired = {3, 7};
  sketch.step(3, 4, 0).acquired = {7};
  return sketch;
}

WaitBound only_bound(const Sketch& sketch) {
  const std::vector<WaitBound> bounds = search::find_wait_bounds(sketch.graph());
  EXPECT_EQ(bounds.size(), 1u);
  return bounds.empty() ? WaitBound() : bounds[0];
}

TEST(WaitBounds, CountsWhoGetsItMeanwhile) {
  const WaitBound bound = only_bound(queue());
  EXPECT_EQ(bound.object, 7u);
  EXPECT_EQ(bound.thread, 0u);
  EXPECT_EQ(bound.bypasses, Bound(2));
  EXPECT_EQ(bound.steps, Bound(2));
  EXPECT_EQ(bound.inverted, Bound(0));
}

TEST(WaitBounds, OwnStepsAndOtherObjectsDoNotCount) {
  Sketch sketch = queue();
  sketch.steps[1].thread = 0;
  sketch.steps[2].acquired = {3};
  const WaitBound bound = only_bound(sketch);
  EXPECT_EQ(bound.bypasses, Bound(0));
  EXPECT_EQ(bound.steps, Bound(1));
}

TEST(WaitBounds, AStepThatEndsTheWaitCountsAndWhatFollowsDoesNot) {
  Sketch sketch = queue();
  sketch.states[2].waits.clear();
  EXPECT_EQ(only_bound(sketch).bypasses, Bound(1));
}

TEST(WaitBounds, TheLongestWayCounts) {
  Sketch sketch = queue();
  sketch.step(1, 3, 1).acquired = {7};
  sketch.step(0, 3, 1);
  EXPECT_EQ(only_bound(sketch).bypasses, Bound(2));
}

TEST(WaitBounds, RepeatedAcquisitionsHaveNoBound) {
  Sketch sketch = queue();
  sketch.step(2, 1, 2);
  const WaitBound bound = only_bound(sketch);
  EXPECT_FALSE(bound.bypasses);
  EXPECT_FALSE(bound.steps);
  EXPECT_EQ(bound.inverted, Bound(0));
}

TEST(WaitBounds, SpinningOthersLeaveBypassesBounded) {
  Sketch sketch = queue();
  sketch.step(2, 2, 2);
  const WaitBound bound = only_bound(sketch);
  EXPECT_EQ(bound.bypasses, Bound(2));
  EXPECT_FALSE(bound.steps);
  sketch.steps.back().thread = 0;
  EXPECT_EQ(only_bound(sketch).steps, Bound(2));
}

TEST(WaitBounds, ACycleThroughTheOutsideIsManyWaits) {
  Sketch sketch = queue();
  sketch.step(4, 0, 0);
  EXPECT_EQ(only_bound(sketch).bypasses, Bound(2));
}

TEST(WaitBounds, StepsOfLessUrgentThreads) {
  Sketch sketch = queue();
  for (search::Profile& state : sketch.states) state.priorities = {5, 4, 5};
  EXPECT_EQ(only_bound(sketch).inverted, Bound(1));
  sketch.step(1, 1, 1);
  EXPECT_FALSE(only_bound(sketch).inverted);
}

TEST(WaitBounds, WorstThreadOfEachObject) {
  Sketch sketch = queue();
  sketch.states[3].waits = {{1, 9}, {1, 7}, {0, 7}};
  const std::vector<WaitBound> bounds = search::find_wait_bounds(sketch.graph());
  ASSERT_EQ(bounds.size(), 3u);
  const std::vector<WaitBound> worst = search::worst_by_object(bounds);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].object, 7u);
  EXPECT_EQ(worst[0].thread, 0u);
  EXPECT_EQ(worst[0].bypasses, Bound(2));
  EXPECT_EQ(worst[1].object, 9u);
  EXPECT_EQ(worst[1].thread, 1u);
  EXPECT_EQ(worst[1].bypasses, Bound(0));
  EXPECT_EQ(worst[1].steps, Bound(1));
  const std::vector<WaitBound> merged =
      search::worst_by_object({{1, 0, 2, 5, 0}, {1, 1, 1, 9, 3}, {1, 2, 2, 7, 1}});
  ASSERT_EQ(merged.size(), 1u);
  EXPECT_EQ(merged[0].thread, 2u);
  EXPECT_EQ(merged[0].steps, Bound(9));
  EXPECT_EQ(merged[0].inverted, Bound(3));
}

}  // namespace
}  // namespace heddle::test
