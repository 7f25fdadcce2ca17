// SPDX-License-Identifier: Apache-2.0
// Sequential consistency: acyclic(sb | rf | mo | rb) (Lamport 1979; Shasha and Snir 1988).
// Tests that fail without it: store buffering gives 3 executions, IRIW 15.
//
// A cycle that a change brings in runs through the changed event, so the check walks backwards from
// there: for each thread, how many of its events come before. Reading mo-last, or writing last in
// mo, adds edges into the new event only, so the maximal choice never needs the check.
#pragma once

#include "checker/graph/execution_graph.h"

namespace heddle::graph {

/// True iff no cycle of sb | rf | mo | rb runs through `changed`.
/// Complexity: events before `changed` x threads.
bool sc_acyclic_through(const ExecutionGraph& graph, base::EventId changed);

/// True iff there is no cycle at all.
bool sc_acyclic(const ExecutionGraph& graph);

}  // namespace heddle::graph
