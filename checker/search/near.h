// SPDX-License-Identifier: Apache-2.0
// The executions near a given one: those that differ from it in one edge, and in what follows from
// that.
//
// A Change is one edge: a read takes another write, a store goes before another one, one operation
// on a lock or the like comes before another, a choice has another outcome. NearWishes wishes for
// all of the old execution but that: steps are ordered by sb | rf with the changed edge, as far as
// possible as they were; reads take what they took and writes go where they went. Where the
// program then does something else, the wishes end for that thread. To find what decides whether an
// execution fails (explore_decide.cc). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "checker/graph/execution_graph.h"
#include "checker/search/wish_search.h"

namespace heddle::search {

struct Change {
  enum class Kind : std::uint8_t {
    kSource,   ///< `event` reads from `other`.
    kPlace,    ///< The store `event` goes before `other` in modification order.
    kOrder,    ///< The operation `event` on a sync object is done before `other`.
    kOutcome,  ///< The choice `event` has `outcome`.
  };
  Kind kind = Kind::kSource;
  base::EventId event;  ///< kOrder: may be the one that its thread waits to do, one past its last.
  base::EventId other;
  std::uint64_t outcome = 0;
};

/// A thread that waits at the end of the execution, and for which object.
struct WaitingThread {
  base::ThreadId thread = 0;
  base::LocationId location = base::kNoLocation;
};

/// The changes that could be made to `graph`, those first that leave the longest beginning of the
/// execution (in the order of make_plan) as it was; at most `most`. O(events^2).
std::vector<Change> changes_of(const graph::ExecutionGraph& graph,
                               std::span<const WaitingThread> waiting, std::size_t most);

class NearWishes : public Wishes {
 public:
  /// `graph` outlives the wishes.
  NearWishes(const graph::ExecutionGraph& graph, const Change& change);

  /// False if the changed edge closes a cycle with sb | rf: there is no such execution.
  bool possible() const { return possible_; }

  std::uint64_t rank(const PendingOperation& pending) override;
  base::EventId source(base::ThreadId thread, const graph::Operation& operation) override;
  base::EventId place(base::ThreadId thread, const graph::Operation& operation) override;
  std::uint64_t outcome(base::ThreadId thread, const graph::Operation& operation) override;
  void done(const PendingOperation& performed, base::EventId event, base::EventId write,
            Refusal refusal) override;

 private:
  const graph::Event* old_event(base::ThreadId thread, const graph::Operation& operation) const;
  void order();
  void order_writes();

  const graph::ExecutionGraph& graph_;
  const Change change_;
  bool possible_ = true;
  std::map<std::uint32_t, std::uint64_t> ranks_;   ///< By event, as packed().
  std::map<std::uint32_t, std::uint64_t> places_;  ///< Of stores: place in modification order.
  std::vector<std::uint32_t> sizes_;               ///< Events that each thread has by now.
  std::map<base::LocationId, std::vector<base::EventId>> written_;  ///< By now.
};

}  // namespace heddle::search
