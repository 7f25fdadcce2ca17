// SPDX-License-Identifier: Apache-2.0
// The rest of the ThreadSanitizer interface: function entries, and what programs may call
// themselves. Annotations that only say what the instrumented code does anyway have no effect.
#include "checker/intercept/door.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

/// Of __tsan_mutex_*, as in <sanitizer/tsan_interface.h>.
constexpr unsigned kReadLock = 1 << 3;
constexpr unsigned kTryLockFailed = 1 << 5;

/// A release or acquire that code declares: an object of its own, apart from what lies at
/// `address` and from the other `banks` there.
void note(SyncOp op, void* address, const char* name, std::uintptr_t site, unsigned bank = 0) {
  if (modelling()) {
    // Apart from the futex queue of the same address, too: bits 60 to 62 are never set in one.
    const auto key = reinterpret_cast<std::uintptr_t>(object_key(address)) |
                     std::uintptr_t{1} << 62 | std::uintptr_t{bank} << 60;
    perform_plain_sync({op, reinterpret_cast<void*>(key), name, site});
  }
}

constexpr unsigned kByWriters = 1;
constexpr unsigned kByReaders = 2;

void acquire_mutex(void* mutex, bool is_writer, const char* name, std::uintptr_t site) {
  note(SyncOp::kAcquireNote, mutex, name, site, kByWriters);
  if (is_writer) {
    note(SyncOp::kAcquireNote, mutex, name, site, kByReaders);
  }
}

void release_mutex(void* mutex, bool is_writer, const char* name, std::uintptr_t site) {
  note(SyncOp::kReleaseNote, mutex, name, site, is_writer ? kByWriters : kByReaders);
}

void ignore_accesses(int change, bool reads = true, bool writes = true) {
  if (modelling()) {
    runtime::ignore_accesses(reads ? change : 0, writes ? change : 0);
  }
}

