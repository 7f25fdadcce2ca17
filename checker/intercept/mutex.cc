// SPDX-License-Identifier: Apache-2.0
// pthread_mutex_*: a mutex that was never initialised, or statically, is found at its first use.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_mutex_init);
HEDDLE_REAL(pthread_mutex_destroy);
HEDDLE_REAL(pthread_mutex_lock);
HEDDLE_REAL(pthread_mutex_trylock);
HEDDLE_REAL(pthread_mutex_timedlock);
HEDDLE_REAL(pthread_mutex_clocklock);
HEDDLE_REAL(pthread_mutex_unlock);
HEDDLE_REAL(pthread_mutex_consistent);

/// glibc's flags in __kind beside the kind itself.
constexpr int kKindMask = 3;
constexpr int kRobustFlag = 16;

/// The kind as the mutex's memory has it. In a released block, whose bytes say nothing and look
/// like a robust mutex, it is taken for a normal one: the thread must go on, because the execution
/// that is repeated may have been one in which the release came later.
int kind_of(const pthread_mutex_t* mutex, Caller caller) {
  const int kind = mutex->__data.__kind;
  if ((kind & kRobustFlag) == 0 || !runtime::is_released(mutex)) {
    return kind & (kKindMask | kRobustFlag);
  }
  report_released(caller.name, "the mutex is in memory that has been released");
  return PTHREAD_MUTEX_NORMAL;
}

SyncCall mutex_call(SyncOp op, pthread_mutex_t* mutex, Caller caller) {
  const int kind = kind_of(mutex, caller);
  return {op, mutex, caller.name, caller.site, static_cast<std::uint64_t>(kind)};
}

bool is_robust(const SyncCall& call) { return (call.argument & graph::kRobustMutex) != 0; }

/// Notes what the thread holds, for its end.
std::uint64_t locked(const SyncCall& call, std::uint64_t result) {
  if (is_robust(call) && (result == 0 || result == EOWNERDEAD)) {
    runtime::hold_robust(call.address, true);
  }
  return result;
}

int checked(std::uint64_t result, Caller caller) {
  if (result == EINVAL) {
    report_misuse(caller.name, "the mutex has been destroyed");
  }
  return static_cast<int>(result);
}

}  // namespace

int lock_mutex(SyncOp op, pthread_mutex_t* mutex, Caller caller) {
  const SyncCall call = mutex_call(op, mutex, caller);
  return checked(locked(call, caller.first ? perform_sync(call) : perform_plain_sync(call)),
                 caller);
}

int lock_mutex_until(pthread_mutex_t* mutex, Deadline deadline, Caller caller) {
  if (!is_valid(*deadline.time)) {
    return EINVAL;
  }
  const SyncCall call = mutex_call(SyncOp::kMutexTimedLock, mutex, caller);
  return checked(
      locked(call, perform_timed(call, monotonic_deadline(deadline.clock, *deadline.time))),
      caller);
}

int unlock_mutex(pthread_mutex_t* mutex, Caller caller) {
  const SyncCall call = mutex_call(SyncOp::kMutexUnlock, mutex, caller);
  const std::uint64_t result = perform_plain_sync(call);
  if (is_robust(call) && result == 0) {
    runtime::hold_robust(mutex, false);
  }
  if (result == EPERM) {
    report_misuse(caller.name, "the calling thread does not hold the mutex");
  }
  return checked(result, caller);
}

int destroy_mutex(pthread_mutex_t* mutex, Caller caller) {
  const std::uint64_t result = perform_plain_sync(mutex_call(SyncOp::kMutexDestroy, mutex, caller));
  if (result == EBUSY) {
    report_misuse(caller.name, "the mutex is locked");
  } else if (result == 0) {
    runtime::plain_write(mutex, sizeof *mutex, caller.site);
    runtime::end_object(mutex);
  }
  return checked(result, caller);
}

void begin_lock(volatile void* lock, std::size_t size, Caller caller) {
  // One of libstdc++'s own is initialised once in a process, not once in an execution.
  if (is_model_memory(lock)) {
    runtime::plain_write(lock, size, caller.site);
    runtime::begin_object(lock);
  }
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_mutex_init, pthread_mutex_t* mutex, const pthread_mutexattr_t* attr) {
  if (modelling()) {
    begin_lock(mutex, sizeof *mutex, {HEDDLE_SITE(), "pthread_mutex_init"});
  }
  return real_pthread_mutex_init(mutex, attr);
}

HEDDLE_EXPORT(int, pthread_mutex_destroy, pthread_mutex_t* mutex) {
  return modelling() ? destroy_mutex(mutex, {HEDDLE_SITE(), "pthread_mutex_destroy"})
                     : real_pthread_mutex_destroy(mutex);
}

HEDDLE_DOOR(int, pthread_mutex_lock, pthread_mutex_t* mutex) {
  if (!modelling()) {
    return real_pthread_mutex_lock(mutex);
  }
  return lock_mutex(SyncOp::kMutexLock, mutex, {HEDDLE_SITE(), "pthread_mutex_lock"});
}

HEDDLE_DOOR(int, pthread_mutex_trylock, pthread_mutex_t* mutex) {
  if (!modelling()) {
    return real_pthread_mutex_trylock(mutex);
  }
  return lock_mutex(SyncOp::kMutexTryLock, mutex, {HEDDLE_SITE(), "pthread_mutex_trylock"});
}

HEDDLE_DOOR(int, pthread_mutex_timedlock, pthread_mutex_t* mutex, const timespec* time) {
  if (!modelling()) {
    return real_pthread_mutex_timedlock(mutex, time);
  }
  return lock_mutex_until(mutex, {CLOCK_REALTIME, time},
                          {HEDDLE_SITE(), "pthread_mutex_timedlock"});
}

HEDDLE_DOOR(int, pthread_mutex_clocklock, pthread_mutex_t* mutex, clockid_t clock,
            const timespec* time) {
  if (!modelling()) {
    return real_pthread_mutex_clocklock(mutex, clock, time);
  }
  return lock_mutex_until(mutex, {clock, time}, {HEDDLE_SITE(), "pthread_mutex_clocklock"});
}

HEDDLE_DOOR(int, pthread_mutex_unlock, pthread_mutex_t* mutex) {
  if (!modelling()) {
    return real_pthread_mutex_unlock(mutex);
  }
  return unlock_mutex(mutex, {HEDDLE_SITE(), "pthread_mutex_unlock"});
}

HEDDLE_EXPORT(int, pthread_mutex_consistent, pthread_mutex_t* mutex) {
  if (!modelling()) {
    return real_pthread_mutex_consistent(mutex);
  }
  const std::uint64_t result = heddle::intercept::perform_plain_sync(
      {SyncOp::kMutexConsistent, mutex, "pthread_mutex_consistent", HEDDLE_SITE()});
  return static_cast<int>(result);
}
