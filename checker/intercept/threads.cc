// SPDX-License-Identifier: Apache-2.0
// pthread_create, _join and their kin, and C11's thrd_*. pthread_self and pthread_equal need no
// door: a model thread has thread-local storage, and so a pthread_t, of its own.
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <pthread.h>
#include <sched.h>
#include <threads.h>

#include <cerrno>

#include "checker/runtime/engine.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_create);
HEDDLE_REAL(pthread_join);
HEDDLE_REAL(pthread_tryjoin_np);
HEDDLE_REAL(pthread_timedjoin_np);
HEDDLE_REAL(pthread_clockjoin_np);
HEDDLE_REAL(pthread_detach);
HEDDLE_REAL_AS(pthread_exit, void(void*));
HEDDLE_REAL(pthread_setname_np);
HEDDLE_REAL(pthread_getattr_np);
HEDDLE_REAL(sched_yield);
HEDDLE_REAL(thrd_create);
HEDDLE_REAL(thrd_join);
HEDDLE_REAL(thrd_detach);
HEDDLE_REAL_AS(thrd_exit, void(int));
HEDDLE_REAL(thrd_yield);
HEDDLE_REAL_AS(pthread_yield, int());

int create_thread(pthread_t* handle, const pthread_attr_t* attr, void* (*routine)(void*),
                  void* argument, std::uintptr_t site) {
  const base::ThreadId thread = runtime::create_thread(routine, argument, site);
  if (thread == base::kMaxThreads) {
    return EAGAIN;
  }
  int state = PTHREAD_CREATE_JOINABLE;
  if (attr != nullptr && pthread_attr_getdetachstate(attr, &state) == 0 &&
      state == PTHREAD_CREATE_DETACHED) {
    runtime::set_detached(thread);
  }
  if (is_explored(site)) {
    // POSIX does not order this store before the thread's start. (std::thread does order its own.)
    runtime::plain_write(handle, sizeof *handle, site);
  }
  *handle = static_cast<pthread_t>(runtime::native_handle(thread));
  return 0;
}

/// The joinable model thread that `handle` names, or the error.
int find_joinable(pthread_t handle, base::ThreadId* thread) {
  if (!runtime::from_native_handle(handle, thread)) {
    return ESRCH;
  }
  return *thread == runtime::current_thread() ? EDEADLK : 0;
}

void take_result(base::ThreadId thread, void** result, std::uintptr_t site) {
  void* value = runtime::join_thread(thread, site);
  if (result != nullptr) {
    runtime::plain_write(result, sizeof *result, site);
    *result = value;
  }
}

int join(pthread_t handle, void** result, std::uintptr_t site) {
  base::ThreadId thread;
  const int error = find_joinable(handle, &thread);
  if (error == 0) {
    take_result(thread, result, site);
  }
  return error;
}

int try_join(pthread_t handle, void** result, std::uintptr_t site) {
  base::ThreadId thread;
  const int error = find_joinable(handle, &thread);
  if (error != 0) {
    return error;
  }
  if (!runtime::thread_has_ended(thread, site)) {
    return EBUSY;
  }
  take_result(thread, result, site);
  return 0;
}

/// A join that gives up: either the deadline passes first, or the thread's end is awaited.
int join_until(pthread_t handle, void** result, clockid_t clock, const timespec* time,
               std::uintptr_t site) {
  if (time != nullptr) {
    if (!is_valid(*time)) {
      return EINVAL;
    }
    const std::uint64_t deadline = monotonic_deadline(clock, *time);
    if (runtime::choose(2, site) == 1) {
      runtime::sleep_until(deadline);
      const int error = try_join(handle, result, site);
      return error == EBUSY ? ETIMEDOUT : error;
    }
  }
  return join(handle, result, site);
}

int detach(pthread_t handle) {
  base::ThreadId thread;
  if (!runtime::from_native_handle(handle, &thread)) {
    return ESRCH;
  }
  runtime::set_detached(thread);
  return 0;
}

int thrd_result(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_create, pthread_t* handle, const pthread_attr_t* attr,
              void* (*routine)(void*), void* argument) {
  return modelling() ? create_thread(handle, attr, routine, argument, HEDDLE_SITE())
                     : real_pthread_create(handle, attr, routine, argument);
}

