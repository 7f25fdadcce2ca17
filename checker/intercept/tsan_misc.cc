// SPDX-License-Identifier: Apache-2.0
// The rest of the ThreadSanitizer interface: function entries, and what programs may call
// themselves. Annotations that only say what the instrumented code does anyway have no effect;
// those that ask for races to be ignored have none either, so that the races are reported.
#include "checker/intercept/door.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

/// A release or acquire that code declares: an object of its own, apart from what lies at
/// `address`.
void note(SyncOp op, void* address, const char* name, std::uintptr_t site) {
  if (modelling()) {
    // Apart from the futex queue of the same address, too: bit 62 is never set in one.
    const auto key = reinterpret_cast<std::uintptr_t>(object_key(address)) | std::uintptr_t{1}
                                                                                 << 62;
    perform_plain_sync({op, reinterpret_cast<void*>(key), name, site});
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(void, __tsan_init) {}

HEDDLE_EXPORT(void, __tsan_func_entry, void* caller) {
  if (modelling()) {
    runtime::function_entry(reinterpret_cast<std::uintptr_t>(caller));
  }
}
HEDDLE_EXPORT(void, __tsan_func_exit) {
  if (modelling()) {
    runtime::function_exit();
  }
}

HEDDLE_EXPORT(void, __tsan_acquire, void* address) {
  note(SyncOp::kAcquireNote, address, "__tsan_acquire", HEDDLE_SITE());
}
HEDDLE_EXPORT(void, __tsan_release, void* address) {
  note(SyncOp::kReleaseNote, address, "__tsan_release", HEDDLE_SITE());
}
HEDDLE_EXPORT(void, AnnotateHappensAfter, const char*, int, void* address) {
  note(SyncOp::kAcquireNote, address, "AnnotateHappensAfter", HEDDLE_SITE());
}
HEDDLE_EXPORT(void, AnnotateHappensBefore, const char*, int, void* address) {
  note(SyncOp::kReleaseNote, address, "AnnotateHappensBefore", HEDDLE_SITE());
}

HEDDLE_EXPORT(void, __tsan_external_read, void* address, void* caller, void*) {
  if (modelling()) {
    runtime::plain_read(address, 1, reinterpret_cast<std::uintptr_t>(caller));
  }
}
HEDDLE_EXPORT(void, __tsan_external_write, void* address, void* caller, void*) {
  if (modelling()) {
    runtime::plain_write(address, 1, reinterpret_cast<std::uintptr_t>(caller));
  }
}
HEDDLE_EXPORT(void*, __tsan_external_register_tag, const char*) { return nullptr; }
HEDDLE_EXPORT(void, __tsan_external_register_header, void*, const char*) {}
HEDDLE_EXPORT(void, __tsan_external_assign_tag, void*, void*) {}

// Fibers of the program's own would leave the stacks that the model knows.
#define HEDDLE_FIBER(result, name, ...)      \
  HEDDLE_EXPORT(result, name, __VA_ARGS__) { \
    if (modelling()) {                       \
      stop_unsupported(#name);               \
    }                                        \
    return static_cast<result>(0);           \
  }
HEDDLE_FIBER(void*, __tsan_create_fiber, unsigned)
HEDDLE_FIBER(void, __tsan_destroy_fiber, void*)
HEDDLE_FIBER(void, __tsan_switch_to_fiber, void*, unsigned)
HEDDLE_EXPORT(void*, __tsan_get_current_fiber) { return nullptr; }
HEDDLE_EXPORT(void, __tsan_set_fiber_name, void*, const char*) {}

// Locks built from instrumented atomics need no annotation.
#define HEDDLE_NO_EFFECT(name, ...) \
  HEDDLE_EXPORT(void, name __VA_OPT__(, ) __VA_ARGS__) {}
HEDDLE_NO_EFFECT(__tsan_mutex_create, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_destroy, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_pre_lock, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_post_lock, void*, unsigned, int)
HEDDLE_EXPORT(int, __tsan_mutex_pre_unlock, void*, unsigned) { return 0; }
HEDDLE_NO_EFFECT(__tsan_mutex_post_unlock, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_pre_signal, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_post_signal, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_pre_divert, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_mutex_post_divert, void*, unsigned)
HEDDLE_NO_EFFECT(__tsan_ignore_thread_begin)
HEDDLE_NO_EFFECT(__tsan_ignore_thread_end)
HEDDLE_NO_EFFECT(__tsan_flush_memory)
HEDDLE_NO_EFFECT(AnnotateBenignRace, const char*, int, void*, const char*)
HEDDLE_NO_EFFECT(AnnotateBenignRaceSized, const char*, int, void*, std::size_t, const char*)
HEDDLE_NO_EFFECT(AnnotateCondVarSignal, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateCondVarSignalAll, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateCondVarWait, const char*, int, void*, void*)
HEDDLE_NO_EFFECT(AnnotateEnableRaceDetection, const char*, int, int)
HEDDLE_NO_EFFECT(AnnotateExpectRace, const char*, int, void*, const char*)
HEDDLE_NO_EFFECT(AnnotateFlushExpectedRaces, const char*, int)
HEDDLE_NO_EFFECT(AnnotateFlushState, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreReadsBegin, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreReadsEnd, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreSyncBegin, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreSyncEnd, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreWritesBegin, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreWritesEnd, const char*, int)
HEDDLE_NO_EFFECT(AnnotateMemoryIsInitialized, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateMemoryIsUninitialized, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateMutexIsNotPHB, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateMutexIsUsedAsCondVar, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateNewMemory, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateNoOp, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQCreate, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQDestroy, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQGet, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQPut, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePublishMemoryRange, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateUnpublishMemoryRange, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateRWLockAcquired, const char*, int, void*, long)
HEDDLE_NO_EFFECT(AnnotateRWLockCreate, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateRWLockCreateStatic, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateRWLockDestroy, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateRWLockReleased, const char*, int, void*, long)
HEDDLE_NO_EFFECT(AnnotateThreadName, const char*, int, const char*)
HEDDLE_NO_EFFECT(AnnotateTraceMemory, const char*, int, void*)

// Questions about a report of the other runtime: there is none.
HEDDLE_EXPORT(void*, __tsan_get_current_report) { return nullptr; }
HEDDLE_EXPORT(int, __tsan_get_report_data) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_tag) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_stack) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_mop) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_loc) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_loc_object_type) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_mutex) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_thread) { return 0; }
HEDDLE_EXPORT(int, __tsan_get_report_unique_tid) { return 0; }
