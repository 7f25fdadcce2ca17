// SPDX-License-Identifier: Apache-2.0
// Executions drawn at random: a strategy picks the threads, this search everything else.
//
// Under RC11 a read takes any consistent source and a write any consistent place in modification
// order, equally likely among the newest kMostCandidates; under SC both take the newest. What a
// choice gives is uniform too. A consistency check costs time linear in the execution, so behind
// the first kFreeEvents events an access draws with probability (kFreeEvents / events)^2 only, else
// it takes the newest: some two thousand draws, and time linear in the events. (While no seq_cst
// events need a check: kCheapEvents / events.) All of this cuts what can be drawn, never what is
// reported: each execution is consistent and really ran.
//
// With several strategies they take turns. The k-th execution of each depends on the seed and on
// the executions before it, on nothing else. Nothing is proved by this search.
#pragma once

#include <memory>
#include <vector>

#include "checker/graph/psc.h"
#include "checker/search/execution_hash.h"
#include "checker/search/strategy.h"
#include "heddle/options.h"

namespace heddle::search {

class SamplingSearch : public Search {
 public:
  /// `executions` 0: begin() has another one as long as a strategy has. REQUIRES: there is a
  /// strategy.
  SamplingSearch(Model model, std::uint64_t seed, std::uint64_t executions,
                 std::vector<std::unique_ptr<Strategy>> strategies);

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override;

  const std::vector<std::unique_ptr<Strategy>>& strategies() const { return strategies_; }
  /// Executions of the strategy with this index so far.
  std::uint64_t executions_of(std::size_t strategy) const { return executions_[strategy]; }
  const DistinctExecutions& distinct() const { return distinct_; }

 private:
  static constexpr std::size_t kMostCandidates = 16;
  static constexpr std::size_t kMostChecks = 4;  ///< Then the newest is taken.
  static constexpr std::uint32_t kFreeEvents = 1024;
  static constexpr std::uint32_t kCheapEvents = 4096;

  Strategy& strategy() { return *strategies_[now_]; }
  bool draws();
  Result execute_access(base::ThreadId thread, const graph::Operation& operation);
  void draw_source(base::EventId read);
  void draw_place(base::EventId write);
  void collect_sources(base::EventId read);
  base::EventId take_candidate();

  const Model model_;
  const std::uint64_t seed_;
  const std::uint64_t most_;
  std::vector<std::unique_ptr<Strategy>> strategies_;
  const std::vector<std::size_t> turns_;
  std::vector<std::uint64_t> executions_;  ///< By strategy.
  std::uint64_t begun_ = 0;
  std::size_t next_turn_ = 0;
  std::size_t now_ = 0;  ///< The strategy of the execution at hand.
  graph::ExecutionGraph graph_;
  graph::PscChecker psc_;
  Random random_;
  DistinctExecutions distinct_;
  std::vector<PendingOperation> enabled_;
  std::vector<base::EventId> candidates_;
};

/// The strategies of a sampling search; empty for other kinds of search. `enumerates`: a portfolio
/// also has the schedules with few delays.
std::vector<std::unique_ptr<Strategy>> strategies_of(SearchKind kind, const Sampling& sampling,
                                                     bool enumerates = true);

/// In which order so many strategies take turns. A portfolio's five are four families: of twelve
/// turns four are schedules with few delays, for nothing else hits what only these do; three are
/// those of one location's accesses (SURW), three step by step (POS and the random walk, which
/// mostly hit the same), two those with priorities of threads (PCT).
std::vector<std::size_t> turns_of(std::size_t strategies);

}  // namespace heddle::search
