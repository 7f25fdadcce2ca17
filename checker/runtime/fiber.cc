// SPDX-License-Identifier: Apache-2.0
// The first frame of a fiber, and how a suspended one is read.
#include "checker/runtime/fiber.h"

#include "checker/base/check.h"
#include "checker/runtime/raw_memory.h"

extern "C" [[gnu::visibility("hidden")]] void heddle_fiber_base();

namespace heddle::runtime {
namespace {

/// What fiber_switch.S leaves on the stack of a suspended fiber.
struct SavedFrame {
  std::uint32_t mxcsr;
  std::uint16_t x87;
  std::uint16_t unused;
  std::uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};
static_assert(sizeof(SavedFrame) == 64);

}  // namespace

void reset_fiber(Fiber& fiber, void (*entry)(void*), void* argument, FloatControl control) {
  const std::uintptr_t top = round_down(fiber.stack_high(), 16);
  const std::size_t zeroed =
      fiber.stack_size < kZeroedStackTop ? fiber.stack_size : kZeroedStackTop;
  raw_fill(reinterpret_cast<void*>(top - zeroed), 0, zeroed);
  // heddle_fiber_base starts with the stack pointer at a multiple of 16, as a call site has it.
  auto* frame = reinterpret_cast<SavedFrame*>(top - 16 - sizeof(SavedFrame));
  frame->mxcsr = control.mxcsr;
  frame->x87 = control.x87;
  frame->r12 = reinterpret_cast<std::uint64_t>(entry);
  frame->r13 = reinterpret_cast<std::uint64_t>(argument);
  frame->rip = reinterpret_cast<std::uint64_t>(&heddle_fiber_base);
  fiber.stack_pointer = frame;
}

SuspendedRegisters suspended_registers(const Fiber& fiber) {
  const auto* frame = static_cast<const SavedFrame*>(fiber.stack_pointer);
  HEDDLE_CHECK(frame != nullptr);
  return {frame->rip, reinterpret_cast<std::uint64_t>(frame + 1),
          frame->rbp, frame->rbx,
          frame->r12, frame->r13,
          frame->r14, frame->r15};
}

}  // namespace heddle::runtime
