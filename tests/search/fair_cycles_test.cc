// SPDX-License-Identifier: Apache-2.0
// Each clause of fairness, of progress and of choices on a graph of a few states.
#include "checker/search/fair_cycles.h"

#include <gtest/gtest.h>

#include "tests/support/state_sketch.h"

namespace heddle::test {
namespace {

using search::ChoiceKind;
using search::CycleOptions;

constexpr CycleOptions kBarging{.fair_locks = false};
constexpr CycleOptions kRandom{.choices = CycleOptions::Choices::kRandom};

TEST(Livelock, TwoPoliteThreads) {
  Sketch sketch(4, 2);
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 0).writes = true;
  sketch.step(2, 3, 1).writes = true;
  sketch.step(3, 1, 1);
  sketch.step(3, 0, 0).progress = true;
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->stem.size(), 1u);
  EXPECT_EQ(lasso->cycle.size(), 3u);
  EXPECT_EQ(lasso->fair_by_steps, 3u);
  EXPECT_EQ(lasso->fair_by_disabled, 0u);
  EXPECT_TRUE(lasso->writes);
}

TEST(Livelock, NoCycleNoLivelock) {
  Sketch sketch(3, 1);
  sketch.step(0, 1, 0);
  sketch.step(0, 2, 0).choice = ChoiceKind::kOther;
  sketch.step(1, 2, 0);
  EXPECT_FALSE(livelock(sketch));
  EXPECT_FALSE(search::find_livelock(search::StateGraph(), {}));
}

TEST(Livelock, ProgressEndsIt) {
  Sketch sketch(2, 1);
  sketch.step(0, 1, 0);
  sketch.step(1, 0, 0).progress = true;
  EXPECT_FALSE(livelock(sketch));
  sketch.steps.back().progress = false;
  EXPECT_TRUE(livelock(sketch));
  sketch.steps.back().ends = true;
  EXPECT_FALSE(livelock(sketch)) << "the end of a thread is progress";
}

TEST(WeakFairness, AThreadThatIsAlwaysAbleGoesOn) {
  Sketch sketch(2, 2);
  sketch.step(0, 0, 0);
  sketch.step(0, 1, 1).progress = true;
  EXPECT_FALSE(livelock(sketch));
  EXPECT_FALSE(livelock(sketch, kBarging));
}

TEST(WeakFairness, AThreadThatHasEndedIsNotAble) {
  Sketch sketch(1, 2);
  sketch.step(0, 0, 0);
  sketch.states[0].unfinished = 1;
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->fair_by_disabled, 0u);
}

TEST(WeakFairness, TheCycleVisitsAStateWhereTheThreadIsNotAble) {
  Sketch sketch(2, 2);
  sketch.step(0, 0, 0);
  sketch.step(0, 1, 0);
  sketch.step(1, 0, 0);
  sketch.disable(1, 1);
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->fair_by_steps, 1u);
  EXPECT_EQ(lasso->fair_by_disabled, 2u);
}

/// Thread 0 goes round; thread 1 waits at a lock that is free in state 0.
Sketch barging() {
  Sketch sketch(3, 2);
  sketch.step(0, 1, 0);
  sketch.step(1, 0, 0);
  sketch.step(0, 2, 1).progress = true;
  sketch.disable(1, 1);
  for (search::Profile& state : sketch.states) state.strong = 2;
  return sketch;
}

TEST(StrongFairness, WhoWaitsAtALockIsServed) {
  const Sketch sketch = barging();
  EXPECT_FALSE(livelock(sketch));
  EXPECT_TRUE(livelock(sketch, kBarging));
}

TEST(StrongFairness, ACycleMayKeepOutOfStatesWhereTheLockIsFree) {
  Sketch sketch = barging();
  sketch.disable(2, 1);
  sketch.step(1, 2, 0);
  sketch.step(2, 1, 0);
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->cycle.size(), 2u);
}

