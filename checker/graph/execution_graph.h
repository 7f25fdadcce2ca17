// SPDX-License-Identifier: Apache-2.0
// (replaced by the graph's owner; this is the interface the runtime is written against)
#pragma once

#include <cstdint>
#include <span>

#include "checker/base/ids.h"
#include "checker/graph/event.h"

namespace heddle::graph {

class ExecutionGraph {
 public:
  std::uint32_t thread_count() const;                  ///< Threads with at least one event, or created.
  std::uint32_t size(base::ThreadId thread) const;     ///< Events of the thread.
  const Event& event(base::EventId id) const;
  const Event* events(base::ThreadId thread) const;    ///< Contiguous; valid until the next execute()/begin().
  std::uint32_t stamps() const;                        ///< Number of events in all.
  base::EventId by_stamp(std::uint32_t stamp) const;
  /// Newest write of the location in modification order; init() if there is none.
  base::EventId mo_last(base::LocationId location) const;
  std::uint64_t mo_label(base::EventId write) const;   ///< 0 for init().
  /// Happens-before clock of the event, its own rf not included. `stride` entries.
  const std::uint32_t* hb(base::EventId id) const;
  /// Writes into `clock` (64 entries) the hb clock that the thread's NEXT event would have: everything
  /// the thread knows after the rf of its last event, or, with `upto`, after its first `upto` events.
  void thread_clock(base::ThreadId thread, std::uint32_t upto, std::uint32_t* clock) const;
  std::uint32_t stride() const;
};

}  // namespace heddle::graph
