// SPDX-License-Identifier: Apache-2.0
// Ways out of cycles on graphs of a few states.
#include "checker/search/way_out.h"

#include <gtest/gtest.h>

#include "tests/support/state_sketch.h"

namespace heddle::test {
namespace {

using search::ChoiceKind;
using search::WayOut;
using search::WaysOut;

WaysOut out_of_livelock(const Sketch& sketch) {
  const search::StateGraph graph = sketch.graph();
  const auto lasso = livelock(sketch, graph, {});
  EXPECT_TRUE(lasso);
  return lasso ? search::find_way_out(graph, *lasso) : WaysOut{};
}

WaysOut out_of_starvation(const Sketch& sketch, base::ThreadId victim) {
  const search::StateGraph graph = sketch.graph();
  const auto lasso = starvation(sketch, graph, victim, {});
  EXPECT_TRUE(lasso);
  return lasso ? search::find_way_out(graph, *lasso) : WaysOut{};
}

/// 0 -> (1 -> 2 -> 1), by threads 0 and 1.
Sketch circles(std::size_t states) {
  Sketch sketch(states, 2);
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 0).writes = true;
  sketch.step(2, 1, 1);
  return sketch;
}

TEST(WayOut, TheShortestWayToTheEndLeavesWhereItIsNearest) {
  Sketch sketch = circles(7);
  sketch.step(1, 3, 1);  // Three steps from state 1 ...
  sketch.step(3, 4, 1);
  sketch.step(4, 5, 1).ends = true;
  sketch.step(2, 6, 0);  // ... two from state 2.
  sketch.step(6, 5, 0).ends = true;
  const WaysOut ways = out_of_livelock(sketch);
  ASSERT_TRUE(ways.way);
  EXPECT_EQ(ways.way->to, WayOut::To::kEnd);
  EXPECT_EQ(ways.way->from, 2u) << "the second step of the cycle, behind a stem of one";
  ASSERT_EQ(ways.way->steps.size(), 2u);
  EXPECT_EQ(ways.way->steps[0].step, 6u);
  EXPECT_EQ(ways.way->steps[1].step, 7u);
}

TEST(WayOut, ProgressIsOneWhereTheProgramHasNoEnd) {
  Sketch sketch = circles(4);
  sketch.step(2, 3, 0);
  sketch.step(3, 1, 0).progress = true;
  const WaysOut ways = out_of_livelock(sketch);
  ASSERT_TRUE(ways.way);
  EXPECT_EQ(ways.way->to, WayOut::To::kProgress);
  EXPECT_EQ(ways.way->steps.size(), 2u);
}

TEST(WayOut, UsualOutcomesComeFirst) {
  Sketch sketch = circles(5);
  SketchStep& spurious = sketch.step(1, 4, 1);
  spurious.choice = ChoiceKind::kOther;
  spurious.outcome = 1;
  sketch.step(2, 3, 0);
  sketch.step(3, 4, 0);
  EXPECT_EQ(out_of_livelock(sketch).way->steps.size(), 2u);
  sketch.steps.pop_back();
  sketch.step(3, 1, 0);
  EXPECT_EQ(out_of_livelock(sketch).way->steps.size(), 1u) << "better than none";
}

TEST(WayOut, WhereNothingLeadsOutItIsTheLastTurnBefore) {
  Sketch sketch(7, 2);
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 0);
  sketch.step(2, 3, 0);
  sketch.step(3, 2, 1);
  sketch.step(0, 6, 1);  // From the first state the way is shorter, but later there is one yet.
  sketch.step(1, 4, 1);
  sketch.step(4, 5, 1);
  sketch.step(5, 6, 1);
  const WaysOut ways = out_of_livelock(sketch);
  ASSERT_TRUE(ways.way);
  EXPECT_EQ(ways.way->from, 1u);
  EXPECT_EQ(ways.way->steps.size(), 3u);
  EXPECT_TRUE(ways.all_known);
}

TEST(WayOut, NoneAtAll) {
  const WaysOut ways = out_of_livelock(circles(3));
  EXPECT_FALSE(ways.way);
  EXPECT_TRUE(ways.all_known);
}

TEST(WayOut, OfAGraphThatIsCutShortNothingIsSaidOfStatesThatAreNotKnown) {
  Sketch sketch = circles(4);
  sketch.step(2, 3, 0);
  sketch.step(0, 3, 1);
  sketch.expanded[3] = false;  // Without steps, but that is not the end.
  const WaysOut ways = out_of_livelock(sketch);
  EXPECT_FALSE(ways.way);
  EXPECT_FALSE(ways.all_known);
  sketch.states.push_back(sketch.states.back());
  sketch.expanded.push_back(true);
  sketch.step(0, 4, 1);  // A way that avoids the cycle: but there may be one out of it.
  EXPECT_FALSE(out_of_livelock(sketch).way);
  sketch.step(1, 4, 1);
  EXPECT_TRUE(out_of_livelock(sketch).way) << "a way is one all the same";
}

/// Thread 0 takes and gives back lock 7 for ever; thread 1 tries to get it.
Sketch passed_by() {
  Sketch sketch(4, 2);
  sketch.step(0, 1, 0).acquired = {7};
  sketch.step(1, 0, 0).progress = true;
  sketch.step(1, 1, 1);
  sketch.step(0, 2, 1).acquired = {7};
  sketch.step(2, 3, 1).progress = true;
  sketch.step(3, 0, 1);
  for (const search::StateId state : {0u, 1u}) sketch.states[state].waits = {{1, 7}};
  return sketch;
}

TEST(WayOut, AVictimGetsWhatItWaitsFor) {
  Sketch sketch = passed_by();
  const WaysOut ways = out_of_starvation(sketch, 1);
  ASSERT_TRUE(ways.way);
  EXPECT_EQ(ways.way->to, WayOut::To::kAwaited);
  ASSERT_EQ(ways.way->steps.size(), 1u);
  EXPECT_EQ(ways.way->steps[0].step, 3u);
  sketch.steps[3].acquired = {8};
  const WaysOut others = out_of_starvation(sketch, 1);
  ASSERT_TRUE(others.way);
  EXPECT_EQ(others.way->to, WayOut::To::kProgress) << "another lock is not what it waits for";
  EXPECT_EQ(others.way->steps.size(), 2u);
}

TEST(WayOut, AVictimThatGetsTheLockInTheCycleIsAfterProgress) {
  Sketch sketch = passed_by();
  sketch.steps[2].acquired = {7};
  const WaysOut ways = out_of_starvation(sketch, 1);
  ASSERT_TRUE(ways.way);
  EXPECT_EQ(ways.way->to, WayOut::To::kProgress);
  EXPECT_EQ(ways.way->steps.size(), 2u);
}

TEST(WayOut, WhatTheVictimHadReachedBeforeIsNoWayOut) {
  Sketch sketch(4, 2);
  sketch.step(0, 1, 1).progress = true;
  sketch.step(0, 3, 1);
  sketch.step(3, 1, 1).progress = true;
  sketch.step(1, 2, 0).progress = true;
  sketch.step(2, 1, 1);
  const search::StateGraph graph = sketch.graph();
  auto lasso = starvation(sketch, graph, 1, {});
  ASSERT_TRUE(lasso);
  ASSERT_EQ(lasso->stem.size(), 1u);
  const WaysOut ways = search::find_way_out(graph, *lasso);
  EXPECT_FALSE(ways.way);
  EXPECT_TRUE(ways.all_known);
}

}  // namespace
}  // namespace heddle::test
