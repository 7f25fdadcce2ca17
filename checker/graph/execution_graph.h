// SPDX-License-Identifier: Apache-2.0
// An execution graph: events per thread in program order, where each read reads from (rf), and the
// order of the writes of each location (mo). Everything else is derived.
//
// What is kept beside the events, and why this way:
//   - Stamps: the order in which events were added. A search undoes additions from the newest on
//     (cut) or keeps a prefix of the stamps plus the causes of one event (restrict).
//   - Two vector clocks per event: `hb` (happens-before) and `porf` (program order and reads-from).
//     Both include the event itself and EXCLUDE what it learns from its own rf; that is joined at
//     the thread's next event. So the clocks of an event never change once it was added, whatever
//     later happens to the rf of a last event.
//   - Two release clocks per event, banks A and B (see sync_op.h): what a reader acquires. Atomics
//     use bank A: a release write's own hb; for a relaxed write the hb of the last release fence
//     before it; the write of an rmw joins its source's (release sequences run through rmws only:
//     C++20, P0982). Non-atomic writes have none.
//   - mo as a doubly linked list per location with 64-bit labels, so that two writes compare in
//     O(1); inserting takes the middle of two labels and relabels the list when there is no room.
//   - For each location the last access of every thread, chained by previous_same_location.
//
// Flat arrays, whose capacity is kept: nothing is allocated in the steady state, and copying is a
// few memcpys. Clocks are `stride` wide; it starts at 8 and is doubled when a thread needs it.
//
// Invariants: stamps grow along program order, and every porf-predecessor of an event (its own rf
// left out) has a smaller stamp. The write part of a read-modify-write directly follows its read,
// in its thread and, by place_after(), its source in mo. Sources of reads are never removed before
// the reads. Definitions: Lahav et al., "Repairing Sequential Consistency in C/C++11", PLDI 2017.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checker/base/clock.h"
#include "checker/base/ids.h"
#include "checker/graph/evaluate.h"
#include "checker/graph/event.h"

namespace heddle::graph {

class ExecutionGraph {
 public:
  ExecutionGraph();

  // Queries.
  std::uint32_t thread_count() const { return thread_count_; }  ///< With an event, or created.
  std::uint32_t size(base::ThreadId thread) const {
    return thread < base::kMaxThreads ? threads_[thread].size : 0;
  }
  const Event& event(base::EventId id) const { return threads_[id.thread()].events[id.index()]; }
  /// Contiguous; valid until the graph changes.
  const Event* events(base::ThreadId thread) const { return threads_[thread].events.data(); }
  std::uint32_t stamps() const { return static_cast<std::uint32_t>(order_.size()); }
  base::EventId by_stamp(std::uint32_t stamp) const { return order_[stamp]; }
  /// Last event of a non-empty thread.
  const Event& last(base::ThreadId thread) const { return event({thread, size(thread) - 1}); }
  base::EventId last_id(base::ThreadId thread) const { return {thread, size(thread) - 1}; }

  /// Newest write of the location in modification order; init() if there is none.
  base::EventId mo_last(base::LocationId location) const;
  /// Oldest write of the location; none() if there is none.
  base::EventId mo_first(base::LocationId location) const;
  /// The write after `write`, which may be init(); none() after the last.
  base::EventId mo_next(base::LocationId location, base::EventId write) const {
    return write.is_init() ? mo_first(location) : event(write).mo_next;
  }
  std::uint64_t mo_label(base::EventId write) const {
    return write.is_event() ? event(write).mo_label : 0;
  }
  /// True iff a read-modify-write reads from `write` and has its write part.
  bool taken(base::LocationId location, base::EventId write) const {
    const base::EventId next = mo_next(location, write);
    return next.is_event() && event(next).rmw_write && read_of(next).rf == write;
  }
  /// The read part of the write part `id`.
  const Event& read_of(base::EventId id) const { return event({id.thread(), id.index() - 1}); }
  /// The last access of `thread` to `location`, or none().
  base::EventId last_access(base::LocationId location, base::ThreadId thread) const;
  /// Number of locations that have been accessed, or more: ids are below it.
  base::LocationId location_bound() const { return location_count_; }
  /// Value that a read with this operation gets from `source`.
  std::uint64_t value_of(base::EventId source, const Operation& operation) const {
    return source.is_event() ? event(source).value : operation.initial;
  }
  /// The event that creates the thread, or none().
  base::EventId create_of(base::ThreadId thread) const { return threads_[thread].create; }
  /// True iff the thread has run to its end.
  bool ended(base::ThreadId thread) const {
    return size(thread) != 0 && last(thread).kind == EventKind::kThreadEnd;
  }
  /// True iff the thread's last event is a sync operation that cannot proceed on what it reads.
  bool blocked(base::ThreadId thread) const { return size(thread) != 0 && last(thread).blocked; }
  /// Number of events that take part in psc.
  std::uint32_t sc_count() const { return sc_count_; }

