// SPDX-License-Identifier: Apache-2.0
// pthread_barrier_*: arriving and leaving are two operations, so that arrivals commute.
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <pthread.h>

#include <cerrno>
#include <cstring>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_barrier_init);
HEDDLE_REAL(pthread_barrier_destroy);
HEDDLE_REAL(pthread_barrier_wait);

/// Where glibc's pthread_barrier_t keeps the number of threads.
constexpr std::size_t kCountOffset = 8;

/// The state of a barrier as pthread_barrier_init left it in memory; the model changes states only.
std::uint64_t initial_state(const pthread_barrier_t* barrier) {
  unsigned count;
  __builtin_memcpy(&count, reinterpret_cast<const char*>(barrier) + kCountOffset, sizeof count);
  return graph::apply_sync(SyncOp::kBarrierInit, 0, count, 0).next;
}

int wait_barrier(pthread_barrier_t* barrier, std::uintptr_t site) {
  constexpr const char* kName = "pthread_barrier_wait";
  const std::uint64_t initial = initial_state(barrier);
  const std::uint64_t arrived =
      perform_sync({SyncOp::kBarrierArrive, barrier, kName, site, 0, initial});
  if (arrived == graph::kBarrierSerial) {
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  if (arrived == graph::kBarrierInvalid) {
    report_misuse(kName, "the barrier is not initialised, or has been destroyed");
    return EINVAL;
  }
  perform_plain_sync({SyncOp::kBarrierLeave, barrier, kName, site, arrived, initial});
  return 0;
}

int destroy_barrier(pthread_barrier_t* barrier, std::uintptr_t site) {
  constexpr const char* kName = "pthread_barrier_destroy";
  const std::uint64_t result = perform_plain_sync(
      {SyncOp::kBarrierDestroy, barrier, kName, site, 0, initial_state(barrier)});
  if (result == EBUSY) {
    report_misuse(kName, "threads wait at the barrier");
  } else if (result == EINVAL) {
    report_misuse(kName, "the barrier is not initialised, or has been destroyed");
  } else {
    runtime::end_object(barrier);
  }
  return static_cast<int>(result);
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, pthread_barrier_init, pthread_barrier_t* barrier,
              const pthread_barrierattr_t* attr, unsigned count) {
  if (modelling()) {
    heddle::runtime::begin_object(barrier);
  }
  const int result = real_pthread_barrier_init(barrier, attr, count);
  if (modelling() && result == 0) {
    perform_plain_sync(
        {SyncOp::kBarrierInit, barrier, "pthread_barrier_init", HEDDLE_SITE(), count});
  }
  return result;
}

HEDDLE_EXPORT(int, pthread_barrier_destroy, pthread_barrier_t* barrier) {
  return modelling() ? destroy_barrier(barrier, HEDDLE_SITE())
                     : real_pthread_barrier_destroy(barrier);
}

HEDDLE_DOOR(int, pthread_barrier_wait, pthread_barrier_t* barrier) {
  return modelling() ? wait_barrier(barrier, HEDDLE_SITE()) : real_pthread_barrier_wait(barrier);
}
