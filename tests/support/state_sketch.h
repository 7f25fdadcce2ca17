// SPDX-License-Identifier: Apache-2.0
// Small state graphs written by hand or drawn at random, and what a lasso in one must be.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "checker/search/fair_cycles.h"

namespace heddle::test {

/// A step before it is put into a graph: plain data, which the oracle reads.
struct SketchStep {
  search::StateId from = 0;
  search::StateId to = 0;
  base::ThreadId thread = 0;
  search::ChoiceKind choice = search::ChoiceKind::kNone;
  std::uint16_t outcome = 0;
  bool progress = false;
  bool writes = false;
  bool ends = false;
  std::vector<search::ObjectId> acquired = {};
};

/// State i has fingerprint {i, i}; step i is step i of the graph. Every thread is unfinished and
/// enabled in all states at first, every state expanded.
struct Sketch {
  std::vector<search::Profile> states;
  std::vector<SketchStep> steps;
  std::vector<bool> expanded;

  Sketch(std::size_t state_count, base::ThreadId threads)
      : states(state_count), expanded(state_count, true) {
    for (search::Profile& state : states) {
      state.unfinished = state.enabled = (std::uint64_t{1} << threads) - 1;
    }
  }
  /// Adds a step; the caller may set more of it, until the next one is added.
  SketchStep& step(search::StateId from, search::StateId to, base::ThreadId thread) {
    return steps.emplace_back(SketchStep{from, to, thread});
  }
  void disable(search::StateId state, base::ThreadId thread) {
    states[state].enabled &= ~(std::uint64_t{1} << thread);
  }
  search::StateGraph graph() const;
};

inline search::StateGraph Sketch::graph() const {
  search::StateGraph graph;
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    const auto [state, added] = graph.intern({i, i});
    EXPECT_TRUE(added && state == i);
    graph.set_profile(state, states[i]);
  }
  for (const SketchStep& from : steps) {
    search::Step step;
    step.to = from.to;
    step.thread = static_cast<std::uint8_t>(from.thread);
    step.choice = from.choice;
    step.outcome = from.outcome;
    step.progress = from.progress;
    step.writes = from.writes;
    step.ends = from.ends;
    graph.add_step(from.from, step, from.acquired);
  }
  for (search::StateId state = 0; state < states.size(); ++state) {
    if (expanded[state]) graph.mark_expanded(state);
  }
  return graph;
}

/// A set of steps, as a mask, and what it shows if it is repeated for ever; by the letter.
struct Repeated {
  std::uint64_t stepping = 0;
  std::uint64_t always_able = ~std::uint64_t{0};
  std::uint64_t strongly_able = 0;
  std::uint64_t always_unfinished = ~std::uint64_t{0};
  std::uint64_t progressing = 0;
  bool writes = false;
  bool usual = true;   ///< Usual outcomes of choices only.
  bool chosen = true;  ///< No other outcome of a choice that is not drawn.

  void add(const Sketch& sketch, const SketchStep& step) {
    const search::Profile& from = sketch.states[step.from];
    stepping |= std::uint64_t{1} << step.thread;
    always_able &= from.enabled & from.unfinished;
    strongly_able |= from.enabled & from.unfinished & from.strong;
    always_unfinished &= from.unfinished;
    if (step.progress || step.ends) progressing |= std::uint64_t{1} << step.thread;
    writes |= step.writes;
    chosen &= step.choice != search::ChoiceKind::kOther;
    usual &= step.choice != search::ChoiceKind::kOther &&
             (step.choice != search::ChoiceKind::kRandom || step.outcome == 0);
  }
  bool fair(bool fair_locks) const {
    return (always_able & ~stepping) == 0 && (!fair_locks || (strongly_able & ~stepping) == 0);
  }
};

/// Checks by the letter that the lasso is one: its steps follow one another, its cycle is closed,
/// fair as it says, and shows a livelock or the victim's starvation.
inline void check_lasso(const Sketch& sketch, const search::StateGraph& graph,
                        const search::CycleOptions& options, const search::Lasso& lasso) {
  search::StateId at = search::kInitialState;
  const auto follow = [&](const search::StepRef& ref) {
    ASSERT_LT(ref.step, sketch.steps.size());
    EXPECT_EQ(ref.from, at);
    EXPECT_EQ(sketch.steps[ref.step].from, at);
    at = graph.step(ref.step).to;
    EXPECT_EQ(sketch.steps[ref.step].to, at);
  };
  for (const search::StepRef& ref : lasso.stem) follow(ref);
  const search::StateId begin = at;
  ASSERT_FALSE(lasso.cycle.empty());
  Repeated repeated;
  std::uint64_t unfinished = 0;
  bool against_victim = false;
  for (const search::StepRef& ref : lasso.cycle) {
    follow(ref);
    const SketchStep& step = sketch.steps[ref.step];
    const search::Profile& from = sketch.states[step.from];
    repeated.add(sketch, step);
    unfinished |= from.unfinished;
    against_victim |= lasso.victim != search::kNoVictim && step.thread != lasso.victim &&
                      (step.progress || step.ends) &&
                      from.priority(step.thread) <= from.priority(lasso.victim);
  }
  EXPECT_EQ(at, begin);
  EXPECT_TRUE(repeated.fair(options.fair_locks));
  EXPECT_TRUE(options.choices == search::CycleOptions::Choices::kRandom ? repeated.chosen
                                                                        : repeated.usual);
  EXPECT_EQ(lasso.fair_by_steps, repeated.stepping);
  EXPECT_EQ(lasso.fair_by_disabled, unfinished & ~repeated.stepping);
  EXPECT_EQ(lasso.progressing, repeated.progressing);
  EXPECT_EQ(lasso.writes, repeated.writes);
  if (lasso.victim == search::kNoVictim) {
    EXPECT_EQ(repeated.progressing, 0u);
  } else {
    const std::uint64_t victim = std::uint64_t{1} << lasso.victim;
    EXPECT_EQ(repeated.progressing & victim, 0u);
    EXPECT_NE(repeated.always_unfinished & victim, 0u);
    EXPECT_TRUE(against_victim);
  }
}

/// What the searches find, checked. `graph` is that of the sketch.
inline std::optional<search::Lasso> livelock(const Sketch& sketch, const search::StateGraph& graph,
                                             const search::CycleOptions& options) {
  auto lasso = search::find_livelock(graph, options);
  if (lasso) {
    EXPECT_EQ(lasso->victim, search::kNoVictim);
    check_lasso(sketch, graph, options, *lasso);
  }
  return lasso;
}

inline std::optional<search::Lasso> starvation(const Sketch& sketch,
                                               const search::StateGraph& graph,
                                               base::ThreadId victim,
                                               const search::CycleOptions& options) {
  auto lasso = search::find_starvation(graph, options, victim);
  if (lasso) {
    EXPECT_EQ(lasso->victim, victim);
    check_lasso(sketch, graph, options, *lasso);
  }
  return lasso;
}

inline std::optional<search::Lasso> livelock(const Sketch& sketch,
                                             const search::CycleOptions& options = {}) {
  return livelock(sketch, sketch.graph(), options);
}

inline std::optional<search::Lasso> starvation(const Sketch& sketch, base::ThreadId victim,
                                               const search::CycleOptions& options = {}) {
  return starvation(sketch, sketch.graph(), victim, options);
}

}  // namespace heddle::test
