// SPDX-License-Identifier: Apache-2.0
// What the process has once, whatever is explored in it: modules, slots for threads, the heap of
// model code, globals to restore. Filled when the first exploration starts; lives until exit.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "checker/runtime/arena.h"
#include "checker/runtime/globals.h"
#include "checker/runtime/library_watch.h"
#include "checker/runtime/modules.h"
#include "checker/runtime/shared_memory.h"
#include "checker/runtime/thread_slots.h"
#include "checker/runtime/watchdog.h"

namespace heddle::runtime {

struct ProcessState {
  Modules modules;
  ThreadSlots slots;
  Arena arena;
  SharedMemory shared_memory;
  Globals globals;
  LibraryWatch library_watch;
  Watchdog watchdog;
  std::uintptr_t explorer_fs_base = 0;
  /// Grows at every door of model code; the watchdog looks at it.
  volatile std::uint64_t progress = 0;
  /// Where a thread that is not a model thread ran instrumented code; 0 if none did.
  std::atomic<std::uintptr_t> foreign_site{0};
};

extern ProcessState& g_process_state;
inline ProcessState& process_state() { return g_process_state; }

/// Tells the watchdog that model code is alive.
inline void count_progress() {
  ProcessState& process = process_state();
  process.progress = process.progress + 1;
}

/// Takes the process over for one exploration and gives it back. The calling OS thread becomes the
/// explorer. Returns an empty string, or why it cannot be done.
std::string take_over(double quiet_seconds);
/// The doors register how to tell whether calls reach them: an empty string, or what is wrong.
using HookCheck = std::string (*)();
void register_hook_check(HookCheck check);
void give_back();
/// In a forked copy of a process that is taken over: the copy's OS thread is the explorer now.
void take_over_copy();

}  // namespace heddle::runtime
