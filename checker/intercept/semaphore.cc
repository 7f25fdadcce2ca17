// SPDX-License-Identifier: Apache-2.0
// sem_*: unnamed POSIX semaphores. Named ones are shared with other processes: unsupported.
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <limits.h>
#include <semaphore.h>

#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(sem_init);
HEDDLE_REAL(sem_destroy);
HEDDLE_REAL(sem_wait);
HEDDLE_REAL(sem_trywait);
HEDDLE_REAL(sem_timedwait);
HEDDLE_REAL(sem_clockwait);
HEDDLE_REAL(sem_post);
HEDDLE_REAL(sem_getvalue);
HEDDLE_REAL_AS(sem_open, sem_t*(const char*, int, mode_t, unsigned));

/// The state of a semaphore as sem_init left it in memory; the model changes states only. glibc
/// keeps the value in the first word.
std::uint64_t initial_state(const sem_t* semaphore) {
  unsigned value;
  __builtin_memcpy(&value, semaphore, sizeof value);
  return graph::apply_sync(SyncOp::kSemaphoreInit, 0, value, 0).next;
}

SyncCall semaphore_call(SyncOp op, sem_t* semaphore, const char* name, std::uintptr_t site) {
  return {op, semaphore, name, site, 0, initial_state(semaphore)};
}

int finish(std::uint64_t result, const char* name) {
  if (result == 0) {
    return 0;
  }
  if (result == EINVAL) {
    report_misuse(name, "the semaphore has been destroyed");
  }
  errno = static_cast<int>(result);
  return -1;
}

int use_semaphore(SyncOp op, sem_t* semaphore, const char* name, std::uintptr_t site) {
  return finish(perform_sync(semaphore_call(op, semaphore, name, site)), name);
}

int wait_until(sem_t* semaphore, clockid_t clock, const timespec* time, const char* name,
               std::uintptr_t site) {
  if (!is_valid(*time)) {
    errno = EINVAL;
    return -1;
  }
  return finish(perform_timed(semaphore_call(SyncOp::kSemaphoreTimedWait, semaphore, name, site),
                              monotonic_deadline(clock, *time)),
                name);
}

int init_semaphore(sem_t* semaphore, int shared, unsigned value, std::uintptr_t site) {
  runtime::plain_write(semaphore, sizeof *semaphore, site);
  runtime::begin_object(semaphore);
  const int result = real_sem_init(semaphore, shared, value);
  if (result == 0) {
    perform_plain_sync({SyncOp::kSemaphoreInit, semaphore, "sem_init", site, value});
  }
  return result;
}

int destroy_semaphore(sem_t* semaphore, std::uintptr_t site) {
  const std::uint64_t result =
      perform_plain_sync(semaphore_call(SyncOp::kSemaphoreDestroy, semaphore, "sem_destroy", site));
  if (result == 0) {
    runtime::plain_write(semaphore, sizeof *semaphore, site);
    runtime::end_object(semaphore);
  }
  return finish(result, "sem_destroy");
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, sem_init, sem_t* semaphore, int shared, unsigned value) {
  return modelling() ? init_semaphore(semaphore, shared, value, HEDDLE_SITE())
                     : real_sem_init(semaphore, shared, value);
}

HEDDLE_EXPORT(int, sem_destroy, sem_t* semaphore) {
  return modelling() ? destroy_semaphore(semaphore, HEDDLE_SITE()) : real_sem_destroy(semaphore);
}

HEDDLE_DOOR(int, sem_wait, sem_t* semaphore) {
  return modelling() ? use_semaphore(SyncOp::kSemaphoreWait, semaphore, "sem_wait", HEDDLE_SITE())
                     : real_sem_wait(semaphore);
}

HEDDLE_DOOR(int, sem_trywait, sem_t* semaphore) {
  return modelling()
             ? use_semaphore(SyncOp::kSemaphoreTryWait, semaphore, "sem_trywait", HEDDLE_SITE())
             : real_sem_trywait(semaphore);
}

HEDDLE_DOOR(int, sem_timedwait, sem_t* semaphore, const timespec* time) {
  return modelling() ? wait_until(semaphore, CLOCK_REALTIME, time, "sem_timedwait", HEDDLE_SITE())
                     : real_sem_timedwait(semaphore, time);
}

HEDDLE_DOOR(int, sem_clockwait, sem_t* semaphore, clockid_t clock, const timespec* time) {
  return modelling() ? wait_until(semaphore, clock, time, "sem_clockwait", HEDDLE_SITE())
                     : real_sem_clockwait(semaphore, clock, time);
}

HEDDLE_DOOR(int, sem_post, sem_t* semaphore) {
  return modelling() ? use_semaphore(SyncOp::kSemaphorePost, semaphore, "sem_post", HEDDLE_SITE())
                     : real_sem_post(semaphore);
}

HEDDLE_DOOR(int, sem_getvalue, sem_t* semaphore, int* value) {
  if (!modelling()) {
    return real_sem_getvalue(semaphore, value);
  }
  const std::uintptr_t site = HEDDLE_SITE();
  const std::uint64_t result =
      perform_sync(semaphore_call(SyncOp::kSemaphoreValue, semaphore, "sem_getvalue", site));
  heddle::runtime::plain_write(value, sizeof *value, site);
  *value = static_cast<int>(result);
  return 0;
}

// Variadic: the last two are there only when the semaphore is to be created, and unused otherwise.
HEDDLE_EXPORT(sem_t*, sem_open, const char* name, int flags, mode_t mode, unsigned value) {
  if (modelling()) {
    stop_unsupported("sem_open");
  }
  return real_sem_open(name, flags, mode, value);
}
