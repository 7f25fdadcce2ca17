// SPDX-License-Identifier: Apache-2.0
// The way out of a lasso: how a run that is in the cycle gets to what the cycle keeps it from.
//
// Out of a livelock is the end of the program (a state that no step leads on from); if none can be
// reached, a step that is progress. Out of a starvation is a step with which the victim gets the
// object that it waits for in the cycle, makes progress or ends. What is found is the shortest way
// from any state of the cycle, breadth first. If nothing leads out of the cycle, it is the shortest
// from the last state on the stem from which there is one: there the run took the wrong turn.
//
// Ways that take usual outcomes of choices only come first. Fairness plays no part: a way is
// finite. On a graph that is cut short a way is still one of the program, but that there is none
// means nothing; all_known says so. Linear in the graph; 9 bytes a state.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "checker/search/fair_cycles.h"
#include "checker/search/state_graph.h"

namespace heddle::search {

struct WayOut {
  enum class To : std::uint8_t {
    kEnd,       ///< The last state has no step.
    kProgress,  ///< The last step is progress, or the end of a thread.
    kAwaited,   ///< With the last step the victim gets what it waits for.
  };
  To to = To::kEnd;
  /// Which step of the lasso, the stem's first and then the cycle's, the way is taken instead of.
  std::size_t from = 0;
  std::vector<StepRef> steps;  ///< At least one; the first is not a step of the lasso.
};

struct WaysOut {
  std::optional<WayOut> way;
  /// Every state that was looked at is expanded: what was not found is not there. If there is a
  /// state that is not, and no way out of the cycle, then none is looked for on the stem.
  bool all_known = true;
};

/// REQUIRES: the lasso is one of the graph.
WaysOut find_way_out(const StateGraph& graph, const Lasso& lasso);

}  // namespace heddle::search
