// SPDX-License-Identifier: Apache-2.0
// Tells a debugger of findings: see debug_stop.h.
#include <array>

#include "checker/runtime/debug_stop.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/side_stack.h"

extern "C" {
HeddleDebugThread heddle_debug_threads[64];
const char* heddle_debug_message = nullptr;

[[gnu::noinline]] void heddle_debug_stop() { asm volatile("" ::: "memory"); }
}

namespace heddle::runtime {
namespace {

/// Texts that the table points to.
std::array<std::string, base::kMaxThreads> g_names;
std::array<std::string, base::kMaxThreads> g_states;
std::string g_message;

std::string describe(const ModelThread& thread) {
  switch (thread.state) {
    case ThreadState::kEnded:
      return "has ended";
    case ThreadState::kParked:
      return thread.parked == Parked::kSpin     ? "spins"
             : thread.parked == Parked::kExited ? "has ended the process"
                                                : "was stopped";
    case ThreadState::kFrontier:
    case ThreadState::kStuck:
      return std::string("is about to ") + thread.request.name;
    default:
      return "can go on";
  }
}

std::uint64_t word_at(std::uint64_t address) {
  return *reinterpret_cast<const std::uint64_t*>(address);
}

/// Where a suspended thread goes on in the program's code, as far as its stacks say.
void fill_registers(const ModelThread& thread, const ThreadSlot& slot, HeddleDebugThread* out) {
  const auto suspended = reinterpret_cast<std::uint64_t>(thread.fiber.stack_pointer);
  if (thread.state == ThreadState::kEnded || suspended == 0) {
    return;
  }
  if (thread.fiber.holds(suspended)) {
    const SuspendedRegisters own = suspended_registers(thread.fiber);
    out->rip = own.rip;
    out->rsp = own.rsp;
    out->rbp = own.rbp;
    out->rbx = own.rbx;
    out->r12 = own.r12;
    out->r13 = own.r13;
    out->r14 = own.r14;
    out->r15 = own.r15;
    return;
  }
  const DoorState& door = thread.door;
  if (thread.request.fingerprinted && thread.fiber.holds(door.rsp)) {
    out->rip = word_at(door.rsp);
    out->rsp = door.rsp + 8;
    out->rbp = door.rbp;
    out->rbx = door.rbx;
    out->r12 = door.r12;
    out->r13 = door.r13;
    out->r14 = door.r14;
    out->r15 = door.r15;
    return;
  }
  const std::uint64_t frame = word_at(slot.side_stack - kSideStackMark);
  if (thread.fiber.holds(frame)) {
    out->rip = word_at(frame + 8);
    out->rsp = frame + 16;
    out->rbp = word_at(frame);
  }
}

}  // namespace

void Engine::tell_debugger(const RawFinding& finding) {
  if (!program().is_debugged || recording_) {
    return;
  }
  const bool modelling = heddle_modelling;
  heddle_modelling = false;
  g_message = std::string(to_string(finding.kind)) + ": " + finding.message;
  for (const RawParticipant& part : finding.participants) {
    g_message += (g_message.back() == ' ' ? "" : "; ") + thread_name(part.thread) + " " + part.verb;
  }
  heddle_debug_message = g_message.c_str();
  for (const auto& thread : threads_) {
    HeddleDebugThread& out = heddle_debug_threads[thread->id];
    out = {};
    if (thread->state == ThreadState::kAbsent) {
      continue;
    }
    g_names[thread->id] = thread_name(thread->id);
    out.name = g_names[thread->id].c_str();
    out.is_current = running_ == thread.get() ? 1 : 0;
    g_states[thread->id] = out.is_current != 0 ? "is where this happens" : describe(*thread);
    out.state = g_states[thread->id].c_str();
    if (out.is_current == 0) {
      fill_registers(*thread, process_state().slots.slot(thread->slot), &out);
    }
  }
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t side_top =
      running_ != nullptr ? process_state().slots.slot(running_->slot).side_stack : 0;
  if (side_top - here < ThreadSlots::kSideStackSize) {
    heddle_call_back(&heddle_debug_stop);
  } else {
    heddle_debug_stop();
  }
  heddle_modelling = modelling;
}

}  // namespace heddle::runtime