HEDDLE_EXPORT(int, pthread_join, pthread_t handle, void** result) {
  return modelling() ? join(handle, result, HEDDLE_SITE()) : real_pthread_join(handle, result);
}

HEDDLE_DOOR(int, pthread_tryjoin_np, pthread_t handle, void** result) {
  return modelling() ? try_join(handle, result, HEDDLE_SITE())
                     : real_pthread_tryjoin_np(handle, result);
}

HEDDLE_EXPORT(int, pthread_timedjoin_np, pthread_t handle, void** result, const timespec* time) {
  return modelling() ? join_until(handle, result, CLOCK_REALTIME, time, HEDDLE_SITE())
                     : real_pthread_timedjoin_np(handle, result, time);
}

HEDDLE_EXPORT(int, pthread_clockjoin_np, pthread_t handle, void** result, clockid_t clock,
              const timespec* time) {
  return modelling() ? join_until(handle, result, clock, time, HEDDLE_SITE())
                     : real_pthread_clockjoin_np(handle, result, clock, time);
}

HEDDLE_EXPORT(int, pthread_detach, pthread_t handle) {
  return modelling() ? detach(handle) : real_pthread_detach(handle);
}

HEDDLE_EXPORT(void, pthread_exit, void* result) {
  if (modelling()) {
    heddle::runtime::exit_thread(result);
  }
  real_pthread_exit(result);
}

// Names are for people: reports use the model's own, which do not depend on the schedule.
HEDDLE_EXPORT(int, pthread_setname_np, pthread_t handle, const char* name) {
  return modelling() ? 0 : real_pthread_setname_np(handle, name);
}

HEDDLE_EXPORT(int, pthread_getattr_np, pthread_t handle, pthread_attr_t* attr) {
  const int result = real_pthread_getattr_np(handle, attr);
  if (!modelling() || result != 0) {
    return result;
  }
  heddle::base::ThreadId thread;
  if (!heddle::runtime::from_native_handle(handle, &thread) ||
      thread != heddle::runtime::current_thread()) {
    return ESRCH;
  }
  const heddle::runtime::Fiber& fiber = heddle::runtime::Engine::current()->self().fiber;
  return pthread_attr_setstack(attr, fiber.stack_low, fiber.stack_size);
}

#define HEDDLE_YIELD(name)           \
  HEDDLE_DOOR(int, name) {           \
    if (!modelling()) {              \
      return real_##name();          \
    }                                \
    heddle::runtime::yield_thread(); \
    return 0;                        \
  }
HEDDLE_YIELD(sched_yield)
HEDDLE_YIELD(pthread_yield)

HEDDLE_DOOR(void, thrd_yield) {
  if (!modelling()) {
    real_thrd_yield();
    return;
  }
  heddle::runtime::yield_thread();
}

// The routine returns int. Called as one that returns a pointer it leaves its result in the low
// half of the same register, which is all that thrd_join looks at.
HEDDLE_EXPORT(int, thrd_create, thrd_t* handle, thrd_start_t routine, void* argument) {
  if (!modelling()) {
    return real_thrd_create(handle, routine, argument);
  }
  auto* as_pointer = reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void*>(routine));
  return thrd_result(create_thread(handle, nullptr, as_pointer, argument, HEDDLE_SITE()));
}

HEDDLE_EXPORT(int, thrd_join, thrd_t handle, int* result) {
  if (!modelling()) {
    return real_thrd_join(handle, result);
  }
  void* value = nullptr;
  const int error = join(handle, &value, HEDDLE_SITE());
  if (error == 0 && result != nullptr) {
    heddle::runtime::plain_write(result, sizeof *result, HEDDLE_SITE());
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  }
  return thrd_result(error);
}

HEDDLE_EXPORT(int, thrd_detach, thrd_t handle) {
  return modelling() ? thrd_result(detach(handle)) : real_thrd_detach(handle);
}

HEDDLE_EXPORT(void, thrd_exit, int result) {
  if (modelling()) {
    heddle::runtime::exit_thread(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));
  }
  real_thrd_exit(result);
}
