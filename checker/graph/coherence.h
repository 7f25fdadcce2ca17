// SPDX-License-Identifier: Apache-2.0
// Which writes a read may read from, and where a write may be placed, by coherence and atomicity.
//
// RC11's coherence axiom is irreflexive(hb; eco?), eco = (rf | mo | rb)+ (Lahav et al., PLDI 2017).
// For an access e that is the last event of its thread it comes down to one bound: the mo-newest
// write that is hb-before e, or is read by a read that is hb-before e. A read may read from the
// bound or anything mo-after it (tests CoRR, CoWR); a write goes anywhere mo-after it (CoRW, CoWW).
// What a read learns by synchronising with its own source cannot break this: the source is coherent
// itself.
//
// Under the SC model the order that counts is sb | rf rather than hb, and the bound is only a
// filter; sc_order.h has the full check.
// So candidates are coherent by construction, and no check is needed after choosing among them.
#pragma once

#include "checker/base/mutant.h"
#include "checker/graph/execution_graph.h"
#include "heddle/options.h"

namespace heddle::graph {

/// The mo-newest write before `id` in the above sense (init() if there is none). `id` is an access
/// in the graph, its own rf or place is not looked at. Complexity: threads, plus later accesses.
base::EventId coherence_bound(const ExecutionGraph& graph, Model model, base::EventId id);

/// Atomicity: no write lies mo-between an rmw's source and its write (PLDI 2017, clause
/// `atomicity`; test: N fetch_adds never lose an update). True iff a write may go directly after
/// `predecessor`.
inline bool may_place_after(const ExecutionGraph& graph, base::LocationId location,
                            base::EventId predecessor) {
  return !graph.taken(location, predecessor) || !HEDDLE_CLAUSE("atomicity.place");
}

}  // namespace heddle::graph
