// SPDX-License-Identifier: Apache-2.0
// Recording mode: what each thread does becomes a step with its call stack.
#include <unwind.h>

#include <algorithm>
#include <utility>

#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {

using graph::Event;
using graph::OpKind;
using report::RawStep;
using report::StepKind;

namespace {

StepKind step_kind(const graph::Operation& operation) {
  switch (operation.kind) {
    case OpKind::kLoad:
      return operation.non_atomic ? StepKind::kPlainRead : StepKind::kLoad;
    case OpKind::kStore:
      return operation.non_atomic ? StepKind::kPlainWrite : StepKind::kStore;
    case OpKind::kRmw:
      return StepKind::kRmw;
    case OpKind::kCompareExchange:
      return StepKind::kCompareExchange;
    case OpKind::kFence:
      return StepKind::kFence;
    case OpKind::kSync:
      return StepKind::kSync;
    case OpKind::kThreadCreate:
      return StepKind::kThreadCreate;
    case OpKind::kThreadStart:
      return StepKind::kThreadStart;
    case OpKind::kThreadEnd:
      return StepKind::kThreadEnd;
    case OpKind::kThreadJoin:
      return StepKind::kThreadJoin;
    case OpKind::kChoice:
      return StepKind::kChoice;
  }
  return StepKind::kOther;
}

void describe_operation(RawStep& step, const graph::Operation& operation, const Request& request) {
  step.kind = step_kind(operation);
  step.order = operation.order;
  step.rmw = operation.rmw;
  step.sync = operation.sync;
  step.size = operation.size == 16 ? 0 : operation.size;
  step.range = operation.size;
  step.address = reinterpret_cast<std::uintptr_t>(request.address) & kAddressMask;
  if (operation.kind == OpKind::kThreadCreate || operation.kind == OpKind::kThreadJoin) {
    step.other = static_cast<base::ThreadId>(operation.operand);
  }
}

/// Whether `frame` lies on the thread's stack or on its side stack.
bool on_fiber_stack(const ModelThread& thread, std::uintptr_t frame) {
  const std::uintptr_t side = process_state().slots.slot(thread.slot).side_stack;
  return thread.fiber.holds(frame) || side - frame <= ThreadSlots::kSideStackSize;
}

struct Unwinding {
  std::vector<report::UnwoundFrame> frames;
  bool last_is_kept = false;
};

/// What libgcc calls the canonical frame address while it stands in a frame is the one of the
/// callee: this frame's stack pointer. Its own one comes with the next frame.
_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
  constexpr std::size_t kDeepest = 64;
  constexpr int kFramePointer = 6;
  auto& unwinding = *static_cast<Unwinding*>(argument);
  report::UnwoundFrame frame;
  frame.pc = _Unwind_GetIP(context);
  frame.stack_pointer = _Unwind_GetCFA(context);
  if (unwinding.last_is_kept) {
    unwinding.frames.back().canonical_address = frame.stack_pointer;
  }
  const Module* module = process_state().modules.lookup(frame.pc);
  unwinding.last_is_kept = frame.pc != 0 && module != nullptr && !module->is_heddle;
  if (unwinding.last_is_kept) {
    frame.frame_pointer = _Unwind_GetGR(context, kFramePointer);
    unwinding.frames.push_back(frame);
  }
  return unwinding.frames.size() < kDeepest ? _URC_NO_REASON : _URC_END_OF_STACK;
}

std::vector<std::uint64_t> pcs_of(const std::vector<report::UnwoundFrame>& frames) {
  std::vector<std::uint64_t> pcs;
  pcs.reserve(frames.size());
  for (const report::UnwoundFrame& frame : frames) {
    pcs.push_back(frame.pc);
  }
  return pcs;
}

}  // namespace

/// The running fiber's stack by its unwind tables, without Heddle's frames; costly, for recording
/// only.
std::vector<report::UnwoundFrame> Engine::unwind() const {
  Unwinding unwinding;
  _Unwind_Backtrace(&add_frame, &unwinding);
  return std::move(unwinding.frames);
}

/// The stack of `thread` at `site`: unwound where that can be done, else its instrumented callers.
void Engine::take_stack(RecordedStep& recorded, const ModelThread& thread,
                        std::uintptr_t site) const {
  if (recording_ && running_ == &thread &&
      on_fiber_stack(thread, reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)))) {
    recorded.frames = unwind();
    // What stands inside of a failed check is the function that reports it.
    const auto is_check = [&](const report::UnwoundFrame& frame) {
      return frame.pc == failed_check_;
    };
    const auto check = std::find_if(recorded.frames.begin(), recorded.frames.end(), is_check);
    if (check != recorded.frames.end()) {
      recorded.frames.erase(recorded.frames.begin(), check);
    }
  }
  recorded.step.pcs = recorded.frames.empty() ? call_stack(thread, site) : pcs_of(recorded.frames);
}

