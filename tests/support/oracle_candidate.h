// SPDX-License-Identifier: Apache-2.0
// A run of an abstract program as the oracle sees it: events per thread, each read with its source,
// and an order of the writes of each location. Grown step by step along sb | rf, in every way.
//
// This is an interpreter of its own: of the checker it uses the names of operations and events.
// What locks do is in oracle_objects.h. Nothing here knows a memory model.
//
// A plain access is an event here, as in the paper, though not in the checker's graphs: there may
// be any number of writes that a plain read could take. In a program without races exactly one of
// them is consistent. canonical() leaves plain accesses out, and names one as init().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checker/base/ids.h"
#include "checker/graph/event.h"
#include "tests/support/oracle_objects.h"
#include "tests/support/program.h"

namespace heddle::test {

struct OracleEvent {
  graph::EventKind kind = graph::EventKind::kFence;
  MemoryOrder order = kRlx;
  Location location = base::kNoLocation;
  base::EventId source;     ///< Of a read (or init()), of the read part of a write, of a start or
                            ///< join.
  std::uint64_t value = 0;  ///< Read, written or chosen.
  bool rmw_write = false;  ///< The write part of a read-modify-write; its read is the event before.
  bool spurious = false;
  bool non_atomic = false;
  bool plain = false;         ///< Not an event of the checker's; implies non_atomic.
  bool sync = false;          ///< Of an operation on a synchronisation object.
  bool futex = false;         ///< Of an operation on a futex queue.
  bool sc_fence = false;      ///< The last event of an operation on a futex queue, or such a fence.
  std::uint8_t acquires = 0;  ///< Sync only: kExclusive, kShared.
  std::uint8_t releases = 0;
  std::uint64_t time = 0;  ///< What the thread's clock shows after it.
};

class OracleCandidate {
 public:
  enum class State : std::uint8_t { kAtOperation, kDone, kParked, kNotCreated };
  struct Thread {
    State state = State::kAtOperation;
    std::size_t at = 0;
    bool start_due = false;
    bool end_due = false;
    graph::Operation pending;  ///< In state kAtOperation.
    std::array<std::uint64_t, kRegisters> registers{};
    std::vector<OracleEvent> events;
    std::uint64_t time = 0;   ///< What its clock shows.
    std::uint64_t since = 0;  ///< What it showed when the thread last entered a queue.
  };

  explicit OracleCandidate(const Program& program);

  const std::vector<Thread>& threads() const { return threads_; }
  const OracleEvent& event(base::EventId id) const {
    return threads_[id.thread()].events[id.index()];
  }

  /// The order of writes, without init(); locations that no event writes are left out. steps()
  /// appends each write at the end.
  using ModificationOrder = std::map<Location, std::vector<base::EventId>>;
  const ModificationOrder& order() const { return order_; }
  void set_order(ModificationOrder order) { order_ = std::move(order); }
  base::EventId newest(Location x) const;

  /// Whether the thread's next step looks at nothing that other threads change and is always
  /// possible, now and later, in the same ways. A store is one too, but for an interleaving.
  bool is_independent(base::ThreadId t, bool interleaving) const;

  /// All ways in which the thread can take its next step; none if it cannot. With `from_newest`
  /// reads take the newest write only, as in an interleaving, else any write of the location (but
  /// for one: two read-modify-writes that read the same write are left out, for they break
  /// atomicity wherever they stand).
  std::vector<OracleCandidate> steps(base::ThreadId t, bool from_newest) const;

  /// Nothing but waiting is left: every thread is done, parked, not created, at a join of a thread
  /// that has not ended, or at an operation on a synchronisation object.
  bool may_be_over() const;
  /// Each thread that waits has to: its guard, or the value that it awaits, fails on the newest
  /// write. REQUIRES: may_be_over().
  bool is_over() const;
  /// No thread waits. REQUIRES: is_over().
  bool complete() const;

  /// As canonical() of program.h.
  std::string canonical() const;
  /// Equal iff the candidates are, but for the orders of writes if so told. Not for reading.
  std::string key(bool with_order) const;
  /// As Summary::outcomes.
  std::string outcome() const;

 private:
  using Steps = std::vector<OracleCandidate>;

  void run_local(base::ThreadId t);
  std::uint64_t time_after(const Thread& thread, base::EventId source, std::uint64_t result) const;
  void add_step(base::ThreadId t, const std::vector<OracleEvent>& events, std::uint64_t result,
                Steps* steps) const;
  void add_reads(base::ThreadId t, base::EventId source, Steps* steps) const;
  void add_sync(base::ThreadId t, base::EventId source, Steps* steps) const;
  std::size_t visible_index(base::EventId id) const;
  bool has_rmw_of(Location x, base::EventId source) const;
  base::EventId create_of(base::ThreadId t) const;
  base::EventId end_of(base::ThreadId t) const;
  std::uint64_t value_of(base::EventId write, Location x) const;
  ObjectEffect effect(base::ThreadId t, std::uint64_t state) const;
  std::uint64_t initial_of(Location x) const;

  const Program* program_;
  std::vector<Thread> threads_;
  ModificationOrder order_;
};

}  // namespace heddle::test