TEST(StrongFairness, WhatIsLeftMustBeFairAnew) {
  Sketch sketch = barging();
  sketch.disable(2, 1);
  sketch.step(1, 2, 0);
  sketch.step(2, 1, 0);
  for (search::Profile& state : sketch.states) state.unfinished |= 4;
  for (const search::StateId state : {1u, 2u}) sketch.states[state].enabled |= 4;
  EXPECT_FALSE(livelock(sketch)) << "thread 2 is always able there";
  EXPECT_TRUE(livelock(sketch, kBarging));
}

TEST(StrongFairness, HoldsForTheCycleItself) {
  Sketch sketch(3, 2);
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 0);
  sketch.step(2, 0, 1);
  sketch.step(2, 0, 0);
  sketch.disable(0, 1);
  sketch.disable(1, 1);
  sketch.states[2].strong = 2;
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->fair_by_steps, 3u);
  EXPECT_EQ(lasso->cycle.size(), 3u);
}

TEST(Choices, CyclesTakeUsualOutcomes) {
  Sketch sketch(1, 1);
  sketch.step(0, 0, 0).choice = ChoiceKind::kDefault;
  EXPECT_TRUE(livelock(sketch));
  sketch.steps[0].choice = ChoiceKind::kOther;
  EXPECT_FALSE(livelock(sketch));
  EXPECT_FALSE(livelock(sketch, kRandom));
}

TEST(Choices, ADrawHasItsFirstOutcomeUnlessItIsRandom) {
  Sketch sketch(1, 1);
  sketch.step(0, 0, 0).choice = ChoiceKind::kRandom;
  EXPECT_TRUE(livelock(sketch));
  EXPECT_TRUE(livelock(sketch, kRandom));
  sketch.steps[0].outcome = 1;
  EXPECT_FALSE(livelock(sketch));
  EXPECT_TRUE(livelock(sketch, kRandom));
}

/// Thread 0 draws in state 1, and in state 2 after outcome 0; outcome 1 of state 2 leads to
/// state 3.
Sketch drawing() {
  Sketch sketch(4, 1);
  sketch.step(0, 1, 0);
  for (const search::StateId state : {1u, 2u}) {
    for (const std::uint16_t outcome : {std::uint16_t{0}, std::uint16_t{1}}) {
      SketchStep& step = sketch.step(state, outcome == 0 ? 3 - state : state == 2 ? 3 : 0, 0);
      step.choice = ChoiceKind::kRandom;
      step.outcome = outcome;
    }
  }
  return sketch;
}

TEST(Choices, AllOutcomesOfADrawStayInTheCycle) {
  Sketch sketch = drawing();
  EXPECT_TRUE(livelock(sketch));
  EXPECT_FALSE(livelock(sketch, kRandom)) << "some draw leads to state 3";
  sketch.step(3, 0, 0).progress = true;
  EXPECT_FALSE(livelock(sketch, kRandom));
  sketch.steps.back().progress = false;
  EXPECT_TRUE(livelock(sketch, kRandom));
}

TEST(Choices, AProgressingOutcomeTakesTheWholeDrawAway) {
  Sketch sketch(1, 1);
  for (const std::uint16_t outcome : {std::uint16_t{0}, std::uint16_t{1}}) {
    SketchStep& step = sketch.step(0, 0, 0);
    step.choice = ChoiceKind::kRandom;
    step.outcome = outcome;
    step.progress = outcome == 1;
  }
  EXPECT_TRUE(livelock(sketch));
  EXPECT_FALSE(livelock(sketch, kRandom));
}

TEST(Choices, DrawsOfAStateThatIsNotExpandedAreNotComplete) {
  Sketch sketch(1, 1);
  sketch.step(0, 0, 0).choice = ChoiceKind::kRandom;
  sketch.expanded[0] = false;
  EXPECT_FALSE(livelock(sketch, kRandom));
  EXPECT_TRUE(livelock(sketch));
}

