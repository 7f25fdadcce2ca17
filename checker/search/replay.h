// SPDX-License-Identifier: Apache-2.0
// One execution again: plans, and the search that follows one.
//
// A graph is turned into a plan: in which order threads take their steps, and where a step did not
// take the default (a read its newest source, a write the newest place, a choice outcome 0). Most
// executions of most programs have few such exceptions, so plans are short; a sequentially
// consistent one has exceptions for choices only, because the order is taken from
// sb | rf | mo | rb when that has no cycle. Running the program under ReplaySearch with the plan
// gives the same graph (rf, mo, choices) again; only stamps differ, which after revisits do not
// extend rf. A step is one operation: a read-modify-write is one step of two events.
//
// Context switches: the order stays with a thread as long as it can, so there are few, not fewest.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "checker/graph/execution_graph.h"
#include "checker/search/search.h"

namespace heddle::search {

struct Plan {
  struct Exception {
    enum class Kind : std::uint8_t {
      kSource,    ///< The read takes its value from `event`.
      kSpurious,  ///< The same, and a weak compare-exchange fails although the value is equal.
      kPlace,     ///< The write goes directly after `event` in modification order.
      kOutcome,   ///< The choice has `outcome`.
    };
    std::uint32_t step = 0;  ///< Index into `schedule`.
    Kind kind = Kind::kSource;
    base::EventId event;  ///< Or init().
    std::uint64_t outcome = 0;
    bool operator==(const Exception&) const = default;
  };
  std::vector<base::ThreadId> schedule;  ///< The thread of each step; extends sb | rf.
  std::vector<Exception> exceptions;     ///< By step.
  bool operator==(const Plan&) const = default;
};

/// The plan of a graph, and (if not null) the graph's events in the plan's order, the read and the
/// write of a read-modify-write next to each other. O(events x threads).
Plan make_plan(const graph::ExecutionGraph& graph, std::vector<base::EventId>* order = nullptr);

/// Follows a plan for one execution; where it ends, goes on with defaults, lowest thread first.
class ReplaySearch : public Search {
 public:
  explicit ReplaySearch(Plan plan);

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override {}
  bool follows_plan() const override { return !diverged_ && step_ < plan_.schedule.size(); }
  bool plans(base::ThreadId thread) const override { return !diverged_ && left_[thread] != 0; }

  /// True if the program did not offer what the plan asks for: it is another program, or not
  /// deterministic. The execution then went on with defaults.
  bool diverged() const { return diverged_; }

 private:
  const Plan::Exception* exception(Plan::Exception::Kind kind);
  bool is_write_of(base::EventId id, base::LocationId location) const;
  Result execute_access(base::ThreadId thread, const graph::Operation& operation, bool planned);
  Result execute_store(base::ThreadId thread, const graph::Operation& operation);
  Result execute_choice(base::ThreadId thread, const graph::Operation& operation);

  Plan plan_;
  graph::ExecutionGraph graph_;
  bool started_ = false;
  bool diverged_ = false;
  std::uint32_t step_ = 0;
  std::array<std::uint32_t, base::kMaxThreads> left_{};  ///< Planned steps of each thread.
  std::size_t next_exception_ = 0;
};

}  // namespace heddle::search
