// SPDX-License-Identifier: Apache-2.0
// Values of read-modify-writes, and the guards of sync operations.
#include "checker/graph/evaluate.h"

#include "checker/base/check.h"
#include "checker/base/mutant.h"
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
  evaluation.acquires = outcome.acquires;
  evaluation.releases = outcome.releases;
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
    const bool failed = !evaluation.writes && HEDDLE_CLAUSE("sw.failure_order");
    if (failed) evaluation.order = operation.failure_order;
  } else {
    HEDDLE_CHECK(operation.kind == OpKind::kLoad);
  }
  if (operation.non_atomic) return evaluation;
  const bool acquires = is_acquire(evaluation.order) ? HEDDLE_CLAUSE("sw.acquire_read")
                                                     : !HEDDLE_CLAUSE("sw.relaxed_read");
  const bool releases = is_release(evaluation.order) ? HEDDLE_CLAUSE("sw.release_rmw")
                                                     : !HEDDLE_CLAUSE("sw.relaxed_rmw");
  if (acquires) evaluation.acquires = kBankA;
  if (evaluation.writes && releases) evaluation.releases = kBankA;
  return evaluation;
}

bool is_sc_fence(const Event& event) {
  if (event.operation.kind == OpKind::kSync) {
    return is_futex(event.operation.sync) && !event.has_write && !event.blocked &&
           HEDDLE_CLAUSE("psc.futex");
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
