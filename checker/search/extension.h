// SPDX-License-Identifier: Apache-2.0
// What all searches share when they extend a graph: who is enabled, and events without a choice.
#pragma once

#include "checker/graph/execution_graph.h"
#include "checker/search/search.h"

namespace heddle::search {

/// True iff the operation can proceed now: a sync operation on the newest state of its object, a
/// join after the end of its thread, any other always. A thread whose last event is a blocked read
/// is not enabled. O(1) but for the sync operation.
bool enabled(const graph::ExecutionGraph& graph, const PendingOperation& pending);

/// Adds the event of a fence, thread operation or choice (with outcome 0). kBlocked for a join that
/// is not enabled.
Result extend_plain(graph::ExecutionGraph& graph, base::ThreadId thread,
                    const graph::Operation& operation);

/// Adds the event(s) of any operation as sequential consistency has it: a read takes the newest
/// write, a write comes last, a choice has `outcome`. kBlocked, and nothing added, if the operation
/// is not enabled.
Result extend_newest(graph::ExecutionGraph& graph, base::ThreadId thread,
                     const graph::Operation& operation, std::uint64_t outcome = 0);

}  // namespace heddle::search
