// SPDX-License-Identifier: Apache-2.0
// What the POSIX and the C11 doors of locks and condition variables have in common. All functions
// here are for model code only, and return 0 or an errno value as the POSIX functions do.
#pragma once

#include <pthread.h>

#include <cstdint>

#include "checker/intercept/requests.h"

namespace heddle::intercept {

/// Where a door was called from.
struct Caller {
  std::uintptr_t site;
  const char* name;
  bool first = true;  ///< The operation is the door's first; see perform_plain_sync().
};

/// When a timed call gives up: `time` on `clock`.
struct Deadline {
  clockid_t clock;
  const timespec* time;
};

int lock_mutex(SyncOp op, pthread_mutex_t* mutex, Caller caller);
int lock_mutex_until(pthread_mutex_t* mutex, Deadline deadline, Caller caller);
int unlock_mutex(pthread_mutex_t* mutex, Caller caller);
int destroy_mutex(pthread_mutex_t* mutex, Caller caller);
/// To be called before the real initialisation writes the object's memory.
void begin_lock(volatile void* lock, std::size_t size, Caller caller);

/// Enqueues, unlocks, waits and locks again. `deadline` may be null.
int wait_condition(pthread_cond_t* condition, pthread_mutex_t* mutex, const Deadline* deadline,
                   Caller caller);
/// kConditionSignal, kConditionBroadcast or kConditionDestroy.
int use_condition(SyncOp op, pthread_cond_t* condition, Caller caller);

/// Runs `routine` unless another call with `control` has; others wait until it returns.
void run_once(volatile void* control, void (*routine)(), Caller caller);

}  // namespace heddle::intercept
