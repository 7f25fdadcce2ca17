// SPDX-License-Identifier: Apache-2.0
// pthread_once, C11's call_once and the guards of function-local statics.
#include "checker/intercept/door.h"
#include "checker/intercept/locks.h"
#include "checker/intercept/real.h"

#include <threads.h>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_once);
HEDDLE_REAL(call_once);
HEDDLE_REAL_AS(__cxa_guard_acquire, int(std::uint64_t*));
HEDDLE_REAL_AS(__cxa_guard_release, void(std::uint64_t*));
HEDDLE_REAL_AS(__cxa_guard_abort, void(std::uint64_t*));

/// glibc's value of a control word whose routine has run.
constexpr int kDone = 2;

struct OnceCall {
  void* control;
  void (*routine)();
  RealFunction<int(pthread_once_t*, void (*)())>* real;
};

void run_real_once(void* argument) {
  const auto* call = static_cast<const OnceCall*>(argument);
  (*call->real)(static_cast<pthread_once_t*>(call->control), call->routine);
}

/// Ends the initialisation however the routine is left: by return, exception or thread exit.
class Initialisation {
 public:
  Initialisation(const volatile void* key, Caller caller) : key_(key), caller_(caller) {}
  Initialisation(const Initialisation&) = delete;
  Initialisation& operator=(const Initialisation&) = delete;
  void succeeded() { op_ = SyncOp::kOnceDone; }
  ~Initialisation() { perform_plain_sync({op_, key_, caller_.name, caller_.site}); }

 private:
  const volatile void* key_;
  Caller caller_;
  SyncOp op_ = SyncOp::kOnceAbort;
};

bool begins(const volatile void* key, Caller caller) {
  return perform_sync({SyncOp::kOnceBegin, key, caller.name, caller.site}) == 0;
}

}  // namespace

void run_once(volatile void* control, void (*routine)(), Caller caller) {
  if (__atomic_load_n(static_cast<volatile int*>(control), __ATOMIC_ACQUIRE) == kDone) {
    return;  // It has run before the exploration: the model leaves the word alone.
  }
  if (begins(control, caller)) {
    Initialisation initialisation(control, caller);
    routine();
    initialisation.succeeded();
  }
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_DOOR(int, pthread_once, pthread_once_t* control, void (*routine)()) {
  if (!modelling()) {
    return real_pthread_once(control, routine);
  }
  if (!is_model_memory(control)) {
    // The C++ library's own: its effect is meant to last as long as the process.
    if (__atomic_load_n(control, __ATOMIC_ACQUIRE) == kDone) {
      return 0;
    }
    OnceCall call{control, routine, &real_pthread_once};
    heddle::runtime::outside(&run_real_once, &call);
    return 0;
  }
  run_once(control, routine, {HEDDLE_SITE(), "pthread_once"});
  return 0;
}

HEDDLE_DOOR(void, call_once, once_flag* flag, void (*routine)()) {
  if (!modelling()) {
    real_call_once(flag, routine);
    return;
  }
  run_once(flag, routine, {HEDDLE_SITE(), "call_once"});
}

// The guard's first byte is read by the compilers' inlined fast path as an atomic; the state of the
// initialisation is an object of its own.
HEDDLE_DOOR(int, __cxa_guard_acquire, std::uint64_t* guard) {
  if (!modelling() || !is_model_memory(guard)) {
    return real___cxa_guard_acquire(guard);
  }
  return begins(object_key(guard), {HEDDLE_SITE(), "initialisation of a local static"});
}

HEDDLE_DOOR(void, __cxa_guard_release, std::uint64_t* guard) {
  if (!modelling() || !is_model_memory(guard)) {
    real___cxa_guard_release(guard);
    return;
  }
  heddle::runtime::Request request;
  request.operation.kind = OpKind::kStore;
  request.operation.order = MemoryOrder::kRelease;
  request.operation.size = 1;
  request.operation.operand = 1;
  request.address = guard;
  request.site = HEDDLE_SITE();
  request.name = "initialised local static";
  perform_request(request);
  perform_plain_sync(
      {SyncOp::kOnceDone, object_key(guard), "initialised local static", HEDDLE_SITE()});
}

HEDDLE_DOOR(void, __cxa_guard_abort, std::uint64_t* guard) {
  if (!modelling() || !is_model_memory(guard)) {
    real___cxa_guard_abort(guard);
    return;
  }
  perform_plain_sync({SyncOp::kOnceAbort, object_key(guard), "failed local static", HEDDLE_SITE()});
}
