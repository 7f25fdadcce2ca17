// SPDX-License-Identifier: Apache-2.0
// Explores every state of a program under sequential consistency, once.
//
// Explicit-state search: depth first, and a state that has been seen ends the run. What tells
// states apart is their fingerprint, which the runtime makes of the program's memory; so the search
// needs no model of the program. Each run begins where the last alternative was left, with the
// graph cut back to there: a runtime that keeps states (search.h, Kept) goes on from them, others
// repeat the steps up to there.
//
// Depth is limited: a state further than kDeepest steps from where its run's root began is put off.
// When nothing else is left, the shortest way to it through the states known by then is walked
// afresh, and the search goes on from there. Each such walk checks that the state is the one that
// was met before; if not, the program is not deterministic.
//
// Entry points: as search.h has it, with arrive() between steps; then states(), for the analysis of
// its cycles (fair_cycles.h). Invariants: a state is marked expanded iff each of its steps has been
// taken and has arrived. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "checker/search/state_graph.h"
#include "checker/search/state_watcher.h"

namespace heddle::search {

/// What a thread does next: its step, and the outcome if that is a choice.
struct Decision {
  base::ThreadId thread = 0;
  std::uint16_t outcome = 0;
  ChoiceKind choice = ChoiceKind::kNone;
  bool operator==(const Decision&) const = default;
};

class CycleSearch : public Search, public StateWatcher {
 public:
  struct Limits {
    std::uint64_t states = 0;  ///< Zero: none.
    std::uint64_t bytes = 0;   ///< Of the state graph. Zero: none.
  };
  explicit CycleSearch(Limits limits) : limits_(limits) {}

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  Kept kept() const override { return {0, 0, unchanged_}; }
  std::uint32_t shared(std::uint32_t /*level*/) const override { return graph_.stamps(); }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  bool branched() const override;
  void end() override { over_ = true; }

  bool wants_state() override;
  bool arrive(const Arrival& arrival) override;

  const StateGraph& states() const { return states_; }
  /// A limit was met: not all states are known.
  bool limited() const { return limited_; }
  /// A state that was walked to anew was another one.
  bool diverged() const { return diverged_; }
  /// The decisions along a shortest path from the initial state to `state` through known states.
  /// O(states + steps).
  std::vector<Decision> way_to(StateId state) const;

 private:
  static constexpr std::size_t kDeepest = 400;

  /// A state of the path at hand.
  struct Frame {
    StateId state = 0;
    std::uint32_t stamps = 0;  ///< Events of the graph on arrival.
    std::size_t first = 0;     ///< Its alternatives are in decisions_ from here ...
    std::size_t next = 0;      ///< ... the next one to be taken ...
    std::size_t end = 0;       ///< ... up to here.
    Fingerprint shared;
  };
  /// Where a state was first reached from, breadth first.
  struct Origin {
    StateId from = 0;
    StepId step = kNoStep;
  };

  bool next_root();
  std::vector<Origin> breadth_first() const;
  std::vector<Decision> way(const std::vector<Origin>& origins, StateId state,
                            std::vector<StateId>* states = nullptr) const;
  void add_step(StateId to, const Arrival& arrival);
  bool open(StateId state, const Arrival& arrival);
  void offer(const PendingOperation& pending);

  const Limits limits_;
  StateGraph states_;
  graph::ExecutionGraph graph_;
  std::vector<Frame> frames_;
  std::vector<Decision> decisions_;   ///< Of all frames, one after another.
  std::vector<Decision> path_;        ///< To be followed before the search goes on.
  std::vector<StateId> path_states_;  ///< The state before each of them, and the last one.
  std::size_t followed_ = 0;
  std::deque<StateId> put_off_;
  std::vector<Origin> origins_;  ///< For all states that were known when it was made.
  Decision taken_;               ///< The step at hand.
  bool taken_ends_ = false;
  std::uint32_t unchanged_ = 0;
  bool started_ = false;
  bool at_frame_ = false;  ///< The run is still where it began.
  bool over_ = false;      ///< The run at hand adds nothing any more.
  bool limited_ = false;
  bool diverged_ = false;
};

}  // namespace heddle::search
