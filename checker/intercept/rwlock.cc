// SPDX-License-Identifier: Apache-2.0
// pthread_rwlock_*: readers are preferred, as with glibc's default.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_rwlock_init);
HEDDLE_REAL(pthread_rwlock_destroy);
HEDDLE_REAL(pthread_rwlock_rdlock);
HEDDLE_REAL(pthread_rwlock_tryrdlock);
HEDDLE_REAL(pthread_rwlock_timedrdlock);
HEDDLE_REAL(pthread_rwlock_clockrdlock);
HEDDLE_REAL(pthread_rwlock_wrlock);
HEDDLE_REAL(pthread_rwlock_trywrlock);
HEDDLE_REAL(pthread_rwlock_timedwrlock);
HEDDLE_REAL(pthread_rwlock_clockwrlock);
HEDDLE_REAL(pthread_rwlock_unlock);

SyncCall rwlock_call(SyncOp op, pthread_rwlock_t* lock, Caller caller) {
  if (lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) {
    stop_unsupported("a reader-writer lock that prefers writers");
  }
  return {op, lock, caller.name, caller.site};
}

int checked(std::uint64_t result, Caller caller) {
  if (result == EINVAL) {
    report_misuse(caller.name, "the lock has been destroyed");
  }
  return static_cast<int>(result);
}

int lock_rwlock(SyncOp op, pthread_rwlock_t* lock, Caller caller) {
  return checked(perform_sync(rwlock_call(op, lock, caller)), caller);
}

int lock_rwlock_until(SyncOp op, pthread_rwlock_t* lock, Deadline deadline, Caller caller) {
  if (!is_valid(*deadline.time)) {
    return EINVAL;
  }
  return checked(perform_timed(rwlock_call(op, lock, caller),
                               monotonic_deadline(deadline.clock, *deadline.time)),
                 caller);
}

int unlock_rwlock(pthread_rwlock_t* lock, Caller caller) {
  const std::uint64_t result = perform_plain_sync(rwlock_call(SyncOp::kRwUnlock, lock, caller));
  if (result == EPERM) {
    report_misuse(caller.name, "the calling thread does not hold the lock");
  }
  return checked(result, caller);
}

int destroy_rwlock(pthread_rwlock_t* lock, Caller caller) {
  const std::uint64_t result = perform_plain_sync(rwlock_call(SyncOp::kRwDestroy, lock, caller));
  if (result == EBUSY) {
    report_misuse(caller.name, "the lock is held");
  } else if (result == 0) {
    runtime::plain_write(lock, sizeof *lock, caller.site);
    runtime::end_object(lock);
  }
  return checked(result, caller);
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_rwlock_init, pthread_rwlock_t* lock, const pthread_rwlockattr_t* attr) {
  if (modelling()) {
    begin_lock(lock, sizeof *lock, {HEDDLE_SITE(), "pthread_rwlock_init"});
  }
  return real_pthread_rwlock_init(lock, attr);
}

HEDDLE_EXPORT(int, pthread_rwlock_destroy, pthread_rwlock_t* lock) {
  return modelling() ? destroy_rwlock(lock, {HEDDLE_SITE(), "pthread_rwlock_destroy"})
                     : real_pthread_rwlock_destroy(lock);
}

HEDDLE_DOOR(int, pthread_rwlock_unlock, pthread_rwlock_t* lock) {
  return modelling() ? unlock_rwlock(lock, {HEDDLE_SITE(), "pthread_rwlock_unlock"})
                     : real_pthread_rwlock_unlock(lock);
}

#define HEDDLE_RWLOCK(name, op)                                                             \
  HEDDLE_DOOR(int, name, pthread_rwlock_t* lock) {                                          \
    return modelling() ? lock_rwlock(op, lock, {HEDDLE_SITE(), #name}) : real_##name(lock); \
  }
HEDDLE_RWLOCK(pthread_rwlock_rdlock, SyncOp::kReadLock)
HEDDLE_RWLOCK(pthread_rwlock_tryrdlock, SyncOp::kTryReadLock)
HEDDLE_RWLOCK(pthread_rwlock_wrlock, SyncOp::kWriteLock)
HEDDLE_RWLOCK(pthread_rwlock_trywrlock, SyncOp::kTryWriteLock)

#define HEDDLE_RWLOCK_TIMED(name, op)                                                        \
  HEDDLE_DOOR(int, name, pthread_rwlock_t* lock, const timespec* time) {                     \
    return modelling()                                                                       \
               ? lock_rwlock_until(op, lock, {CLOCK_REALTIME, time}, {HEDDLE_SITE(), #name}) \
               : real_##name(lock, time);                                                    \
  }
HEDDLE_RWLOCK_TIMED(pthread_rwlock_timedrdlock, SyncOp::kTimedReadLock)
HEDDLE_RWLOCK_TIMED(pthread_rwlock_timedwrlock, SyncOp::kTimedWriteLock)

#define HEDDLE_RWLOCK_CLOCK(name, op)                                                       \
  HEDDLE_DOOR(int, name, pthread_rwlock_t* lock, clockid_t clock, const timespec* time) {   \
    return modelling() ? lock_rwlock_until(op, lock, {clock, time}, {HEDDLE_SITE(), #name}) \
                       : real_##name(lock, clock, time);                                    \
  }
HEDDLE_RWLOCK_CLOCK(pthread_rwlock_clockrdlock, SyncOp::kTimedReadLock)
HEDDLE_RWLOCK_CLOCK(pthread_rwlock_clockwrlock, SyncOp::kTimedWriteLock)
