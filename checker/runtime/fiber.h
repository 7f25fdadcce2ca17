// SPDX-License-Identifier: Apache-2.0
// Fibers: stacks that one OS thread runs in turn.
//
// A switch is a dozen instructions in fiber_switch.S: it saves the registers that the System V ABI
// calls callee-saved, the x87 control word and mxcsr (a thread's rounding mode and its floating
// point flags are its own), exchanges the stack pointer and returns on the other stack. Nothing is
// allocated and no system call is made, so a fiber is restarted for each execution by reset().
//
// Entry point: reset() prepares, switch_fiber() runs. The function at the base of a fiber has call
// frame information that says "no caller": exceptions are caught inside the fiber, or terminate;
// unwinders and debuggers stop there.
//
// Invariants: the entry function never returns (it switches away for good instead). A fiber that
// runs has a stale stack_pointer; only suspended fibers may be switched to. The FS base is not part
// of a switch: see thread_slots.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::runtime {

struct Fiber {
  void* stack_pointer = nullptr;  ///< Of a suspended fiber; see SavedFrame in fiber.cc.
  void* stack_low = nullptr;      ///< Lowest usable byte; null for the explorer's own stack.
  std::size_t stack_size = 0;     ///< Bytes from stack_low.

  std::uintptr_t stack_high() const {
    return reinterpret_cast<std::uintptr_t>(stack_low) + stack_size;
  }
  /// Of a suspended fiber: mxcsr and the x87 control word in one.
  std::uint64_t float_control() const {
    const auto* saved = static_cast<const std::uint32_t*>(stack_pointer);
    return saved[0] | static_cast<std::uint64_t>(static_cast<std::uint16_t>(saved[1])) << 32;
  }
  bool holds(std::uintptr_t address) const {
    return address - reinterpret_cast<std::uintptr_t>(stack_low) < stack_size;
  }
};

/// What lies at the top of a stack is zeroed by reset(), so that a thread meets the same bytes in
/// each execution as far as it usually looks.
inline constexpr std::size_t kZeroedStackTop = 4096;

/// Prepares `fiber` to run entry(argument) from the start of its stack when it is next switched to.
/// Whatever it was doing is forgotten: no destructor runs. The fiber starts with `control` words,
/// by default those that the ABI gives a new thread. O(kZeroedStackTop).
struct FloatControl {
  std::uint32_t mxcsr = 0x1f80;
  std::uint16_t x87 = 0x037f;
};
void reset_fiber(Fiber& fiber, void (*entry)(void*), void* argument, FloatControl control = {});

extern "C" {
void heddle_fiber_switch(void** save, void* load);
[[noreturn]] void heddle_fiber_resume(void* load);
/// Calls function(argument) with zeros in the callee-saved registers, so that the program saves no
/// rubbish of ours; `*stack_top` is then where its part of the stack begins. Unwinders pass.
void* heddle_call_clean(void* (*function)(void*), void* argument, std::uintptr_t* stack_top);
}

/// Suspends `from`, which must be the running fiber, and continues `to`.
inline void switch_fiber(Fiber& from, Fiber& to) {
  heddle_fiber_switch(&from.stack_pointer, to.stack_pointer);
}

/// Continues `to` and forgets the running one: the way out of a crashed or finished fiber. May be
/// called on any stack.
[[noreturn]] inline void resume_fiber(const Fiber& to) { heddle_fiber_resume(to.stack_pointer); }

/// Where a suspended fiber will continue and its registers, for stack traces and fingerprints.
struct SuspendedRegisters {
  std::uint64_t rip, rsp, rbp, rbx, r12, r13, r14, r15;
};
SuspendedRegisters suspended_registers(const Fiber& fiber);

}  // namespace heddle::runtime
