// SPDX-License-Identifier: Apache-2.0
// Whole-graph statements of the axioms, and the incremental check.
#include "checker/graph/consistency.h"

#include <array>

#include "checker/base/mutant.h"
#include "checker/graph/psc.h"
#include "checker/graph/sc_order.h"

namespace heddle::graph {
namespace {

using base::EventId;
using base::ThreadId;
using Clock = std::array<std::uint32_t, base::kMaxThreads>;

/// The write that stands for an access in mo: itself, or what it reads.
EventId write_of(const ExecutionGraph& graph, EventId access) {
  const Event& event = graph.event(access);
  return event.kind == EventKind::kWrite ? access : event.rf;
}

/// hb(b, a) and a eco? b is impossible, for all b of thread u hb-before `a`.
bool coherent_with_thread(const ExecutionGraph& graph, EventId a, ThreadId u,
                          std::uint32_t hb_count) {
  const Event& event = graph.event(a);
  const std::uint64_t label = graph.mo_label(write_of(graph, a));
  for (EventId b = graph.last_access(event.location, u); b.is_event();
       b = graph.event(b).previous_same_location) {
    if (b == a || b.index() >= hb_count) continue;
    const std::uint64_t before = graph.mo_label(write_of(graph, b));
    if (before > label && HEDDLE_CLAUSE("axioms.coherence.older")) return false;
    // Two writes have two labels, so here b reads from a, which comes after it.
    const bool reads_later = before == label && event.kind == EventKind::kWrite;
    if (reads_later && HEDDLE_CLAUSE("axioms.coherence.later")) return false;
  }
  return true;
}

}  // namespace

bool coherence_holds(const ExecutionGraph& graph) {
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    const EventId a = graph.by_stamp(stamp);
    if (graph.event(a).location == base::kNoLocation) continue;
    Clock clock;
    graph.thread_clock(a.thread(), a.index() + 1, clock.data());
    for (ThreadId u = 0; u < graph.thread_count(); ++u) {
      if (!coherent_with_thread(graph, a, u, clock[u])) return false;
    }
  }
  return true;
}

bool atomicity_holds(const ExecutionGraph& graph) {
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    const EventId id = graph.by_stamp(stamp);
    const Event& event = graph.event(id);
    const bool torn = event.rmw_write && event.mo_previous != graph.read_of(id).rf;
    if (torn && HEDDLE_CLAUSE("axioms.atomicity")) return false;
  }
  return true;
}

bool no_thin_air_holds(const ExecutionGraph& graph) {
  // Counters of events already ordered; each round orders what has all its causes ordered.
  std::array<std::uint32_t, base::kMaxThreads> ordered{};
  std::uint32_t total = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (ThreadId t = 0; t < graph.thread_count(); ++t) {
      while (ordered[t] < graph.size(t)) {
        const EventId rf = graph.event({t, ordered[t]}).rf;
        if (rf.is_event() && rf.index() >= ordered[rf.thread()]) break;
        ++ordered[t];
        ++total;
        moved = true;
      }
    }
  }
  return total == graph.stamps() || !HEDDLE_CLAUSE("axioms.no_thin_air");
}

bool is_consistent(const ExecutionGraph& graph, Model model) {
  if (!atomicity_holds(graph) || !no_thin_air_holds(graph)) return false;
  if (model == Model::kSc) return sc_acyclic(graph) || !HEDDLE_CLAUSE("axioms.sc_order");
  return coherence_holds(graph) && (psc_acyclic(graph) || !HEDDLE_CLAUSE("axioms.psc"));
}

bool recheck(const ExecutionGraph& graph, Model model, EventId changed, PscChecker& psc) {
  if (model == Model::kRc11 && graph.sc_count() < 2) return true;
  // psc lies in (sb | rf | mo | rb)+, so a cycle that the change brought in runs through it there
  // too: for RC11 this is a quick test that most candidates pass.
  if (sc_acyclic_through(graph, changed)) return true;
  return model == Model::kRc11 ? psc.acyclic(graph) : !HEDDLE_CLAUSE("sc_order.acyclic");
}

}  // namespace heddle::graph
