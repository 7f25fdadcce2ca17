// SPDX-License-Identifier: Apache-2.0
// What sync operations are called in traces.
#include <algorithm>
#include <array>
#include <utility>

#include "checker/report/trace.h"

namespace heddle::report {
namespace {

using graph::SyncOp;

constexpr std::array<std::pair<SyncOp, std::string_view>, 57> kNames{{
    {SyncOp::kMutexLock, "lock mutex"},
    {SyncOp::kMutexTryLock, "try_lock mutex"},
    {SyncOp::kMutexTimedLock, "timed lock mutex"},
    {SyncOp::kMutexUnlock, "unlock mutex"},
    {SyncOp::kMutexDestroy, "destroy mutex"},
    {SyncOp::kReadLock, "lock_shared"},
    {SyncOp::kTryReadLock, "try_lock_shared"},
    {SyncOp::kTimedReadLock, "timed lock_shared"},
    {SyncOp::kWriteLock, "lock rwlock"},
    {SyncOp::kTryWriteLock, "try_lock rwlock"},
    {SyncOp::kTimedWriteLock, "timed lock rwlock"},
    {SyncOp::kRwUnlock, "unlock rwlock"},
    {SyncOp::kRwDestroy, "destroy rwlock"},
    {SyncOp::kConditionEnqueue, "begin wait on"},
    {SyncOp::kConditionWait, "wait on"},
    {SyncOp::kConditionTimedWait, "timed wait on"},
    {SyncOp::kConditionLeave, "spurious wake-up from"},
    {SyncOp::kConditionSignal, "notify_one"},
    {SyncOp::kConditionBroadcast, "notify_all"},
    {SyncOp::kConditionDestroy, "destroy condition"},
    {SyncOp::kBarrierInit, "init barrier"},
    {SyncOp::kBarrierArrive, "arrive at barrier"},
    {SyncOp::kBarrierLeave, "leave barrier"},
    {SyncOp::kBarrierDestroy, "destroy barrier"},
    {SyncOp::kSemaphoreInit, "init semaphore"},
    {SyncOp::kSemaphoreWait, "wait for semaphore"},
    {SyncOp::kSemaphoreTryWait, "try_wait for semaphore"},
    {SyncOp::kSemaphoreTimedWait, "timed wait for semaphore"},
    {SyncOp::kSemaphorePost, "post semaphore"},
    {SyncOp::kSemaphoreValue, "value of semaphore"},
    {SyncOp::kSemaphoreDestroy, "destroy semaphore"},
    {SyncOp::kOnceBegin, "begin once"},
    {SyncOp::kOnceDone, "finish once"},
    {SyncOp::kOnceAbort, "abort once"},
    {SyncOp::kFutexEnqueue, "begin futex wait on"},
    {SyncOp::kFutexWait, "futex wait on"},
    {SyncOp::kFutexTimedWait, "timed futex wait on"},
    {SyncOp::kFutexWake, "futex wake"},
    {SyncOp::kFutexLeave, "leave futex"},
    {SyncOp::kMutexOwnerDied, "end as the owner of mutex"},
    {SyncOp::kMutexConsistent, "make consistent mutex"},
    {SyncOp::kPipeInit, "open pipe"},
    {SyncOp::kPipeShare, "fork with an open end of pipe"},
    {SyncOp::kPipeClose, "close an end of pipe"},
    {SyncOp::kPipeFlags, "set flags of pipe"},
    {SyncOp::kPipeResize, "resize pipe"},
    {SyncOp::kPipeWrite, "write to pipe"},
    {SyncOp::kPipeRead, "read from pipe"},
    {SyncOp::kPipeReady, "look at pipe"},
    {SyncOp::kPipePoll, "poll pipe"},
    {SyncOp::kPipeTimedPoll, "timed poll of pipe"},
    {SyncOp::kSignalChange, "change a signal handler or mask of"},
    {SyncOp::kSignalSend, "send a signal to"},
    {SyncOp::kSignalTake, "look for signals of"},
    {SyncOp::kInherit, "fork with"},
    {SyncOp::kFileCall, "call on"},
    {SyncOp::kSignalWait, "wait for a signal of"},
}};

}  // namespace

std::string_view sync_name(SyncOp sync) {
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const auto& entry) { return entry.first == sync; });
  return found == kNames.end() ? "synchronise" : found->second;
}

}  // namespace heddle::report
