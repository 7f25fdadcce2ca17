// SPDX-License-Identifier: Apache-2.0
// Values of read-modify-writes, and the guards of sync operations.
#include "checker/graph/evaluate.h"

#include "checker/base/check.h"
#include "checker/graph/event.h"

namespace heddle::graph {
namespace {

std::uint64_t cut_to_size(std::uint64_t value, std::uint8_t size) {
  return size >= 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

std::uint64_t apply_rmw(RmwOp op, std::uint64_t value, std::uint64_t operand) {
  switch (op) {
    case RmwOp::kExchange:
      return operand;
    case RmwOp::kAdd:
      return value + operand;
    case RmwOp::kSub:
      return value - operand;
    case RmwOp::kAnd:
      return value & operand;
    case RmwOp::kOr:
      return value | operand;
    case RmwOp::kXor:
      return value ^ operand;
    case RmwOp::kNand:
      return ~(value & operand);
  }
  return operand;
}

Evaluation evaluate_sync(const Operation& operation, base::ThreadId thread, std::uint64_t value) {
  const SyncOutcome outcome = apply_sync(operation.sync, thread, operation.operand, value);
  Evaluation evaluation;
  evaluation.writes = outcome.effect == SyncOutcome::Effect::kUpdate;
  evaluation.blocked = outcome.effect == SyncOutcome::Effect::kBlocked;
  evaluation.order = operation.order;
  evaluation.acquires = evaluation.blocked ? 0 : outcome.acquires;
  evaluation.releases = evaluation.writes ? outcome.releases : 0;
  evaluation.new_value = outcome.next;
  evaluation.result = outcome.result;
  return evaluation;
}

}  // namespace

Evaluation evaluate(const Operation& operation, base::ThreadId thread, std::uint64_t value_read,
                    bool spurious) {
  if (operation.kind == OpKind::kSync) return evaluate_sync(operation, thread, value_read);
  Evaluation evaluation;
  evaluation.order = operation.order;
  evaluation.result = value_read;
  if (operation.kind == OpKind::kRmw) {
    evaluation.writes = true;
    evaluation.new_value =
        cut_to_size(apply_rmw(operation.rmw, value_read, operation.operand), operation.size);
  } else if (operation.kind == OpKind::kCompareExchange) {
    evaluation.writes = !spurious && cut_to_size(value_read, operation.size) ==
                                         cut_to_size(operation.expected, operation.size);
    evaluation.new_value = cut_to_size(operation.operand, operation.size);
    if (!evaluation.writes) evaluation.order = operation.failure_order;
  } else {
    HEDDLE_CHECK(operation.kind == OpKind::kLoad);
  }
  if (operation.non_atomic) return evaluation;
  if (is_acquire(evaluation.order)) evaluation.acquires = kBankA;
  if (evaluation.writes && is_release(evaluation.order)) evaluation.releases = kBankA;
  return evaluation;
}

bool is_sc_fence(const Event& event) {
  if (event.operation.kind == OpKind::kSync) {
    return is_futex(event.operation.sync) && !event.has_write && !event.blocked;
  }
  return event.kind == EventKind::kFence && event.order == MemoryOrder::kSeqCst;
}

bool is_sc(const Event& event) {
  if (event.operation.kind == OpKind::kSync) return is_sc_fence(event);
  return event.order == MemoryOrder::kSeqCst && event.location != base::kNoLocation
             ? !event.operation.non_atomic
             : is_sc_fence(event);
}

}  // namespace heddle::graph
