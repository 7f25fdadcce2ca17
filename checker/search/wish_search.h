// SPDX-License-Identifier: Apache-2.0
// One execution that follows somebody's wishes as far as program and memory model allow.
//
// Which thread goes next, which write a read takes, where a write is placed, is asked of a Wishes;
// what cannot be had is told to it, and the default is taken: the next thread that can go, the
// newest source, the last place. So the execution is always one that the model allows. For what is
// near a given execution (near.h), and for the schedule of one program tried on another.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "checker/graph/execution_graph.h"
#include "checker/graph/psc.h"
#include "checker/search/search.h"
#include "heddle/options.h"

namespace heddle::search {

/// Why a read does not take the write that was wished for.
enum class Refusal : std::uint8_t {
  kNone,
  kCoherence,  ///< The thread knows of a newer write already.
  kAtomicity,  ///< Another read-modify-write has taken it.
  kOrder,      ///< The order of the seq_cst events forbids it (or, under SC, the one order).
};

class Wishes {
 public:
  virtual ~Wishes() = default;
  /// The pending operation with the lowest rank goes next; of equals the lowest thread's.
  virtual std::uint64_t rank(const PendingOperation& pending) = 0;
  /// The write that a read is to take, or init(); none(): the newest. Not asked for sync objects.
  virtual base::EventId source(base::ThreadId thread, const graph::Operation& operation) = 0;
  /// The write that a store is to follow in modification order; none(): the newest.
  virtual base::EventId place(base::ThreadId thread, const graph::Operation& operation) = 0;
  virtual std::uint64_t outcome(base::ThreadId thread, const graph::Operation& operation) = 0;
  /// The operation has the lowest rank, but has to wait.
  virtual void waits(const PendingOperation& /*pending*/) {}
  /// It was performed as `event` and, if it wrote, `write` (of a store the same event); with a
  /// refusal otherwise than wished.
  virtual void done(const PendingOperation& performed, base::EventId event, base::EventId write,
                    Refusal refusal) = 0;
};

class WishSearch : public Search {
 public:
  /// `wishes` outlives the search. After `most_events` nobody goes on; 0: no such limit.
  WishSearch(Model model, Wishes* wishes, std::uint32_t most_events = 0)
      : model_(model), wishes_(wishes), most_events_(most_events) {}

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override {}

 private:
  Result execute_access(base::ThreadId thread, const graph::Operation& operation, Refusal* refusal);
  Result execute_store(base::ThreadId thread, const graph::Operation& operation);
  Refusal check_source(base::EventId read, base::EventId wish) const;

  const Model model_;
  Wishes* const wishes_;
  const std::uint32_t most_events_;
  graph::ExecutionGraph graph_;
  graph::PscChecker psc_;
  bool started_ = false;
};

}  // namespace heddle::search
