// SPDX-License-Identifier: Apache-2.0
// C11's mtx_* and cnd_*: libc's own call its internals directly, past any door. A mtx_t is a
// pthread_mutex_t and a cnd_t a pthread_cond_t in glibc.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <threads.h>

#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(mtx_init);
HEDDLE_REAL(mtx_destroy);
HEDDLE_REAL(mtx_lock);
HEDDLE_REAL(mtx_trylock);
HEDDLE_REAL(mtx_timedlock);
HEDDLE_REAL(mtx_unlock);
HEDDLE_REAL(cnd_init);
HEDDLE_REAL(cnd_destroy);
HEDDLE_REAL(cnd_wait);
HEDDLE_REAL(cnd_timedwait);
HEDDLE_REAL(cnd_signal);
HEDDLE_REAL(cnd_broadcast);

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int c11_result(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    default:
      return thrd_error;
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, mtx_init, mtx_t* mutex, int type) {
  if (modelling()) {
    begin_lock(mutex, sizeof *mutex, {HEDDLE_SITE(), "mtx_init"});
  }
  return real_mtx_init(mutex, type);
}

HEDDLE_EXPORT(void, mtx_destroy, mtx_t* mutex) {
  if (modelling()) {
    destroy_mutex(posix(mutex), {HEDDLE_SITE(), "mtx_destroy"});
  } else {
    real_mtx_destroy(mutex);
  }
}

HEDDLE_DOOR(int, mtx_lock, mtx_t* mutex) {
  if (!modelling()) {
    return real_mtx_lock(mutex);
  }
  return c11_result(lock_mutex(SyncOp::kMutexLock, posix(mutex), {HEDDLE_SITE(), "mtx_lock"}));
}

HEDDLE_DOOR(int, mtx_trylock, mtx_t* mutex) {
  if (!modelling()) {
    return real_mtx_trylock(mutex);
  }
  return c11_result(
      lock_mutex(SyncOp::kMutexTryLock, posix(mutex), {HEDDLE_SITE(), "mtx_trylock"}));
}

HEDDLE_DOOR(int, mtx_timedlock, mtx_t* mutex, const timespec* time) {
  if (!modelling()) {
    return real_mtx_timedlock(mutex, time);
  }
  return c11_result(
      lock_mutex_until(posix(mutex), {CLOCK_REALTIME, time}, {HEDDLE_SITE(), "mtx_timedlock"}));
}

HEDDLE_DOOR(int, mtx_unlock, mtx_t* mutex) {
  if (!modelling()) {
    return real_mtx_unlock(mutex);
  }
  return c11_result(unlock_mutex(posix(mutex), {HEDDLE_SITE(), "mtx_unlock"}));
}

HEDDLE_EXPORT(int, cnd_init, cnd_t* condition) {
  if (modelling()) {
    heddle::runtime::begin_object(condition);
  }
  return real_cnd_init(condition);
}

HEDDLE_EXPORT(void, cnd_destroy, cnd_t* condition) {
  if (modelling()) {
    use_condition(SyncOp::kConditionDestroy, posix(condition), {HEDDLE_SITE(), "cnd_destroy"});
  } else {
    real_cnd_destroy(condition);
  }
}

HEDDLE_DOOR(int, cnd_wait, cnd_t* condition, mtx_t* mutex) {
  if (!modelling()) {
    return real_cnd_wait(condition, mutex);
  }
  return c11_result(
      wait_condition(posix(condition), posix(mutex), nullptr, {HEDDLE_SITE(), "cnd_wait"}));
}

HEDDLE_DOOR(int, cnd_timedwait, cnd_t* condition, mtx_t* mutex, const timespec* time) {
  if (!modelling()) {
    return real_cnd_timedwait(condition, mutex, time);
  }
  const Deadline deadline{CLOCK_REALTIME, time};
  return c11_result(
      wait_condition(posix(condition), posix(mutex), &deadline, {HEDDLE_SITE(), "cnd_timedwait"}));
}

HEDDLE_DOOR(int, cnd_signal, cnd_t* condition) {
  if (!modelling()) {
    return real_cnd_signal(condition);
  }
  return c11_result(
      use_condition(SyncOp::kConditionSignal, posix(condition), {HEDDLE_SITE(), "cnd_signal"}));
}

HEDDLE_DOOR(int, cnd_broadcast, cnd_t* condition) {
  if (!modelling()) {
    return real_cnd_broadcast(condition);
  }
  return c11_result(use_condition(SyncOp::kConditionBroadcast, posix(condition),
                                  {HEDDLE_SITE(), "cnd_broadcast"}));
}