/// Thread 0 progresses for ever while thread 1 goes round: tries, and fails.
Sketch starving() {
  Sketch sketch(2, 2);
  sketch.step(0, 1, 0).progress = true;
  sketch.step(1, 0, 0);
  sketch.step(1, 1, 1);
  sketch.step(0, 0, 1).progress = true;
  return sketch;
}

TEST(Starvation, OthersProgressAndTheVictimDoesNot) {
  const Sketch sketch = starving();
  EXPECT_FALSE(livelock(sketch));
  const auto lasso = starvation(sketch, 1);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->cycle.size(), 3u);
  EXPECT_EQ(lasso->progressing, 1u);
  EXPECT_EQ(lasso->fair_by_steps, 3u);
  EXPECT_EQ(sketch.graph().progressing_threads(), 3u);
}

TEST(Starvation, ProgressOfTheVictimIsNone) {
  Sketch sketch = starving();
  sketch.steps[2].progress = true;
  EXPECT_FALSE(starvation(sketch, 1));
  sketch.steps[2].progress = false;
  sketch.steps[2].ends = true;
  EXPECT_FALSE(starvation(sketch, 1));
}

TEST(Starvation, AVictimThatHasEndedIsNone) {
  Sketch sketch = starving();
  sketch.states[0].unfinished = 1;
  EXPECT_FALSE(starvation(sketch, 1));
}

TEST(Starvation, NeedsProgressOfAnother) {
  Sketch sketch = starving();
  sketch.steps[0].progress = false;
  EXPECT_FALSE(starvation(sketch, 1));
  EXPECT_TRUE(livelock(sketch));
}

TEST(Starvation, TheCycleShowsTheProgressOfAnother) {
  Sketch sketch = starving();
  sketch.step(1, 1, 0);
  const auto lasso = starvation(sketch, 1);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->progressing, 1u);
}

TEST(Starvation, MoreUrgentThreadsMayProgressAtTheVictimsExpense) {
  Sketch sketch = starving();
  for (search::Profile& state : sketch.states) state.priorities = {2, 1};
  EXPECT_FALSE(starvation(sketch, 1));
  for (search::Profile& state : sketch.states) state.priorities = {1, 1};
  EXPECT_TRUE(starvation(sketch, 1));
  for (search::Profile& state : sketch.states) state.priorities = {-1};
  EXPECT_TRUE(starvation(sketch, 1)) << "a thread without priority has 0";
}

TEST(Lassos, ALivelockThatWritesComesBeforeSpinning) {
  Sketch sketch(3, 1);
  sketch.step(0, 0, 0);
  sketch.step(0, 1, 0);
  sketch.step(1, 2, 0);
  const auto spin = livelock(sketch);
  ASSERT_TRUE(spin);
  EXPECT_FALSE(spin->writes);
  EXPECT_TRUE(spin->stem.empty());
  sketch.step(2, 2, 0).writes = true;
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_TRUE(lasso->writes);
  EXPECT_EQ(lasso->stem.size(), 2u);
}

TEST(Lassos, TheCycleShowsAWriteIfThereIsOne) {
  Sketch sketch(2, 1);
  sketch.step(0, 1, 0).writes = true;
  sketch.step(1, 0, 0);
  sketch.step(0, 0, 0);
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_TRUE(lasso->writes);
}

TEST(Lassos, ShortestStemToAShortCycle) {
  // A ring of ten with a shortcut to a ring of two, which is entered at its second state.
  Sketch sketch(12, 1);
  for (search::StateId state = 0; state < 10; ++state) sketch.step(state, (state + 1) % 10, 0);
  sketch.step(8, 11, 0);
  sketch.step(3, 10, 0);
  sketch.step(10, 11, 0);
  sketch.step(11, 10, 0);
  sketch.step(11, 9, 0);
  const auto lasso = livelock(sketch);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->cycle.size(), 2u);
  EXPECT_EQ(lasso->stem.size(), 4u);
}

}  // namespace
}  // namespace heddle::test
