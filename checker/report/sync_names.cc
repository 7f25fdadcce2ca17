// SPDX-License-Identifier: Apache-2.0
// What sync operations are called in traces.
#include <algorithm>
#include <array>
#include <utility>

#include "checker/report/trace.h"

namespace heddle::report {
namespace {

using graph::SyncOp;

constexpr std::array<std::pair<SyncOp, std::string_view>, 39> kNames{{
    {SyncOp::kMutexLock, "mutex lock"},
    {SyncOp::kMutexTryLock, "mutex try_lock"},
    {SyncOp::kMutexTimedLock, "mutex timed lock"},
    {SyncOp::kMutexUnlock, "mutex unlock"},
    {SyncOp::kMutexDestroy, "mutex destroy"},
    {SyncOp::kReadLock, "read lock"},
    {SyncOp::kTryReadLock, "try read lock"},
    {SyncOp::kTimedReadLock, "timed read lock"},
    {SyncOp::kWriteLock, "write lock"},
    {SyncOp::kTryWriteLock, "try write lock"},
    {SyncOp::kTimedWriteLock, "timed write lock"},
    {SyncOp::kRwUnlock, "rwlock unlock"},
    {SyncOp::kRwDestroy, "rwlock destroy"},
    {SyncOp::kConditionEnqueue, "cond enqueue"},
    {SyncOp::kConditionWait, "cond wait"},
    {SyncOp::kConditionTimedWait, "cond timed wait"},
    {SyncOp::kConditionLeave, "cond spurious wake-up"},
    {SyncOp::kConditionSignal, "cond signal"},
    {SyncOp::kConditionBroadcast, "cond broadcast"},
    {SyncOp::kConditionDestroy, "cond destroy"},
    {SyncOp::kBarrierInit, "barrier init"},
    {SyncOp::kBarrierArrive, "barrier arrive"},
    {SyncOp::kBarrierLeave, "barrier leave"},
    {SyncOp::kBarrierDestroy, "barrier destroy"},
    {SyncOp::kSemaphoreInit, "semaphore init"},
    {SyncOp::kSemaphoreWait, "semaphore wait"},
    {SyncOp::kSemaphoreTryWait, "semaphore try_wait"},
    {SyncOp::kSemaphoreTimedWait, "semaphore timed wait"},
    {SyncOp::kSemaphorePost, "semaphore post"},
    {SyncOp::kSemaphoreValue, "semaphore value"},
    {SyncOp::kSemaphoreDestroy, "semaphore destroy"},
    {SyncOp::kOnceBegin, "once begin"},
    {SyncOp::kOnceDone, "once done"},
    {SyncOp::kOnceAbort, "once abort"},
    {SyncOp::kFutexEnqueue, "futex enqueue"},
    {SyncOp::kFutexWait, "futex wait"},
    {SyncOp::kFutexTimedWait, "futex timed wait"},
    {SyncOp::kFutexWake, "futex wake"},
    {SyncOp::kFutexLeave, "futex leave"},
}};

}  // namespace

std::string_view sync_name(SyncOp sync) {
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const auto& entry) { return entry.first == sync; });
  return found == kNames.end() ? "synchronise" : found->second;
}

}  // namespace heddle::report
