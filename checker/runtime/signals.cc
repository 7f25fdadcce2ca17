// SPDX-License-Identifier: Apache-2.0
// Crash handlers on an alternate stack.
#include "checker/runtime/signals.h"

#include <signal.h>
#include <sys/syscall.h>

#include "checker/base/check.h"
#include "checker/runtime/globals.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/signals_action.h"
#include "checker/runtime/thread_slots.h"

namespace heddle::runtime {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr std::size_t kSignalCount = sizeof kSignals / sizeof kSignals[0];
/// In the page fault's error code: the access was a write.
constexpr std::uint64_t kWriteFault = 2;
constexpr std::size_t kAlternateStack = std::size_t{256} * 1024;

struct Installation {
  Globals* globals = nullptr;
  const ThreadSlots* slots = nullptr;
  CrashHandler handler = nullptr;
  std::int32_t os_thread = 0;
  struct sigaction previous[kSignalCount] = {};
  stack_t previous_stack = {};
  void* stack = nullptr;
};
Installation g_installation;

/// Lets the handler that was there before see the same fault: it happens again on return.
void pass_on(int signal) {
  for (std::size_t i = 0; i < kSignalCount; ++i) {
    if (kSignals[i] == signal) {
      set_action(signal, g_installation.previous[i]);
    }
  }
}

Crash describe(int signal, const siginfo_t& info, ucontext_t* context) {
  Crash crash;
  crash.signal = signal;
  crash.code = info.si_code;
  crash.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  crash.pc = static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]);
  crash.stack_pointer = static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RSP]);
  crash.context = context;
  crash.on_installer = raw_syscall(SYS_gettid) == g_installation.os_thread;
  if (g_installation.slots != nullptr) {
    const ThreadSlots& slots = *g_installation.slots;
    crash.slot = slots.find_stack(crash.stack_pointer);
    const std::uint32_t overflown = slots.find_guard(crash.address);
    if (signal == SIGSEGV && overflown != base::kMaxThreads) {
      crash.stack_overflow =
          overflown == crash.slot || overflown == slots.find_guard(crash.stack_pointer);
      crash.slot = crash.stack_overflow ? overflown : crash.slot;
    }
  }
  return crash;
}

void on_crash(int signal, siginfo_t* info, void* context) {
  auto* interrupted = static_cast<ucontext_t*>(context);
  const auto error = static_cast<std::uint64_t>(interrupted->uc_mcontext.gregs[REG_ERR]);
  if (signal == SIGSEGV && info->si_code == SEGV_ACCERR && (error & kWriteFault) != 0 &&
      g_installation.globals != nullptr &&
      g_installation.globals->on_fault(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    return;
  }
  const Crash crash = describe(signal, *info, interrupted);
  if (g_installation.handler == nullptr || !g_installation.handler(crash)) {
    pass_on(signal);
  }
}

}  // namespace

void divert(ucontext_t* context, void (*target)(), void* stack_top) {
  auto* top = reinterpret_cast<std::uint64_t*>(
      round_down(reinterpret_cast<std::uintptr_t>(stack_top), 16) - 16);
  *--top = 0;  // In place of a return address: backtraces end here.
  auto& registers = context->uc_mcontext.gregs;
  registers[REG_RIP] = reinterpret_cast<greg_t>(target);
  registers[REG_RSP] = reinterpret_cast<greg_t>(top);
  registers[REG_RBP] = 0;
  // Direction, trap and alignment-check flags may be the reason for the crash.
  registers[REG_EFL] &= ~greg_t{0x400 | 0x100 | 0x40000};
}

void install_crash_handlers(Globals* globals, const ThreadSlots* slots, CrashHandler handler) {
  HEDDLE_CHECK(g_installation.stack == nullptr);
  g_installation.globals = globals;
  g_installation.slots = slots;
  g_installation.handler = handler;
  g_installation.os_thread = static_cast<std::int32_t>(raw_syscall(SYS_gettid));
  g_installation.stack = raw_map(kAlternateStack);
  HEDDLE_CHECK(g_installation.stack != nullptr);
  stack_t stack{};
  stack.ss_sp = g_installation.stack;
  stack.ss_size = kAlternateStack;
  raw_syscall(SYS_sigaltstack, reinterpret_cast<long>(&stack),
              reinterpret_cast<long>(&g_installation.previous_stack));
  for (std::size_t i = 0; i < kSignalCount; ++i) {
    set_handler(kSignals[i], on_crash, &g_installation.previous[i]);
  }
}

void adopt_crash_handlers() {
  g_installation.os_thread = static_cast<std::int32_t>(raw_syscall(SYS_gettid));
}

void remove_crash_handlers() {
  if (g_installation.stack == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < kSignalCount; ++i) {
    set_action(kSignals[i], g_installation.previous[i]);
  }
  raw_syscall(SYS_sigaltstack, reinterpret_cast<long>(&g_installation.previous_stack));
  raw_unmap(g_installation.stack, kAlternateStack);
  g_installation = {};
}

const char* signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "a signal";
  }
}

}  // namespace heddle::runtime
