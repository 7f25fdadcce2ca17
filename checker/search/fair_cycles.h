// SPDX-License-Identifier: Apache-2.0
// Livelock and starvation: infinite runs under a fair scheduler, found as lassos in a state graph.
//
// A lasso is a path from the initial state into a cycle and the cycle, which is fair by itself:
// each thread takes a step in it or is not able to in one of its states, and one that could go on
// at a blocking lock in one of its states takes a step (CycleOptions::fair_locks).
// fair_components.h says when there is one, and why; the graph is searched completely, so that
// "none" is a proof if the graph holds all states. On a graph that is cut short a lasso is still
// one of the program.
//
// Livelock: nobody makes progress in the cycle; the end of a thread is its progress. Starvation:
// the victim, which is unfinished in all states of the cycle, makes none, and another thread does
// whose priority is not higher. A victim is worth asking for if it ever makes progress itself
// (StateGraph::progressing_threads): a thread that waits for servers to end is not starved.
//
// With Choices::kRandom what is found is a part of the graph in which a run stays for ever however
// its draws come out, so with a probability above zero; the cycle is one way through it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "checker/search/fair_components.h"
#include "checker/search/state_graph.h"

namespace heddle::search {

/// The first step of the cycle starts where the last one of it and the last one of the stem end.
struct Lasso {
  std::vector<StepRef> stem;   ///< From the initial state; the shortest to a state of the cycle.
  std::vector<StepRef> cycle;  ///< At least one step; short, though not always the shortest.
  std::uint64_t fair_by_steps = 0;     ///< Threads that take a step in the cycle.
  std::uint64_t fair_by_disabled = 0;  ///< Others that are unfinished, but not always able to.
  std::uint64_t progressing = 0;       ///< Threads that make progress in the cycle.
  base::ThreadId victim = kNoVictim;   ///< Of starvation.
  bool writes = false;  ///< Some step changes shared memory; if not, the threads just spin.
};

/// A livelock, one that writes if there is one. Linear in the graph unless locks or draws make it
/// search parts again. Takes up to 50 bytes a state of working memory beside the graph.
std::optional<Lasso> find_livelock(const StateGraph& graph, const CycleOptions& options);

/// A starvation of `victim`; see above.
std::optional<Lasso> find_starvation(const StateGraph& graph, const CycleOptions& options,
                                     base::ThreadId victim);

}  // namespace heddle::search
