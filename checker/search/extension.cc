// SPDX-License-Identifier: Apache-2.0
// Enabledness, and events that leave nothing to choose.
#include "checker/search/extension.h"

#include "checker/base/mutant.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

bool enabled(const ExecutionGraph& graph, const PendingOperation& pending) {
  const Operation& operation = *pending.operation;
  switch (operation.kind) {
    case OpKind::kSync: {
      if (graph.blocked(pending.thread) && HEDDLE_CLAUSE("parked.stays")) return false;
      const EventId newest = graph.mo_last(operation.location);
      const std::uint64_t state = graph.value_of(newest, operation);
      return !graph::evaluate(operation, pending.thread, state).blocked;
    }
    case OpKind::kThreadJoin:
      return graph.ended(static_cast<ThreadId>(operation.operand)) || !HEDDLE_CLAUSE("guard.join");
    default:
      return true;
  }
}

Result extend_plain(ExecutionGraph& graph, ThreadId thread, const Operation& operation) {
  EventId source = EventId::none();
  if (operation.kind == OpKind::kThreadStart) {
    source = graph.create_of(thread);
  } else if (operation.kind == OpKind::kThreadJoin) {
    const auto child = static_cast<ThreadId>(operation.operand);
    if (!graph.ended(child)) return {Result::Status::kBlocked, 0, EventId::none()};
    source = graph.last_id(child);
  }
  const EventId id = graph.add_plain(thread, operation, source);
  graph.mutable_event(id).maximal = true;
  return {Result::Status::kDone, 0, id};
}

}  // namespace heddle::search
