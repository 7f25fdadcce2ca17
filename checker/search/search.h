// SPDX-License-Identifier: Apache-2.0
// The contract between whoever runs threads (the runtime; an abstract program in tests) and a
// search.
//
//   while (search.begin()) {                      // search.graph() holds the prefix to replay
//     replay: each thread re-issues its operations; the graph's events give their values. A read is
//     replayed only after its source, a join after the end, a start after the create.
//     frontier: when no thread can replay any more, repeat
//       t = search.choose_thread(pending)         // pending: operations of threads at the frontier
//       result = search.execute(t, operation)     // adds event(s); result.value is what t gets
//     until every thread has ended, waits, or was given up
//     search.end();
//   }
//
// Invariants: execute() is called only when no thread can replay; the order in which events are
// added is recorded as their stamps. A thread whose operation was `kBlocked` stays pending and may
// be offered again after any other event. The runner decides when a thread is given up (spin,
// bound, assumption): it just stops offering it. Not thread-safe; one execution at a time.
#pragma once

#include <cstdint>
#include <span>

#include "checker/base/ids.h"
#include "checker/graph/execution_graph.h"
#include "checker/graph/operation.h"

namespace heddle::search {

/// A thread at the frontier and what it asks for.
struct PendingOperation {
  base::ThreadId thread = 0;
  const graph::Operation* operation = nullptr;
};

struct Result {
  enum class Status : std::uint8_t {
    kDone,     ///< The event was added; `value` is what the operation returns.
    kBlocked,  ///< Not enabled on the newest state; nothing was added.
  };
  Status status = Status::kDone;
  std::uint64_t value = 0;  ///< Value read, state's outcome result, or outcome of a choice.
  base::EventId event;      ///< The (read part of the) event that was added.
};

/// For whoever keeps the states of the program after the first events of an execution, and goes on
/// from there where an execution begins alike. A search may set an execution aside, explore others
/// that begin like it on the next level, and come back to it. Two executions begin alike as long as
/// they have the same events with the same sources, outcomes and order of writes.
struct Kept {
  std::uint32_t level = 0;      ///< Of the execution at hand.
  std::uint32_t lowest = 0;     ///< What was kept on levels above this one is gone.
  std::uint32_t unchanged = 0;  ///< First events on level `lowest` that are what they were.
};

inline constexpr base::ThreadId kNoThread = 0xffffffff;

class Search {
 public:
  virtual ~Search() = default;
  /// Prepares the next execution. False when there is none left.
  virtual bool begin() = 0;
  /// The execution at hand: before execute() the prefix to replay, afterwards with what was added.
  virtual const graph::ExecutionGraph& graph() const = 0;
  /// After begin(): what is still so of states kept in earlier executions.
  virtual Kept kept() const { return {}; }
  /// After begin(): how many of the first events, by stamp, the execution at hand shares with the
  /// one that is set aside on `level`; all of them for its own level.
  virtual std::uint32_t shared(std::uint32_t /*level*/) const { return 0; }
  /// Which thread goes next; kNoThread when none of them is enabled. `current` is the thread that
  /// ran last.
  virtual base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                                       base::ThreadId current) = 0;
  virtual Result execute(base::ThreadId thread, const graph::Operation& operation) = 0;
  /// After execute(): whether the search will come back to the state before it, to add another
  /// event in place of this one. So that state is worth keeping.
  virtual bool branched() const { return false; }
  /// Whether the execution goes where it was told to, as a replay does: an operation that its
  /// thread repeats in vain is wanted nevertheless.
  virtual bool follows_plan() const { return false; }
  /// The same for the thread's next operation: the plan has further steps of it.
  virtual bool plans(base::ThreadId /*thread*/) const { return false; }
  /// The thread's wait, which a revisit has blocked on the newest state, expires after all: takes
  /// it back, so that the thread may be offered with another operation. False if the search cannot.
  virtual bool withdraw_blocked(base::ThreadId /*thread*/) { return false; }
  /// The execution was run. Until end() it may be run again, and be taken further; that leaves what
  /// there is to explore as it is.
  virtual void settle() {}
  /// The execution is over; the search keeps what it needs for the next one.
  virtual void end() = 0;
};

}  // namespace heddle::search
