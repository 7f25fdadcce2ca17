// SPDX-License-Identifier: Apache-2.0
// What a state graph stores, and what it costs.
#include "checker/search/state_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "checker/search/fair_cycles.h"
#include "checker/search/wait_bounds.h"

namespace heddle::test {
namespace {

using search::StateGraph;
using search::Step;
using search::StepRef;

Step step_to(search::StateId to, base::ThreadId thread = 0) {
  Step step;
  step.to = to;
  step.thread = static_cast<std::uint8_t>(thread);
  return step;
}

TEST(StateGraph, AFingerprintIsAState) {
  StateGraph graph;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    // All low halves are alike in the bits that a plain mask would take.
    const auto [state, added] = graph.intern({i << 40, ~i});
    EXPECT_TRUE(added);
    EXPECT_EQ(state, i);
  }
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const auto [state, added] = graph.intern({i << 40, ~i});
    EXPECT_FALSE(added);
    EXPECT_EQ(state, i);
    EXPECT_EQ(graph.fingerprint(state), (search::Fingerprint{i << 40, ~i}));
  }
  EXPECT_TRUE(graph.intern({0, 0}).added) << "differs in the high half only";
  EXPECT_EQ(graph.state_count(), 5001u);
}

TEST(StateGraph, ProfilesAreShared) {
  StateGraph graph;
  search::Profile profile;
  profile.unfinished = 3;
  profile.waits = {{1, 4}, {0, 9}};
  for (std::uint64_t i = 0; i < 10; ++i) {
    graph.intern({i, 0});
    std::swap(profile.waits[0], profile.waits[1]);
    if (i > 0) graph.set_profile(static_cast<search::StateId>(i), profile);
  }
  EXPECT_EQ(graph.profile_count(), 2u);
  EXPECT_EQ(graph.profile(0), search::Profile());
  EXPECT_TRUE(std::is_sorted(graph.profile(3).waits.begin(), graph.profile(3).waits.end()));
  EXPECT_EQ(graph.profile(3).waits.size(), 2u);
}

TEST(StateGraph, StepsAndWhatTheyAcquire) {
  StateGraph graph;
  graph.intern({1, 1});
  graph.intern({2, 2});
  graph.add_step(0, step_to(1, 2));
  graph.add_step(1, step_to(0), std::vector<search::ObjectId>{8});
  const search::StepId last = graph.add_step(0, step_to(0), std::vector<search::ObjectId>{5, 6});
  graph.mark_expanded(0);
  EXPECT_TRUE(graph.expanded(0) && !graph.expanded(1));
  std::vector<base::ThreadId> threads;
  for_each_step(graph, 0, [&](auto, const Step& step) { threads.push_back(step.thread); });
  EXPECT_EQ(threads, (std::vector<base::ThreadId>{0, 2}));
  EXPECT_TRUE(graph.acquired(graph.step(0)).empty());
  EXPECT_EQ(graph.acquired(graph.step(1))[0], 8u);
  ASSERT_EQ(graph.acquired(graph.step(last)).size(), 2u);
  EXPECT_EQ(graph.acquired(graph.step(last))[1], 6u);
}

TEST(StateGraph, PathsGoAlongFirstSteps) {
  StateGraph graph;
  for (std::uint64_t i = 0; i < 4; ++i) graph.intern({i, i});
  graph.add_step(0, step_to(0));
  const search::StepId first = graph.add_step(0, step_to(2));
  graph.add_step(2, step_to(2));
  graph.add_step(2, step_to(0));
  const search::StepId second = graph.add_step(2, step_to(1));
  graph.add_step(0, step_to(1));
  EXPECT_TRUE(graph.path_to(0).empty());
  EXPECT_EQ(graph.path_to(1), (std::vector<StepRef>{{0, first}, {2, second}}));
}

/// A torus of `side` times `side` states: two threads that go round, a third that may turn back.
StateGraph torus(std::uint64_t side) {
  StateGraph graph;
  search::Profile profile;
  profile.unfinished = profile.enabled = 7;
  profile.waits = {{1, 1}};
  const auto add = [&](std::uint64_t x, std::uint64_t y) {
    const std::uint64_t name = (x % side * side + y % side) * 0x9e3779b97f4a7c15ULL;
    const auto [state, added] = graph.intern({name, ~name});
    if (added) graph.set_profile(state, profile);
    return state;
  };
  for (std::uint64_t x = 0; x < side; ++x) {
    for (std::uint64_t y = 0; y < side; ++y) {
      const search::StateId state = add(x, y);
      graph.add_step(state, step_to(add(x + 1, y), 0));
      graph.add_step(state, step_to(add(x, y + 1), 1), std::vector<search::ObjectId>{1});
      Step back = step_to(add(x + side - 1, y), 2);
      back.progress = x == 0;
      graph.add_step(state, back);
      graph.mark_expanded(state);
    }
  }
  return graph;
}

/// A million states a second and more on one core; HEDDLE_TORUS=1415 in the environment makes it
/// two million states.
TEST(StateGraph, Scale) {
  const auto since = [](std::clock_t begin) {
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  const char* side = std::getenv("HEDDLE_TORUS");
  const auto start = std::clock();
  const StateGraph graph = torus(side != nullptr ? std::strtoull(side, nullptr, 10) : 150);
  const double added = since(start);
  const auto middle = std::clock();
  EXPECT_TRUE(search::find_livelock(graph, {}));
  EXPECT_TRUE(search::find_starvation(graph, {}, 1));
  const double searched = since(middle);
  const auto late = std::clock();
  EXPECT_FALSE(search::find_wait_bounds(graph).front().steps);
  const auto states = static_cast<double>(graph.state_count());
  const auto steps = static_cast<double>(graph.step_count());
  std::printf(
      "%.0f states, %.0f steps, %.1f bytes a state with steps; seconds: added %.2f, "
      "livelock and starvation %.2f, waits %.2f\n",
      states, steps, static_cast<double>(graph.bytes()) / states, added, searched, since(late));
  EXPECT_LT(static_cast<double>(graph.bytes()), 45 * states + 17 * steps + 400000);
}

}  // namespace
}  // namespace heddle::test
