// SPDX-License-Identifier: Apache-2.0
// One event of an execution graph. Trivially copyable: graphs are copied by memcpy.
#pragma once

#include <cstdint>

#include "checker/base/ids.h"
#include "checker/graph/operation.h"

namespace heddle::graph {

enum class EventKind : std::uint8_t {
  kRead,   ///< A load, the read part of a read-modify-write, or a sync operation's read of the
           ///< state.
  kWrite,  ///< A store, or the write part; then `rmw_write` is set and the read is the event before
           ///< it.
  kFence,
  kThreadCreate,
  kThreadStart,  ///< `rf` is the create event.
  kThreadEnd,
  kThreadJoin,  ///< `rf` is the end event.
  kChoice,      ///< `value` is the outcome.
};

struct Event {
  EventKind kind = EventKind::kFence;
  MemoryOrder order =
      MemoryOrder::kRelaxed;  ///< In force: a failed CAS has its failure order here.
  bool rmw_write = false;     ///< The write part of a read-modify-write.
  bool has_write = false;     ///< A read on whose value the operation writes: the next event is it.
  bool blocked = false;       ///< A sync operation's read of a state on which its guard fails.
  bool spurious = false;      ///< A weak compare-exchange that fails although the value is equal.
  bool revisited = false;     ///< A read whose source was set by a backward revisit.
  bool maximal = false;       ///< Was added with the maximal choice (see search/).
  std::uint8_t acquires = 0;  ///< Banks of the source's release clocks that the thread acquires.
  std::uint8_t banks = 0;     ///< Banks in which this event offers a release clock.
  Operation operation;        ///< As asked for: a replayed thread must ask for the same again.
  base::LocationId location = base::kNoLocation;
  std::uint32_t stamp = 0;  ///< Order of addition.
  base::EventId rf;  ///< Reads: the write read from, or init(). Starts and joins: their source.
  base::EventId
      mo_previous;         ///< Writes: neighbours in modification order; init() before the first.
  base::EventId mo_next;   ///< none() after the last.
  base::EventId revisits;  ///< Writes: the read added earlier that was made to read this one.
  std::uint64_t mo_label =
      0;  ///< Writes: grows along modification order of its location; init is 0.
  base::EventId previous_same_location;  ///< Of the same thread, or none().
  std::int32_t last_release_fence =
      -1;  ///< Index, in this thread, of the last fence with release order up to it.
  std::uint64_t value = 0;  ///< Read: value read. Write: value written. Choice: outcome.
  std::uint64_t result =
      0;  ///< What the operation returns to the program (sync: SyncOutcome::result).
  std::uint64_t time = 0;  ///< Virtual nanoseconds; kept for the engine.
};

inline bool is_sync(const Event& event) { return event.operation.kind == OpKind::kSync; }

/// True for events that psc treats as seq_cst fences: fences, and the last part of a futex call.
bool is_sc_fence(const Event& event);
/// True for events that take part in psc.
bool is_sc(const Event& event);

}  // namespace heddle::graph
