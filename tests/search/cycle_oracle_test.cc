// SPDX-License-Identifier: Apache-2.0
// Livelock, starvation and wait bounds of small random graphs against their definitions: each set
// of steps is tried. It shares no algorithm with the search: no components, no removal.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <random>

#include "checker/search/wait_bounds.h"
#include "tests/support/state_sketch.h"

namespace heddle::test {
namespace {

constexpr base::ThreadId kThreads = 3;
constexpr search::ObjectId kObject = 5;
constexpr int kGraphs = 8000;

using Random = std::mt19937;

bool one_in(Random& random, unsigned n) { return random() % n == 0; }

void draw_states(Random& random, Sketch& sketch) {
  const unsigned rare_disabled = 1 + random() % 4;
  for (search::Profile& state : sketch.states) {
    for (base::ThreadId thread = 0; thread < kThreads; ++thread) {
      const std::uint64_t bit = std::uint64_t{1} << thread;
      if (one_in(random, rare_disabled)) state.enabled &= ~bit;
      if (one_in(random, 12)) state.unfinished &= ~bit;
      if (one_in(random, 4)) state.strong |= bit;
      if (one_in(random, 2)) state.waits.push_back({thread, kObject});
    }
    if (one_in(random, 2)) {
      for (int i = 0; i < 3; ++i) state.priorities.push_back(static_cast<int>(random() % 2));
    }
  }
}

void draw_step(Random& random, search::StateId from, search::StateId to, Sketch& sketch) {
  const base::ThreadId thread = random() % kThreads;
  sketch.states[from].enabled |= std::uint64_t{1} << thread;
  SketchStep& step = sketch.step(from, to, thread);
  step.progress = one_in(random, 5);
  step.ends = one_in(random, 15);
  step.writes = one_in(random, 2);
  step.choice = static_cast<search::ChoiceKind>(one_in(random, 2) ? random() % 4 : 0);
  step.outcome = step.choice == search::ChoiceKind::kRandom ? random() % 2 : 0;
  if (one_in(random, 3)) step.acquired = {kObject};
}

/// Every state can be reached from the first.
Sketch draw_sketch(Random& random) {
  const search::StateId count = 1 + random() % 6;
  Sketch sketch(count, kThreads);
  draw_states(random, sketch);
  for (search::StateId state = 1; state < count; ++state) {
    draw_step(random, random() % state, state, sketch);
  }
  while (sketch.steps.size() < std::min(9u, count * 2 + 1)) {
    draw_step(random, random() % count, random() % count, sketch);
  }
  for (search::StateId state = 0; state < count; ++state) {
    sketch.expanded[state] = !one_in(random, 10);
  }
  return sketch;
}

/// Is there a way along the steps of the set from the start of each to the start of each?
bool is_strongly_connected(const Sketch& sketch, unsigned set) {
  std::array<unsigned, 8> reach{};  // Of each state: those reached from it by steps of the set.
  unsigned starts = 0;
  unsigned ends = 0;
  for (std::size_t i = 0; i < sketch.steps.size(); ++i) {
    if ((set >> i & 1) == 0) continue;
    reach[sketch.steps[i].from] |= 1u << sketch.steps[i].to;
    starts |= 1u << sketch.steps[i].from;
    ends |= 1u << sketch.steps[i].to;
  }
  if (starts != ends) return false;
  for (std::size_t through = 0; through < sketch.states.size(); ++through) {
    for (unsigned& from : reach) from |= (from >> through & 1) != 0 ? reach[through] : 0;
  }
  return std::all_of(reach.begin(), reach.end(),
                     [&](unsigned from) { return from == 0 || (from & starts) == starts; });
}

/// Does the set hold all outcomes of each draw in it, and are all of them known?
bool holds_all_outcomes(const Sketch& sketch, unsigned set) {
  for (std::size_t i = 0; i < sketch.steps.size(); ++i) {
    const SketchStep& in = sketch.steps[i];
    if ((set >> i & 1) == 0 || in.choice != search::ChoiceKind::kRandom) continue;
    if (!sketch.expanded[in.from]) return false;
    for (std::size_t j = 0; j < sketch.steps.size(); ++j) {
      const SketchStep& other = sketch.steps[j];
      if ((set >> j & 1) == 0 && other.choice == search::ChoiceKind::kRandom &&
          other.from == in.from && other.thread == in.thread) {
        return false;
      }
    }
  }
  return true;
}

/// By options (bit 0: fair locks, bit 1: outcomes are drawn): is there such a set?
struct Expected {
  std::array<bool, 4> livelock{};
  std::array<bool, 4> writing_livelock{};
  std::array<std::array<bool, kThreads>, 4> starvation{};
};

bool progress_against(const Sketch& sketch, unsigned set, base::ThreadId victim) {
  for (std::size_t i = 0; i < sketch.steps.size(); ++i) {
    const SketchStep& step = sketch.steps[i];
    const search::Profile& from = sketch.states[step.from];
    if ((set >> i & 1) != 0 && step.thread != victim && (step.progress || step.ends) &&
        from.priority(step.thread) <= from.priority(victim)) {
      return true;
    }
  }
  return false;
}

void judge(const Sketch& sketch, unsigned set, Expected& expected) {
  Repeated repeated;
  for (std::size_t i = 0; i < sketch.steps.size(); ++i) {
    if ((set >> i & 1) != 0) repeated.add(sketch, sketch.steps[i]);
  }
  if (!repeated.fair(false) || !repeated.chosen || !is_strongly_connected(sketch, set)) return;
  for (std::size_t option = 0; option < 4; ++option) {
    if (!repeated.fair((option & 1) != 0)) continue;
    if ((option & 2) != 0 ? !holds_all_outcomes(sketch, set) : !repeated.usual) continue;
    if (repeated.progressing == 0) {
      expected.livelock[option] = true;
      expected.writing_livelock[option] |= repeated.writes;
    }
    for (base::ThreadId victim = 0; victim < kThreads; ++victim) {
      if ((repeated.always_unfinished & ~repeated.progressing) >> victim & 1) {
        expected.starvation[option][victim] |= progress_against(sketch, set, victim);
      }
    }
  }
}

search::CycleOptions options_of(std::size_t option) {
  using Choices = search::CycleOptions::Choices;
  return {(option & 1) != 0, (option & 2) != 0 ? Choices::kRandom : Choices::kDefault};
}

TEST(CycleOracle, FairCyclesOfRandomGraphs) {
  Random random(20261126);
  int found = 0;
  int absent = 0;
  for (int i = 0; i < kGraphs && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const Sketch sketch = draw_sketch(random);
    const search::StateGraph graph = sketch.graph();
    Expected expected;
    for (unsigned set = 1; set < 1u << sketch.steps.size(); ++set) judge(sketch, set, expected);
    for (std::size_t option = 0; option < 4; ++option) {
      const auto lasso = livelock(sketch, graph, options_of(option));
      EXPECT_EQ(lasso.has_value(), expected.livelock[option]) << "option " << option;
      EXPECT_EQ(lasso && lasso->writes, expected.writing_livelock[option]);
      ++(lasso ? found : absent);
      for (base::ThreadId victim = 0; victim < kThreads; ++victim) {
        const bool starves = starvation(sketch, graph, victim, options_of(option)).has_value();
        EXPECT_EQ(starves, expected.starvation[option][victim])
            << "option " << option << ", thread " << victim;
        ++(starves ? found : absent);
      }
    }
  }
  EXPECT_GT(found, kGraphs);
  EXPECT_GT(absent, kGraphs);
}

/// The most that a walk of `length` steps counts which starts where the thread waits: step by step.
std::array<std::uint64_t, 3> longest_walks(const Sketch& sketch, base::ThreadId thread,
                                           std::size_t length) {
  const auto waits = [&](search::StateId state) {
    const auto& all = sketch.states[state].waits;
    return std::find(all.begin(), all.end(), search::Waiting{thread, kObject}) != all.end();
  };
  std::vector<std::array<std::uint64_t, 3>> most(sketch.states.size());
  for (std::size_t round = 0; round < length; ++round) {
    auto longer = most;
    for (const SketchStep& step : sketch.steps) {
      if (!waits(step.from)) continue;
      const search::Profile& from = sketch.states[step.from];
      const bool other = step.thread != thread;
      const std::array<bool, 3> counts = {
          other && !step.acquired.empty(), other,
          other && from.priority(step.thread) < from.priority(thread)};
      for (std::size_t i = 0; i < 3; ++i) {
        const std::uint64_t rest = waits(step.to) ? most[step.to][i] : 0;
        longer[step.from][i] = std::max(longer[step.from][i], counts[i] + rest);
      }
    }
    most = longer;
  }
  std::array<std::uint64_t, 3> result{};
  for (const auto& state : most) {
    for (std::size_t i = 0; i < 3; ++i) result[i] = std::max(result[i], state[i]);
  }
  return result;
}

TEST(CycleOracle, WaitBoundsOfRandomGraphs) {
  Random random(4);
  int unbounded = 0;
  for (int i = 0; i < kGraphs && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const Sketch sketch = draw_sketch(random);
    const std::size_t states = sketch.states.size();
    for (const search::WaitBound& bound : search::find_wait_bounds(sketch.graph())) {
      EXPECT_EQ(bound.object, kObject);
      // What counts more than each step of a path without repetition can is in a cycle.
      const auto most = longest_walks(sketch, bound.thread, states * (states + 2));
      const std::array<search::Bound, 3> found = {bound.bypasses, bound.steps, bound.inverted};
      for (std::size_t k = 0; k < 3; ++k) {
        EXPECT_EQ(found[k], most[k] > states ? search::Bound() : search::Bound(most[k]));
        unbounded += most[k] > states ? 1 : 0;
      }
    }
  }
  EXPECT_GT(unbounded, kGraphs / 4);
}

}  // namespace
}  // namespace heddle::test
