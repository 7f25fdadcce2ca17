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

Result extend_newest(ExecutionGraph& graph, ThreadId thread, const Operation& operation,
                     std::uint64_t outcome) {
  const EventId newest =
      operation.location == base::kNoLocation ? EventId::none() : graph.mo_last(operation.location);
  if (operation.kind == OpKind::kStore) {
    return {Result::Status::kDone, 0, graph.add_store(thread, operation, newest)};
  }
  if (!graph::reads(operation.kind)) {
    Result result = extend_plain(graph, thread, operation);
    if (operation.kind == OpKind::kChoice && outcome != 0) {
      graph.set_choice(result.event, outcome);
      result.value = outcome;
    }
    return result;
  }
  if (graph::evaluate(operation, thread, graph.value_of(newest, operation)).blocked) {
    return {Result::Status::kBlocked, 0, EventId::none()};
  }
  const EventId read = graph.add_read(thread, operation, newest);
  const Result result{Result::Status::kDone, graph.event(read).result, read};
  if (graph.event(read).has_write) {
    graph.add_rmw_write(thread);
  }
  return result;
}

}  // namespace heddle::search
