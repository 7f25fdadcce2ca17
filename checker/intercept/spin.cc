// SPDX-License-Identifier: Apache-2.0
// pthread_spin_*: a mutex for the model. Spinning for ever and waiting for ever are both found.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_spin_init);
HEDDLE_REAL(pthread_spin_destroy);
HEDDLE_REAL(pthread_spin_lock);
HEDDLE_REAL(pthread_spin_trylock);
HEDDLE_REAL(pthread_spin_unlock);

int use_spinlock(SyncOp op, pthread_spinlock_t* lock, Caller caller) {
  const std::uint64_t result = perform_sync({op, lock, caller.name, caller.site});
  if (result == EPERM) {
    report_misuse(caller.name, "the calling thread does not hold the lock");
  } else if (result == EINVAL) {
    report_misuse(caller.name, "the lock has been destroyed");
  } else if (result == EBUSY && op == SyncOp::kMutexDestroy) {
    report_misuse(caller.name, "the lock is held");
  } else if (op == SyncOp::kMutexDestroy) {
    runtime::end_object(lock);
  }
  return static_cast<int>(result);
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_spin_init, pthread_spinlock_t* lock, int shared) {
  if (modelling()) {
    begin_lock(lock, sizeof *lock, {HEDDLE_SITE(), "pthread_spin_init"});
  }
  return real_pthread_spin_init(lock, shared);
}

#define HEDDLE_SPIN(name, op)                                                                \
  HEDDLE_DOOR(int, name, pthread_spinlock_t* lock) {                                         \
    return modelling() ? use_spinlock(op, lock, {HEDDLE_SITE(), #name}) : real_##name(lock); \
  }
HEDDLE_SPIN(pthread_spin_lock, SyncOp::kMutexLock)
HEDDLE_SPIN(pthread_spin_trylock, SyncOp::kMutexTryLock)
HEDDLE_SPIN(pthread_spin_unlock, SyncOp::kMutexUnlock)
HEDDLE_SPIN(pthread_spin_destroy, SyncOp::kMutexDestroy)
