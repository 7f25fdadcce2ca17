// SPDX-License-Identifier: Apache-2.0
// apply_sync(), and the rules of barriers, semaphores and once flags.
#include "checker/graph/sync_op.h"

#include <limits.h>

#include <cerrno>

#include "checker/base/mutant.h"
#include "checker/graph/sync_rules.h"

namespace heddle::graph {
namespace {

constexpr std::uint64_t kLargestSemaphore = INT_MAX;  // SEM_VALUE_MAX of glibc.

SyncOutcome arrive(SyncStep& step) {
  const std::uint64_t count = step.words.get(kBarrierCountWord);
  const std::uint64_t generation = step.words.get(kBarrierGenerationWord);
  const std::uint64_t arrived = step.words.get(kBarrierArrivedWord) + 1;
  if (arrived < count) {
    step.words.set(kBarrierArrivedWord, arrived);
    return sync_update(step, generation, 0, HEDDLE_CLAUSE("sync.barrier.arrive") ? kBankB : 0);
  }
  step.words.set(kBarrierArrivedWord, 0);
  step.words.set(kBarrierGenerationWord, generation + 1);
  const std::uint8_t arrivals = HEDDLE_CLAUSE("sync.barrier.complete_after_arrivals") ? kBankB : 0;
  return sync_update(step, kBarrierSerial, arrivals,
                     HEDDLE_CLAUSE("sync.barrier.complete") ? kBankA : 0);
}

SyncOutcome destroy(SyncStep& step, bool busy) {
  if (busy) {
    return sync_read(EBUSY);
  }
  step.words.set(kDestroyedWord, 1);
  return sync_update(step, 0);
}

}  // namespace

SyncOutcome sync_update(const SyncStep& step, std::uint64_t result, std::uint8_t acquires,
                        std::uint8_t releases) {
  SyncOutcome outcome;
  outcome.effect = SyncOutcome::Effect::kUpdate;
  outcome.next = intern_state(sync_kind(step.op), step.words);
  outcome.result = result;
  outcome.acquires = acquires;
  outcome.releases = releases;
  return outcome;
}

SyncOutcome apply_barrier(SyncStep& step) {
  if (step.op == SyncOp::kBarrierLeave) {
    // Also on a destroyed one: the serial thread may destroy it before the others have left.
    const std::uint8_t completion = HEDDLE_CLAUSE("sync.barrier.leave") ? kBankA : 0;
    const std::uint8_t arrivals = HEDDLE_CLAUSE("sync.barrier.leave_after_arrivals") ? 0 : kBankB;
    return step.words.get(kBarrierGenerationWord) > step.argument || !HEDDLE_CLAUSE("guard.barrier")
               ? sync_read(0, completion | arrivals)
               : sync_blocked();
  }
  if (step.op == SyncOp::kBarrierInit) {
    step.words.truncate(0);
    step.words.set(kBarrierCountWord, step.argument);
    return step.argument == 0 ? sync_read(EINVAL) : sync_update(step, 0);
  }
  if (step.destroyed() || step.words.get(kBarrierCountWord) == 0) {
    return sync_read(step.op == SyncOp::kBarrierArrive ? kBarrierInvalid : EINVAL);
  }
  if (step.op == SyncOp::kBarrierDestroy) {
    return destroy(step, step.words.get(kBarrierArrivedWord) != 0);
  }
  return arrive(step);
}

SyncOutcome apply_semaphore(SyncStep& step) {
  if (step.op == SyncOp::kSemaphoreInit) {
    step.words.truncate(0);
    step.words.set(kSemaphoreValueWord, step.argument);
    return sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.semaphore.init") ? kBankA : 0);
  }
  if (step.destroyed()) {
    return sync_read(EINVAL);
  }
  const std::uint64_t value = step.words.get(kSemaphoreValueWord);
  switch (step.op) {
    case SyncOp::kSemaphorePost:
      if (value == kLargestSemaphore) {
        return sync_read(EOVERFLOW);
      }
      step.words.set(kSemaphoreValueWord, value + 1);
      return sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.semaphore.post") ? kBankA : 0);
    case SyncOp::kSemaphoreValue:
      return sync_read(value, HEDDLE_CLAUSE("sync.semaphore.value") ? 0 : kBankA);
    case SyncOp::kSemaphoreDestroy:
      return destroy(step, false);
    default:
      break;
  }
  if (value > 0) {
    step.words.set(kSemaphoreValueWord, value - 1);
    return sync_update(step, 0, HEDDLE_CLAUSE("sync.semaphore.wait") ? kBankA : 0);
  }
  const std::uint8_t nothing = HEDDLE_CLAUSE("sync.semaphore.failed_wait") ? 0 : kBankA;
  if (step.op == SyncOp::kSemaphoreTryWait) {
    return sync_read(EAGAIN, nothing);
  }
  return is_timed(step.op) || !HEDDLE_CLAUSE("guard.semaphore") ? sync_read(ETIMEDOUT, nothing)
                                                                : sync_blocked();
}

/// Active executions are totally ordered, each after the one that failed before it; so an aborted
/// one releases too ([thread.once.callonce]).
SyncOutcome apply_once(SyncStep& step) {
  if (step.op == SyncOp::kOnceDone) {
    step.words.truncate(0);
    step.words.set(kOnceDoneWord, 1);
    return sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.once.done") ? kBankA : 0);
  }
  if (step.op == SyncOp::kOnceAbort) {
    step.words.truncate(0);
    return sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.once.abort") ? kBankA : 0);
  }
  if (step.words.get(kOnceDoneWord) != 0) {
    return sync_read(1, HEDDLE_CLAUSE("sync.once.passed") ? kBankA : 0);
  }
  if (step.words.get(kOwnerWord) != 0 && HEDDLE_CLAUSE("guard.once")) {
    return sync_blocked();
  }
  step.words.set(kOwnerWord, step.thread + 1);
  return sync_update(step, 0, HEDDLE_CLAUSE("sync.once.begin") ? kBankA : 0);
}

SyncOutcome apply_sync(SyncOp op, base::ThreadId thread, std::uint64_t argument, SyncState state) {
  SyncStep step{op, thread, argument, {}};
  const SyncKind kind = sync_kind(op);
  if (kind == SyncKind::kAny) {
    return apply_inherit(step, state);
  }
  if (!load_state(kind, state, &step.words)) {
    return sync_read(op == SyncOp::kBarrierArrive ? kBarrierInvalid : EINVAL);
  }
  switch (kind) {
    case SyncKind::kMutex:
      return apply_mutex(step);
    case SyncKind::kReadWriteLock:
      return apply_rwlock(step);
    case SyncKind::kCondition:
    case SyncKind::kFutex:
      return apply_queue(step);
    case SyncKind::kBarrier:
      return apply_barrier(step);
    case SyncKind::kSemaphore:
      return apply_semaphore(step);
    case SyncKind::kOnce:
      return apply_once(step);
    case SyncKind::kNote:
      // An update, too, although nothing changes: then a release that comes later reads from it,
      // and an acquire that is after a release in program order and reads-from cannot miss it.
      return op == SyncOp::kAcquireNote
                 ? sync_update(step, 0, HEDDLE_CLAUSE("sync.note.acquire") ? kBankA : 0, 0)
                 : sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.note.release") ? kBankA : 0);
    case SyncKind::kPipe:
      return apply_pipe(step);
    case SyncKind::kSignals:
      return apply_signals(step);
    case SyncKind::kFiles:
      return sync_update(step, 0);
    case SyncKind::kAny:
    case SyncKind::kNone:
      break;
  }
  return sync_read(EINVAL);
}

SyncOp blocking_form(SyncOp op) {
  switch (op) {
    case SyncOp::kMutexTimedLock:
      return SyncOp::kMutexLock;
    case SyncOp::kTimedReadLock:
      return SyncOp::kReadLock;
    case SyncOp::kTimedWriteLock:
      return SyncOp::kWriteLock;
    case SyncOp::kConditionTimedWait:
      return SyncOp::kConditionWait;
    case SyncOp::kSemaphoreTimedWait:
      return SyncOp::kSemaphoreWait;
    case SyncOp::kFutexTimedWait:
      return SyncOp::kFutexWait;
    case SyncOp::kPipeTimedPoll:
      return SyncOp::kPipePoll;
    default:
      return op;
  }
}

bool is_futex(SyncOp op) { return sync_kind(op) == SyncKind::kFutex; }

}  // namespace heddle::graph
