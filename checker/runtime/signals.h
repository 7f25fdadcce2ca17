// SPDX-License-Identifier: Apache-2.0
// Crashes of model code: SIGSEGV, SIGBUS, SIGFPE and SIGILL while exploring.
//
// The handlers run on an alternate stack, so that they also work when a fiber's stack has
// overflowed. First Globals is asked (most faults are its first writes to a page); then the
// engine's callback, which records the crash and diverts: when the handler returns, the kernel
// continues in a function of the scheduler instead of the crashed instruction. What neither wants
// goes to the handler that was there before.
//
// Invariants: nothing here calls an interposed function or allocates. The alternate stack belongs
// to the OS thread that called install(). The FS base is not touched: after a divert it is still
// the crashed thread's until the target changes it.
#pragma once

#include <ucontext.h>

#include <cstdint>

#include "checker/base/ids.h"

namespace heddle::runtime {

class Globals;
class ThreadSlots;

struct Crash {
  int signal = 0;
  int code = 0;                ///< si_code.
  std::uintptr_t address = 0;  ///< Of the access (SIGSEGV, SIGBUS) or the instruction.
  std::uintptr_t pc = 0;
  std::uintptr_t stack_pointer = 0;
  bool stack_overflow = false;             ///< The address lies in the guard pages of `slot`.
  std::uint32_t slot = base::kMaxThreads;  ///< Slot on whose stack (or guard) it happened, if any.
  bool on_installer = true;  ///< Whether it happened on the OS thread that called install().
  ucontext_t* context = nullptr;
};

/// True: handled, usually by divert(). False: not Heddle's business.
using CrashHandler = bool (*)(const Crash& crash);

/// Makes the interrupted OS thread continue in target(), as if called with an empty caller, on the
/// stack that ends at `stack_top`. `target` must not return. Only in a signal handler.
void divert(ucontext_t* context, void (*target)(), void* stack_top);

/// Installs the handlers and the alternate stack of the calling OS thread, or removes them again
/// and puts back what was there. At most one installation at a time. `globals` and `slots` may be
/// null.
void install_crash_handlers(Globals* globals, const ThreadSlots* slots, CrashHandler handler);
void remove_crash_handlers();
/// In a forked process: its OS thread is the one whose crashes are heeded.
void adopt_crash_handlers();

/// Name such as "SIGSEGV", for reports.
const char* signal_name(int signal);

}  // namespace heddle::runtime