  /// Happens-before clock of the event, its own rf not included. `stride` entries.
  const std::uint32_t* hb(base::EventId id) const { return clock(id, kHb); }
  /// (sb|rf)-prefix of the event with itself, its own rf not included. `stride` entries.
  const std::uint32_t* porf(base::EventId id) const { return clock(id, kPorf); }
  /// What an acquirer of the event's bank A (0) or B (1) learns; only if event.banks says so.
  const std::uint32_t* release_clock(base::EventId id, std::uint32_t bank) const {
    return clock(id, kReleaseA + bank);
  }
  /// Number of events of thread `u` that happen before `id`, its own rf included. O(1).
  std::uint32_t known(base::EventId id, base::ThreadId u) const {
    const std::uint32_t count = hb(id)[u];
    const Event& event = this->event(id);
    if (event.acquires == 0 || !event.rf.is_event()) return count;
    return known_through_source(event, u, count);
  }
  /// True iff x is hb-before y, y's own rf included.
  bool happens_before(base::EventId x, base::EventId y) const {
    return x != y && x.index() < known(y, x.thread());
  }
  /// Writes into `clock` (64 entries) what the thread knows after its first `upto` events, the rf
  /// of the last of them included: the hb clock of event `upto` but for that event itself.
  void thread_clock(base::ThreadId thread, std::uint32_t upto, std::uint32_t* clock) const;
  /// The same for (sb|rf).
  void thread_porf(base::ThreadId thread, std::uint32_t upto, std::uint32_t* clock) const;
  std::uint32_t stride() const { return stride_; }

  // Changes.
  void clear();
  void copy_from(const ExecutionGraph& other);
  /// Takes the blocked read back with which the thread ends. O(events added since).
  void withdraw_blocked(base::ThreadId thread);

  /// Adds an event that neither reads nor writes: fences, thread events, choices. `source` is the
  /// create of a start, the end of a join. Returns its id. O(stride).
  base::EventId add_plain(base::ThreadId thread, const Operation& operation,
                          base::EventId source = base::EventId::none(), std::uint64_t value = 0);
  /// Adds the read of an operation for which reads() holds, reading from `source`.
  base::EventId add_read(base::ThreadId thread, const Operation& operation, base::EventId source);
  /// Adds a store after `predecessor` in mo.
  base::EventId add_store(base::ThreadId thread, const Operation& operation,
                          base::EventId predecessor);
  /// Adds the write part for the thread's last event, a read with `has_write`, right after its
  /// source in mo.
  base::EventId add_rmw_write(base::ThreadId thread);
  /// Makes `read`, the last event of its thread, read from `source`.
  void set_source(base::EventId read, base::EventId source, bool spurious = false);
  /// Moves a write to directly after `predecessor` in mo.
  void place_after(base::EventId write, base::EventId predecessor);
  void set_choice(base::EventId choice, std::uint64_t outcome);
  void set_revisit(base::EventId read, base::EventId write);
  Event& mutable_event(base::EventId id) { return threads_[id.thread()].events[id.index()]; }

  /// Removes every event whose stamp is `stamps` or more.
  void cut(std::uint32_t stamps);
  /// Keeps the events with a stamp of at most that of `read`, and the porf-prefix of `write` with
  /// itself; compresses stamps. REQUIRES: no remaining read reads from a removed write.
  void restrict(base::EventId read, base::EventId write);
  /// Gives the events other stamps: their order of addition becomes `order`. False, and nothing
  /// changes, if it is not an order of all events that extends program order. O(events).
  bool reorder(std::span<const base::EventId> order);

 private:
  enum ClockKind : std::uint32_t { kHb, kPorf, kReleaseA, kReleaseB, kClockKinds };
  struct Thread {
    std::vector<Event> events;          // Capacity; the first `size` are in use.
    std::vector<std::uint32_t> clocks;  // kClockKinds * stride for each event.
    std::uint32_t size = 0;
    base::EventId create;  // The event that creates it, or none().
  };
  /// Layout of a row of rows_: first and last write, then the last access of each thread.
  enum RowEntry : std::uint32_t { kRowFirst, kRowLast, kRowAccess };

  const std::uint32_t* clock(base::EventId id, std::uint32_t kind) const {
    return threads_[id.thread()].clocks.data() +
           (static_cast<std::size_t>(id.index()) * kClockKinds + kind) * stride_;
  }
  std::uint32_t* clock(base::EventId id, std::uint32_t kind) {
    return threads_[id.thread()].clocks.data() +
           (static_cast<std::size_t>(id.index()) * kClockKinds + kind) * stride_;
  }
  std::uint32_t* row(base::LocationId location) {
    return rows_.data() + static_cast<std::size_t>(location) * (kRowAccess + stride_);
  }
  const std::uint32_t* row(base::LocationId location) const {
    return rows_.data() + static_cast<std::size_t>(location) * (kRowAccess + stride_);
  }

  base::EventId append(base::ThreadId thread, EventKind kind, const Operation& operation);
  void inherit_clocks(base::EventId id);
  std::uint32_t known_through_source(const Event& event, base::ThreadId u,
                                     std::uint32_t count) const;
  void join_source(base::EventId id, std::uint32_t* hb, std::uint32_t* porf) const;
  void acquire_at_fence(base::EventId fence);
  void set_write_release(base::EventId write, std::uint8_t releases);
  void link(base::EventId write, base::EventId predecessor);
  void unlink(base::EventId write);
  void relabel(base::LocationId location);
  void remove_last(base::ThreadId thread);
  void copy_rows(const ExecutionGraph& other);
  void reserve_location(base::LocationId location);
  void grow_stride(std::uint32_t threads);

  std::vector<Thread> threads_;
  std::vector<base::EventId> order_;  // By stamp.
  std::vector<std::uint32_t> rows_;
  base::LocationId location_count_ = 0;
  std::uint32_t thread_count_ = 0;
  std::uint32_t stride_ = 8;
  std::uint32_t sc_count_ = 0;
};

}  // namespace heddle::graph
