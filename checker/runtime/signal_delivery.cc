// SPDX-License-Identifier: Apache-2.0
// From the engine's side stack back to the program's, where the handler runs.
#include "checker/runtime/signal_delivery.h"

#include "checker/runtime/engine.h"
#include "checker/runtime/kernel_objects.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/side_stack.h"

namespace heddle::runtime {

constinit Signals g_signals;
bool g_signals_met = false;

namespace {

/// Left free between an interrupted call on the side stack and those of the handler.
constexpr std::uintptr_t kApart = 1024;

/// For run_aside(), until it has taken them.
int g_signal = 0;
std::uintptr_t g_side_stack = 0;

/// On the program's stack.
void run_aside() {
  heddle_side_stack = g_side_stack;
  run_signal_handler(g_signal);
}

}  // namespace

const volatile void* signals_key() {
  return reinterpret_cast<const volatile void*>(kObjectBit | kSignalsAddress);
}

std::uint64_t accepted_signals(base::ThreadId thread) {
  return ~(g_signals.ignored | g_signals.blocked[thread]);
}

bool watches_signals(base::ThreadId thread) { return (g_signals.watching >> thread & 1) != 0; }

bool all_watch_signals() {
  const Engine& engine = *Engine::current();
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    if (engine.thread(id).state != ThreadState::kAbsent && !watches_signals(id)) {
      return false;
    }
  }
  return true;
}

void run_signal_handler(int signal) {
  Engine& engine = *Engine::current();
  const base::ThreadId thread = engine.self().id;
  const SignalHandler handler = g_signals.handlers[static_cast<std::size_t>(signal)];
  if (handler == nullptr) {
    engine.stop(FindingKind::kUnsupported,
                "the default action of a signal is not supported: install a handler, or ignore it");
  }
  const std::uint64_t before = g_signals.blocked[thread];
  g_signals.blocked[thread] |=
      g_signals.blocks[static_cast<std::size_t>(signal)] | signal_bit(signal);
  heddle_modelling = true;
  handler(signal);
  heddle_modelling = false;
  g_signals.blocked[thread] = before;
}

std::uint64_t Engine::take_signal(ModelThread& thread) {
  const std::uint64_t accepted = accepted_signals(thread.id);
  if (accepted == 0 || !watches_signals(thread.id)) {
    return 0;
  }
  Request request;
  request.operation.kind = graph::OpKind::kSync;
  request.operation.order = graph::MemoryOrder::kAcqRel;
  request.operation.sync = graph::SyncOp::kSignalTake;
  request.operation.operand = accepted;
  request.address = signals_key();
  request.site = last_site_;
  request.name = "signal";
  return perform_once(request);
}

/// On the side stack, before the thread's operation: handlers of what has arrived.
void Engine::deliver_signals(ModelThread& thread) {
  if (explores_states()) {
    stop(FindingKind::kUnsupported, "signals are not supported by the search of cycles");
  }
  every_step_ = g_signals_met = true;  // No operation takes the short way past this.
  const DoorState door = heddle_door;
  const DoorState registers = heddle_registers;
  while (const std::uint64_t signal = take_signal(thread)) {
    const std::uintptr_t top = process_state().slots.slot(thread.slot).side_stack - kSideStackMark;
    const std::size_t used = g_signals.side_used[thread.id];
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    g_side_stack = (here - kApart) & ~std::uintptr_t{15};
    g_signal = static_cast<int>(signal);
    g_signals.side_used[thread.id] = top - g_side_stack;
    heddle_call_back(&run_aside);
    g_signals.side_used[thread.id] = used;
    heddle_side_stack = top - used;
  }
  heddle_door = door;
  heddle_registers = registers;
}

/// On the thread's own stack, at its end.
void Engine::deliver_last_signals(ModelThread& thread) {
  heddle_modelling = false;
  while (const std::uint64_t signal = take_signal(thread)) {
    run_signal_handler(static_cast<int>(signal));
  }
}

}  // namespace heddle::runtime
