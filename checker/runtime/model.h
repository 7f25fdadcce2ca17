// SPDX-License-Identifier: Apache-2.0
// What the doors call: the one interface between foreign entry points (intercept/) and the model.
//
// Every door first asks modelling(). If false, the caller is ordinary code (no exploration, the
// explorer itself, heddle::outside, or a foreign OS thread) and the door passes the call through to
// the real function. If true, the caller is a model thread on its fiber, and the door converts its
// arguments and calls one of the functions below, which may switch fibers and return much later.
//
// Invariants: all model code runs on one OS thread. Nothing here throws. A function marked
// [[noreturn]] leaves the model thread for good. No door holds a libc lock while it calls in here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/base/ids.h"
#include "checker/graph/operation.h"
#include "checker/runtime/side_stack.h"
#include "heddle/report.h"

namespace heddle::runtime {

/// Registers of the caller at a door, stored by the door's entry code: see intercept/door.h. They,
/// and the stack from `rsp` up, are the thread's state for spin recognition.
struct DoorState {
  std::uint64_t rsp, rbx, rbp, r12, r13, r14, r15;
};

extern "C" [[gnu::visibility("hidden")]] bool heddle_modelling;
extern "C" [[gnu::visibility("hidden")]] DoorState heddle_door;
extern "C" [[gnu::visibility("hidden")]] DoorState heddle_registers;
extern "C" [[gnu::visibility("hidden")]] std::uintptr_t heddle_stack_low;
extern "C" [[gnu::visibility("hidden")]] std::uintptr_t heddle_stack_size;
// What the functions below call aside.
extern "C" [[gnu::visibility("hidden")]] HeddleAside heddle_perform_access;
extern "C" [[gnu::visibility("hidden")]] HeddleAside heddle_plain_read;
extern "C" [[gnu::visibility("hidden")]] HeddleAside heddle_plain_write;

/// Notes that a thread which is not a model thread runs instrumented code: the finding
/// `foreign_thread`. Returns false: its call is not modelled. May be called on any OS thread.
bool note_foreign_thread(std::uintptr_t site);

/// True when the caller is model code. False in the runtime's own code, in heddle::outside, and on
/// a stack that is not the running model thread's: then another OS thread runs the program's code.
[[gnu::always_inline]] inline bool modelling() {
  if (__builtin_expect(!heddle_modelling, 1)) {
    return false;
  }
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (__builtin_expect(here - heddle_stack_low < heddle_stack_size, 1)) {
    return true;
  }
  return note_foreign_thread(reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
}

/// A visible operation as a door asks for it.
struct Request {
  graph::Operation
      operation;  ///< Without location, initial, fingerprint, effects: the engine fills them.
  const volatile void* address =
      nullptr;              ///< The atomic or the synchronisation object; null for fences, choices.
  std::uintptr_t site = 0;  ///< Return address into the caller.
  bool timed = false;       ///< May time out; `operation.sync` is then a timed form.
  std::uint64_t deadline = 0;  ///< Virtual nanoseconds (of the monotonic clock) of a timed request.
  bool fingerprinted =
      false;              ///< heddle_door is valid: the operation may be part of a pure spin loop.
  const char* name = "";  ///< Of the called function, for reports: "pthread_mutex_lock".
};

/// Performs one visible operation and returns: the value read (atomic load, rmw, compare-exchange:
/// the old value, also when it failed), SyncOutcome::result (sync), the outcome (choice), else 0.
/// Waits as long as the operation is not enabled. Updates memory for atomics. For 16-byte atomics
/// the values in operand/expected/result are ids of intern_wide().
std::uint64_t perform(const Request& request);
/// The same for the atomic access of 1, 2, 4 or 8 bytes whose operation begins with `head`, which
/// graph::operation_head() makes; for a HEDDLE_DOOR.
inline std::uint64_t perform_access(std::uint64_t head, const volatile void* address,
                                    std::uint64_t operand, std::uint64_t expected,
                                    std::uintptr_t site) {
  return heddle_call_aside(&heddle_perform_access, head, reinterpret_cast<std::uintptr_t>(address),
                           operand, expected, site);
}
std::uint64_t intern_wide(const void* sixteen_bytes);
void wide_value(std::uint64_t id, void* sixteen_bytes);

/// A plain access of model code, about to happen. `site` is the return address into the caller.
inline void plain_read(const volatile void* address, std::size_t size, std::uintptr_t site) {
  heddle_call_aside(&heddle_plain_read, reinterpret_cast<std::uintptr_t>(address), size, site, 0,
                    0);
}
inline void plain_write(const volatile void* address, std::size_t size, std::uintptr_t site) {
  heddle_call_aside(&heddle_plain_write, reinterpret_cast<std::uintptr_t>(address), size, site, 0,
                    0);
}

void function_entry(std::uintptr_t caller);
void function_exit();

/// Adds to the number of regions around the calling thread in which plain reads, or writes, are not
/// compared with other accesses.
void ignore_accesses(int reads, int writes);
/// Races on the memory are no findings in the rest of the execution, but warnings. `why` may be
/// null.
void annotate_benign_race(const void* memory, std::size_t size, const char* why);

/// The object at `address` begins (pthread_*_init, sem_init) or ends its life.
void begin_object(const volatile void* address);
void end_object(const volatile void* address);

// Threads. `routine` runs on a new model thread with its own thread-local storage.
base::ThreadId current_thread();
/// Creates a model thread; the child's first step is up to the schedule. Returns its id, or
/// kMaxThreads when the limit is reached (which is also a finding).
base::ThreadId create_thread(void* (*routine)(void*), void* argument, std::uintptr_t site);
/// Waits for the end of `thread` and returns its result.
void* join_thread(base::ThreadId thread, std::uintptr_t site);
/// Whether the thread has ended in a way the caller can see now (pthread_tryjoin_np): a read that
/// may go either way.
bool thread_has_ended(base::ThreadId thread, std::uintptr_t site);
/// Ends the calling thread with `result` after unwinding (pthread_exit). Does not return.
[[noreturn]] void exit_thread(void* result);
/// pthread_t of a model thread, the same in every execution; and back. False when unknown.
std::uint64_t native_handle(base::ThreadId thread);
bool from_native_handle(std::uint64_t handle, base::ThreadId* thread);
void set_detached(base::ThreadId thread);

// Processes. A forked one is a model thread whose memory is a copy of its parent's, but for what
// map_shared() gave: see engine_processes.cc.
/// The new process's thread; in that, 0.
base::ThreadId fork_process(std::uintptr_t site);
/// 0 in the process that the body began in.
std::uint32_t current_process();
std::uint32_t process_of(base::ThreadId thread);
/// _exit of a forked process.
[[noreturn]] void exit_process(int status);
/// Zeroed memory that processes forked later share. Null if there is none left.
void* map_shared(std::size_t size);
/// The calling thread has got, or gives up, the robust mutex at `address`.
void hold_robust(const volatile void* address, bool held);
/// Until the next call, what else would end the wait that the calling thread asks for.
struct OtherWay {
  graph::SyncOp sync;
  const volatile void* address;
  std::uint64_t argument;
};
void set_other_ways(const OtherWay* ways, std::size_t count);
/// Of the execution at hand: doors that keep something for one execution forget it at the next.
std::uint64_t run_serial();
/// A schedule point without effect (sched_yield); never an event.
void yield_thread();

// Memory. `caller` decides whose heap it is: model code's blocks come from the model's arenas.
/// True if the allocation that `caller` (a return address) asks for belongs to the model's heap.
bool allocates_in_model(std::uintptr_t caller);
enum class AllocationKind : std::uint8_t { kMalloc, kNew, kNewArray };
/// Null only when the arena is exhausted (also a finding). `alignment` is a power of two or 0.
void* allocate(std::size_t size, std::size_t alignment, AllocationKind kind, bool zero,
               std::uintptr_t site);
/// True if `block` lies in the model's arenas (then release() must be used), in or out of an
/// exploration.
bool in_model_heap(const void* block);
void release(void* block, AllocationKind kind, std::uintptr_t site);
std::size_t block_size(const void* block);
/// Whether the address lies in a block of the model's heap that has been released.
bool is_released(const volatile void* address);

// Virtual time, in nanoseconds.
std::uint64_t monotonic_now();
std::uint64_t realtime_now();
/// Sleeps until the monotonic deadline: a schedule point that moves the thread's clock.
void sleep_until(std::uint64_t deadline);

/// Number in [0, count) which the search enumerates; 0 is the default.
std::uint64_t choose(std::uint64_t count, std::uintptr_t site);
/// The thread stops here, the execution counts as blocked.
[[noreturn]] void assume_failed();
void observe(const char* name, std::size_t name_size, const char* value, std::size_t value_size);

// Hints for the search of cycles; see heddle/heddle.h.
void progress();
void ignore(const void* memory, std::size_t size);
void waits_for(const void* object);
void acquired(const void* object);
void set_priority(int priority);

/// A finding of this execution, in the calling thread. stop(): the thread ends here (no destructors
/// run).
void add_finding(FindingKind kind, const char* message);
/// The same for a check of the program's own that failed at `site`.
void fail(const char* message, std::size_t size, std::uintptr_t site);
/// `site`: where, if not at the last door.
[[noreturn]] void stop(FindingKind kind, const char* message, std::uintptr_t site = 0);

/// The calling model thread does something that is neither the model's nor in memory which the
/// model restores: opens a file, lets libc allocate. A run goes on from no state kept later than
/// this (checkpoint.h).
/// `call` at `site` did it: remembered, as what may explain that an execution cannot be repeated.
/// `changes`: it changes files or the like, which a later execution of a whole program may find.
void note_lasting_effect(const char* call = nullptr, std::uintptr_t site = 0, bool changes = false);

/// Deterministic pseudo-random 64 bits of the calling thread (rand, getrandom).
std::uint64_t random_bits();

/// Runs `run(argument)` outside the model.
void outside(void (*run)(void*), void* argument);

/// Registers a destructor of the calling model thread's thread-local storage.
void at_thread_exit(void (*destructor)(void*), void* object);
/// atexit and at_quick_exit handlers registered by model code. They run at the end of the process
/// where that is explored too (program.h); for a body they are forgotten with the execution.
void at_process_exit(void (*handler)(void*), void* argument, bool quick = false);
/// Whether the explored body is a whole program, so that end_process() may be called.
bool is_whole_program();
enum class ProcessEnd : std::uint8_t { kExit, kQuickExit, kAtOnce };
/// exit, quick_exit or _exit by the calling thread.
[[noreturn]] void end_process(int status, ProcessEnd how, std::uintptr_t site = 0);

// pthread keys, whose values are reset between executions. Keys below kFirstModelKey were made by
// libc before the exploration; note_older_key() tells their destructors.
inline constexpr std::uint32_t kFirstModelKey = 1024;
void note_older_key(std::uint32_t key, void (*destructor)(void*));
int key_create(std::uint32_t* key, void (*destructor)(void*));
int key_delete(std::uint32_t key);
void* key_get(std::uint32_t key);
int key_set(std::uint32_t key, const void* value);

}  // namespace heddle::runtime
