// SPDX-License-Identifier: Apache-2.0
// Taking over the process and giving it back; what to do with signals while it is ours.
#include "checker/runtime/process_state.h"

#include <signal.h>
#include <sys/single_threaded.h>

#include <cstdio>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/fiber.h"
#include "checker/runtime/program.h"
#include "checker/runtime/reexec.h"
#include "checker/runtime/signals.h"

namespace heddle::runtime {
namespace {

/// What the signal handler leaves for the code that runs after it.
struct Interrupted {
  FindingKind kind = FindingKind::kCrash;
  Crash crash;
};
Interrupted g_interrupted;
HookCheck g_hook_check = nullptr;

alignas(16) char g_crash_stack[64 * 1024];

std::string crash_message(const Crash& crash) {
  if (crash.stack_overflow) {
    return "stack overflow: the thread's stack of " +
           std::to_string(process_state().slots.slot(crash.slot).fiber.stack_size / 1024) +
           " KiB is used up";
  }
  char text[128];
  std::snprintf(text, sizeof text, "%s at address 0x%llx", signal_name(crash.signal),
                static_cast<unsigned long long>(crash.address));
  std::string message = text;
  if (crash.address < 4096 && (crash.signal == 11 || crash.signal == 7)) {
    message += " (null pointer)";
  }
  return message;
}

/// Runs on g_crash_stack, outside the signal handler.
void after_signal() {
  heddle_modelling = false;
  set_fs_base(process_state().explorer_fs_base);
  Engine& engine = *Engine::current();
  if (g_interrupted.kind == FindingKind::kNoVisibleOperation) {
    engine.crashed(g_interrupted.kind,
                   "ran for seconds without any operation that other threads could see: an endless "
                   "loop, or a call that blocks",
                   g_interrupted.crash.pc);
  }
  engine.crashed(g_interrupted.kind, crash_message(g_interrupted.crash), g_interrupted.crash.pc);
}

void leave_fiber(ucontext_t* context) {
  divert(context, &after_signal, g_crash_stack + sizeof g_crash_stack);
}

bool on_crash(const Crash& crash) {
  Engine* engine = Engine::current();
  const bool between_runs = crash.on_installer && engine != nullptr && !engine->in_run();
  if (crash.signal == SIGSEGV && crash.code == SEGV_ACCERR &&
      process_state().library_watch.on_fault(crash.address, between_runs)) {
    return true;
  }
  if (engine == nullptr || !engine->on_fiber() || !crash.on_installer ||
      !HEDDLE_CLAUSE("crash.handler")) {
    return false;
  }
  g_interrupted = {FindingKind::kCrash, crash};
  if (program().is_debugged) {
    RawFinding finding;  // Told here, where the stack is still that of the crash.
    finding.kind = FindingKind::kCrash;
    finding.message = crash_message(crash);
    engine->tell_debugger(finding);
  }
  leave_fiber(crash.context);
  return true;
}

void on_stall(ucontext_t* context) {
  Engine* engine = Engine::current();
  if (engine == nullptr || !engine->on_fiber() || !HEDDLE_CLAUSE("watchdog.handler")) {
    return;
  }
  g_interrupted = {FindingKind::kNoVisibleOperation, {}};
  g_interrupted.crash.pc = static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]);
  leave_fiber(context);
}

/// Never destroyed: model threads' storage outlives static destructors.
alignas(ProcessState) char g_storage[sizeof(ProcessState)];

}  // namespace

ProcessState& g_process_state = *new (g_storage) ProcessState;

void register_hook_check(HookCheck check) { g_hook_check = check; }

std::string take_over(double quiet_seconds) {
  if (g_hook_check == nullptr) {
    return "this program is linked without Heddle's doors: link libheddle.so";
  }
  if (std::string problem = g_hook_check(); !problem.empty()) {
    return problem;
  }
  ProcessState& process = process_state();
  process.explorer_fs_base = fs_base();
  // libstdc++ counts shared_ptr references without atomics while a process has one thread.
  __libc_single_threaded = 0;
  process.modules.load();
  if (!process.arena.start()) {
    return "the addresses of Heddle's heap are taken in this process";
  }
  const std::size_t stack_size = program().stack_size;
  stack_size != 0 ? process.slots.start(process.modules, stack_size)
                  : process.slots.start(process.modules);
  if (process.slots.prepare(0) != SlotError::kNone) {
    return "no memory or OS thread for the first model thread";
  }
  process.globals.start(process.modules, program().strings);
  install_crash_handlers(&process.globals, &process.slots, &on_crash);
  process.foreign_site = 0;
  WatchdogOptions watchdog;
  watchdog.seconds = quiet_seconds;
  process.watchdog.enable(quiet_seconds > 0);
  if (!process.watchdog.start(&process.progress, &on_stall, watchdog)) {
    give_back();
    return "no OS thread for the watchdog";
  }
  return {};
}

void take_over_copy() {
  adopt_crash_handlers();
  process_state().watchdog.watch_by_timer();
}

void give_back() {
  ProcessState& process = process_state();
  process.watchdog.stop();
  process.library_watch.disarm();
  remove_crash_handlers();
  process.globals.stop();
}

}  // namespace heddle::runtime