void annotate_benign(void* address, std::size_t size, const char* why) {
  if (modelling()) {
    runtime::annotate_benign_race(address, size, why);
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

HEDDLE_EXPORT(void, WTFAnnotateHappensAfter, const char*, int, void* address) {
  note(SyncOp::kAcquireNote, address, "WTFAnnotateHappensAfter", HEDDLE_SITE());
}
HEDDLE_EXPORT(void, WTFAnnotateHappensBefore, const char*, int, void* address) {
  note(SyncOp::kReleaseNote, address, "WTFAnnotateHappensBefore", HEDDLE_SITE());
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

// Locks of the program's own. What lies between "pre" and "post" is the lock's inside: its plain
// accesses are not compared. An unlock releases, a lock acquires; as with a reader-writer lock of
// libc, a reader acquires only what writers have released. Nothing here waits: the lock itself
// does.
HEDDLE_EXPORT(void, __tsan_mutex_create, void*, unsigned) {}
HEDDLE_EXPORT(void, __tsan_mutex_destroy, void*, unsigned) {}
HEDDLE_EXPORT(void, __tsan_mutex_pre_lock, void*, unsigned) { ignore_accesses(1); }
HEDDLE_EXPORT(void, __tsan_mutex_post_lock, void* mutex, unsigned flags, int) {
  ignore_accesses(-1);
  if ((flags & kTryLockFailed) == 0) {
    acquire_mutex(mutex, (flags & kReadLock) == 0, "__tsan_mutex_post_lock", HEDDLE_SITE());
  }
}
HEDDLE_EXPORT(int, __tsan_mutex_pre_unlock, void* mutex, unsigned flags) {
  release_mutex(mutex, (flags & kReadLock) == 0, "__tsan_mutex_pre_unlock", HEDDLE_SITE());
  ignore_accesses(1);
  return 0;
}
HEDDLE_EXPORT(void, __tsan_mutex_post_unlock, void*, unsigned) { ignore_accesses(-1); }
HEDDLE_EXPORT(void, __tsan_mutex_pre_signal, void*, unsigned) { ignore_accesses(1); }
HEDDLE_EXPORT(void, __tsan_mutex_post_signal, void*, unsigned) { ignore_accesses(-1); }
HEDDLE_EXPORT(void, __tsan_mutex_pre_divert, void*, unsigned) { ignore_accesses(-1); }
HEDDLE_EXPORT(void, __tsan_mutex_post_divert, void*, unsigned) { ignore_accesses(1); }
HEDDLE_EXPORT(void, AnnotateRWLockAcquired, const char*, int, void* lock, long is_writer) {
  acquire_mutex(lock, is_writer != 0, "AnnotateRWLockAcquired", HEDDLE_SITE());
}
HEDDLE_EXPORT(void, AnnotateRWLockReleased, const char*, int, void* lock, long is_writer) {
  release_mutex(lock, is_writer != 0, "AnnotateRWLockReleased", HEDDLE_SITE());
}

// Regions whose accesses are not compared with others.
HEDDLE_EXPORT(void, __tsan_ignore_thread_begin) { ignore_accesses(1); }
HEDDLE_EXPORT(void, __tsan_ignore_thread_end) { ignore_accesses(-1); }
HEDDLE_EXPORT(void, AnnotateIgnoreReadsBegin, const char*, int) { ignore_accesses(1, true, false); }
HEDDLE_EXPORT(void, AnnotateIgnoreReadsEnd, const char*, int) { ignore_accesses(-1, true, false); }
HEDDLE_EXPORT(void, AnnotateIgnoreWritesBegin, const char*, int) {
  ignore_accesses(1, false, true);
}
HEDDLE_EXPORT(void, AnnotateIgnoreWritesEnd, const char*, int) { ignore_accesses(-1, false, true); }
HEDDLE_EXPORT(void, AnnotateBenignRace, const char*, int, void* address, const char* why) {
  annotate_benign(address, 1, why);
}
HEDDLE_EXPORT(void, AnnotateBenignRaceSized, const char*, int, void* address, std::size_t size,
              const char* why) {
  annotate_benign(address, size, why);
}
HEDDLE_EXPORT(void, WTFAnnotateBenignRaceSized, const char*, int, void* address, std::size_t size,
              const char* why) {
  annotate_benign(address, size, why);
}

#define HEDDLE_NO_EFFECT(name, ...) \
  HEDDLE_EXPORT(void, name __VA_OPT__(, ) __VA_ARGS__) {}
HEDDLE_NO_EFFECT(__tsan_flush_memory)
HEDDLE_NO_EFFECT(AnnotateCondVarSignal, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateCondVarSignalAll, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateCondVarWait, const char*, int, void*, void*)
HEDDLE_NO_EFFECT(AnnotateEnableRaceDetection, const char*, int, int)
HEDDLE_NO_EFFECT(AnnotateExpectRace, const char*, int, void*, const char*)
HEDDLE_NO_EFFECT(AnnotateFlushExpectedRaces, const char*, int)
HEDDLE_NO_EFFECT(AnnotateFlushState, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreSyncBegin, const char*, int)
HEDDLE_NO_EFFECT(AnnotateIgnoreSyncEnd, const char*, int)
HEDDLE_NO_EFFECT(AnnotateMemoryIsInitialized, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateMemoryIsUninitialized, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateMutexIsNotPHB, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateMutexIsUsedAsCondVar, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateNewMemory, const char*, int, void*, std::size_t)
HEDDLE_EXPORT(int, RunningOnValgrind) { return 0; }
HEDDLE_EXPORT(double, ValgrindSlowdown) { return 1; }
HEDDLE_EXPORT(const char*, ThreadSanitizerQuery, const char*) { return "0"; }
HEDDLE_NO_EFFECT(AnnotateNoOp, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQCreate, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQDestroy, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQGet, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePCQPut, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotatePublishMemoryRange, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateUnpublishMemoryRange, const char*, int, void*, std::size_t)
HEDDLE_NO_EFFECT(AnnotateRWLockCreate, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateRWLockCreateStatic, const char*, int, void*)
HEDDLE_NO_EFFECT(AnnotateRWLockDestroy, const char*, int, void*)
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
