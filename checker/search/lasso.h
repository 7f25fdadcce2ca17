// SPDX-License-Identifier: Apache-2.0
// From a fair part of a state graph to a short fair cycle in it. For fair_cycles.cc.
//
// A shortest fair cycle is NP-hard to find (it can visit given states, each once), so this walks
// from one obligation to the nearest next one, a step of a thread or a state where it is not able
// to, closes the walk on any state from which it has met all of them, and tries several beginnings.
#pragma once

#include <vector>

#include "checker/search/fair_components.h"

namespace heddle::search {

/// What a walk has met, and what it still owes to be a fair cycle.
struct Obligations {
  std::uint64_t stepped = 0;
  std::uint64_t not_able = 0;  ///< Threads that were not able to in some state.
  std::uint64_t strong = 0;    ///< Threads that could go on at a lock in some state.
  bool progress = false;       ///< Of others than the victim.
  bool writes = false;

  std::uint64_t owes_step() const { return strong & ~stepped; }
  std::uint64_t owes_any() const { return ~(stepped | not_able); }
};

class LassoBuilder {
 public:
  LassoBuilder(const StateGraph& graph, const CycleOptions& options, base::ThreadId victim,
               const FairComponents& parts);

  /// A fair cycle in the part; with progress of others if there is a victim, with a write if the
  /// part has one.
  std::vector<StepRef> cycle(const FairComponent& part);

  Obligations met(const std::vector<StepRef>& steps) const;

 private:
  using Walk = std::vector<StepRef>;

  void meet(Obligations& met, const StepRef& ref) const;
  bool is_met(const Obligations& met) const;
  /// Would the step meet something that is owed?
  bool helps(const Obligations& met, const StepRef& ref) const;
  Walk cycle_from(StateId start);
  /// The walk from one of its states up to `latest` on, and the shortest way back to that one.
  Walk close(const Walk& walk, std::size_t latest);
  /// The latest beginning of an end of the walk that meets all that the walk must.
  std::size_t latest_start(const Walk& walk) const;
  /// A shortest way within the part that ends with a step for which goal(StepRef) is true.
  template <class Goal>
  Walk nearest(StateId from, Goal goal);

  const StateGraph& graph_;
  const bool fair_locks_;
  const base::ThreadId victim_;
  const FairComponents& parts_;
  bool must_write_ = false;
  // Breadth-first search: what this one has seen, and the step by which it came there.
  std::vector<std::uint32_t> seen_;
  std::vector<StepRef> via_;
  std::vector<StateId> queue_;
  std::uint32_t search_ = 0;
  std::uint64_t visited_ = 0;
};

}  // namespace heddle::search
