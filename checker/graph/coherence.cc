// SPDX-License-Identifier: Apache-2.0
// The coherence bound of an access.
#include "checker/graph/coherence.h"

#include "checker/base/mutant.h"

namespace heddle::graph {

using base::EventId;

namespace {

/// Whether coherence orders an access behind an earlier one: CoRR, CoRW, CoWR, CoWW.
inline bool has_clause(EventKind earlier, EventKind later) {
  if (earlier == EventKind::kRead) {
    return later == EventKind::kRead ? HEDDLE_CLAUSE("coherence.read_read")
                                     : HEDDLE_CLAUSE("coherence.read_write");
  }
  return later == EventKind::kRead ? HEDDLE_CLAUSE("coherence.write_read")
                                   : HEDDLE_CLAUSE("coherence.write_write");
}

}  // namespace

EventId coherence_bound(const ExecutionGraph& graph, Model model, EventId id) {
  const std::uint32_t* before = model == Model::kSc ? graph.porf(id) : graph.hb(id);
  const Event& access = graph.event(id);
  const std::uint32_t threads = std::min(graph.thread_count(), graph.stride());
  EventId bound = EventId::init();
  std::uint64_t bound_label = 0;
  for (base::ThreadId u = 0; u < threads; ++u) {
    if (before[u] == 0) continue;
    if (u != id.thread() && !HEDDLE_CLAUSE("coherence.other_threads")) continue;
    EventId x =
        u == id.thread() ? access.previous_same_location : graph.last_access(access.location, u);
    while (x.is_event() &&
           (x.index() >= before[u] || !has_clause(graph.event(x).kind, access.kind))) {
      x = graph.event(x).previous_same_location;
    }
    if (!x.is_event()) continue;
    const Event& other = graph.event(x);
    const EventId write = other.kind == EventKind::kWrite ? x : other.rf;
    const std::uint64_t label = graph.mo_label(write);
    if (label > bound_label) {
      bound = write;
      bound_label = label;
    }
  }
  return bound;
}

}  // namespace heddle::graph