std::vector<std::uint64_t> Engine::stack_at(const ModelThread& thread, std::uintptr_t site) const {
  RecordedStep recorded;
  take_stack(recorded, thread, site);
  return std::move(recorded.step.pcs);
}

void Engine::record(ModelThread& thread, const Request& request, const Event& event,
                    const Event* write) {
  if (!recording_) {
    return;
  }
  RecordedStep recorded;
  RawStep& step = recorded.step;
  step.thread = thread.id;
  describe_operation(step, event.operation, request);
  const bool is_memory = event.operation.kind != OpKind::kSync &&
                         event.location != base::kNoLocation && event.operation.size != 16;
  if (is_memory || event.operation.kind == OpKind::kChoice) {
    step.has_read = event.kind != graph::EventKind::kWrite;
    step.read = event.value;
    if (event.kind == graph::EventKind::kWrite || write != nullptr) {
      step.has_written = true;
      step.written = write != nullptr ? write->value : event.value;
    }
  }
  step.blocked = event.blocked;
  if (step.kind == StepKind::kPlainWrite && !thread.wrote_at.empty()) {
    recorded.frames = std::exchange(thread.wrote_at, {});
    step.pcs = pcs_of(recorded.frames);
  } else {
    take_stack(recorded, thread, request.site);
  }
  recorded.event = {thread.id, thread.cursor};
  recorded.location = event.location;
  if (event.kind == graph::EventKind::kRead || event.rf.is_event()) {
    recorded.source = event.rf;
  }
  recorder_.add(std::move(recorded));
}

/// An operation that its thread waits in when the run ends.
void Engine::record_waiting(ModelThread& thread) {
  RecordedStep recorded;
  recorded.step.thread = thread.id;
  describe_operation(recorded.step, thread.request.operation, thread.request);
  recorded.step.blocked = true;
  recorded.step.important = true;
  recorded.frames = thread.asked_at;
  recorded.step.pcs =
      recorded.frames.empty() ? call_stack(thread, thread.request.site) : pcs_of(recorded.frames);
  recorder_.add(std::move(recorded));
}

/// A plain loop makes the same access again and again: one step stands for all of them.
bool Engine::is_repeated(ModelThread& thread, std::uintptr_t address, std::uintptr_t site) {
  const bool repeated = thread.recorded_site == site && thread.recorded_address == address &&
                        thread.recorded_at == thread.cursor + 1;
  thread.recorded_site = site;
  thread.recorded_address = address;
  thread.recorded_at = thread.cursor + 1;
  return repeated;
}

void Engine::record_plain(ModelThread& thread, std::uintptr_t address, std::size_t size, bool write,
                          std::uintptr_t site) {
  const bool is_event = promoted_.contains({address, static_cast<std::uint8_t>(size)});
  if (is_event) {  // The event of a write comes at the thread's next step, which is elsewhere.
    thread.wrote_at = write ? unwind() : std::vector<report::UnwoundFrame>();
    return;
  }
  if (!recorder_.interested(address, size) || is_repeated(thread, address, site)) {
    return;
  }
  RecordedStep recorded;
  RawStep& step = recorded.step;
  step.thread = thread.id;
  step.kind = write ? StepKind::kPlainWrite : StepKind::kPlainRead;
  step.address = address;
  step.range = size;
  step.important = true;
  if (size == 1 || size == 2 || size == 4 || size == 8) {
    step.size = static_cast<std::uint8_t>(size);
    if (write) {  // What is written will be in memory at the thread's next step.
      thread.open = {true, true, address, site, step.size, true, recorder_.steps().size()};
    } else {
      step.has_read = true;
      step.read = load_memory(address, step.size);
    }
  }
  take_stack(recorded, thread, site);
  recorder_.add(std::move(recorded));
}

void Engine::record_free(ModelThread& thread, std::uintptr_t address, std::size_t size,
                         std::uintptr_t site) {
  if (!recorder_.interested(address, size)) {
    return;
  }
  RecordedStep recorded;
  recorded.step.thread = thread.id;
  recorded.step.kind = StepKind::kFree;
  recorded.step.address = address;
  recorded.step.range = size;
  recorded.step.important = true;
  take_stack(recorded, thread, site);
  recorder_.add(std::move(recorded));
}

void Engine::record_allocation(const ModelThread& thread, const void* block, std::uintptr_t site) {
  recorder_.add_allocation(reinterpret_cast<std::uintptr_t>(block), stack_at(thread, site));
}

void Engine::record_failure(ModelThread& thread) {
  if (!recording_ || findings_.empty()) {
    return;
  }
  RecordedStep recorded;
  recorded.step.thread = thread.id;
  recorded.step.kind = StepKind::kOther;
  recorded.step.name = to_string(findings_.back().kind);
  recorded.step.failed = true;
  recorded.step.important = true;
  take_stack(recorded, thread, last_site_);
  recorder_.add(std::move(recorded));
}

}  // namespace heddle::runtime
