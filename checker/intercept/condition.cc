// SPDX-License-Identifier: Apache-2.0
// pthread_cond_*. A wait is four steps: enqueue, unlock the mutex, wait for a notification, lock
// the mutex. Enqueueing comes before unlocking: whoever notifies with the mutex held, or after
// having held it, finds the waiter in the queue.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <cerrno>

namespace heddle::intercept {
namespace {

// libc keeps an older implementation under the same names.
constexpr const char* kVersion = "GLIBC_2.3.2";
HEDDLE_REAL_VERSION(pthread_cond_init, kVersion);
HEDDLE_REAL_VERSION(pthread_cond_destroy, kVersion);
HEDDLE_REAL_VERSION(pthread_cond_wait, kVersion);
HEDDLE_REAL_VERSION(pthread_cond_timedwait, kVersion);
HEDDLE_REAL(pthread_cond_clockwait);
HEDDLE_REAL_VERSION(pthread_cond_signal, kVersion);
HEDDLE_REAL_VERSION(pthread_cond_broadcast, kVersion);

/// glibc keeps the clock that pthread_condattr_setclock chose in this bit of __wrefs.
constexpr unsigned kMonotonicFlag = 2;

clockid_t clock_of(const pthread_cond_t* condition) {
  return condition->__data.__wrefs & kMonotonicFlag ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

std::uint64_t wait_in_queue(pthread_cond_t* condition, const Deadline* deadline, Caller caller) {
  if (deadline == nullptr) {
    return perform_plain_sync({SyncOp::kConditionWait, condition, caller.name, caller.site});
  }
  return perform_plain_timed({SyncOp::kConditionTimedWait, condition, caller.name, caller.site},
                             monotonic_deadline(deadline->clock, *deadline->time));
}

}  // namespace

int wait_condition(pthread_cond_t* condition, pthread_mutex_t* mutex, const Deadline* deadline,
                   Caller caller) {
  if (deadline != nullptr && !is_valid(*deadline->time)) {
    return EINVAL;
  }
  if (perform_sync({SyncOp::kConditionEnqueue, condition, caller.name, caller.site}) == EINVAL) {
    report_misuse(caller.name, "the condition variable has been destroyed");
    return EINVAL;
  }
  const int unlocked = unlock_mutex(mutex, caller);
  if (unlocked != 0) {
    perform_plain_sync({SyncOp::kConditionLeave, condition, caller.name, caller.site});
    return unlocked;
  }
  const std::uint64_t woken = wait_in_queue(condition, deadline, caller);
  const int locked = lock_mutex(SyncOp::kMutexLock, mutex, {caller.site, caller.name, false});
  return locked != 0 ? locked : static_cast<int>(woken);
}

int use_condition(SyncOp op, pthread_cond_t* condition, Caller caller) {
  const SyncCall call{op, condition, caller.name, caller.site};
  // Destroying is no door: what another thread left in heddle_door would pass for this one's state.
  const bool is_door = op != SyncOp::kConditionDestroy;
  const std::uint64_t result = is_door ? perform_sync(call) : perform_plain_sync(call);
  if (result == EINVAL) {
    report_misuse(caller.name, "the condition variable has been destroyed");
  } else if (result == EBUSY) {
    report_misuse(caller.name, "a thread waits for it that nobody has notified");
  } else if (op == SyncOp::kConditionDestroy) {
    runtime::end_object(condition);
  }
  return static_cast<int>(result);
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_cond_init, pthread_cond_t* condition, const pthread_condattr_t* attr) {
  if (modelling()) {
    heddle::runtime::begin_object(condition);
  }
  return real_pthread_cond_init(condition, attr);
}

HEDDLE_EXPORT(int, pthread_cond_destroy, pthread_cond_t* condition) {
  return modelling() ? use_condition(SyncOp::kConditionDestroy, condition,
                                     {HEDDLE_SITE(), "pthread_cond_destroy"})
                     : real_pthread_cond_destroy(condition);
}

HEDDLE_DOOR(int, pthread_cond_signal, pthread_cond_t* condition) {
  return modelling() ? use_condition(SyncOp::kConditionSignal, condition,
                                     {HEDDLE_SITE(), "pthread_cond_signal"})
                     : real_pthread_cond_signal(condition);
}

HEDDLE_DOOR(int, pthread_cond_broadcast, pthread_cond_t* condition) {
  return modelling() ? use_condition(SyncOp::kConditionBroadcast, condition,
                                     {HEDDLE_SITE(), "pthread_cond_broadcast"})
                     : real_pthread_cond_broadcast(condition);
}

HEDDLE_DOOR(int, pthread_cond_wait, pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (!modelling()) {
    return real_pthread_cond_wait(condition, mutex);
  }
  return wait_condition(condition, mutex, nullptr, {HEDDLE_SITE(), "pthread_cond_wait"});
}

HEDDLE_DOOR(int, pthread_cond_timedwait, pthread_cond_t* condition, pthread_mutex_t* mutex,
            const timespec* time) {
  if (!modelling()) {
    return real_pthread_cond_timedwait(condition, mutex, time);
  }
  const Deadline deadline{clock_of(condition), time};
  return wait_condition(condition, mutex, &deadline, {HEDDLE_SITE(), "pthread_cond_timedwait"});
}

HEDDLE_DOOR(int, pthread_cond_clockwait, pthread_cond_t* condition, pthread_mutex_t* mutex,
            clockid_t clock, const timespec* time) {
  if (!modelling()) {
    return real_pthread_cond_clockwait(condition, mutex, clock, time);
  }
  const Deadline deadline{clock, time};
  return wait_condition(condition, mutex, &deadline, {HEDDLE_SITE(), "pthread_cond_clockwait"});
}
