// SPDX-License-Identifier: Apache-2.0
// A suspended thread, copied and put back.
#include "checker/runtime/checkpoint.h"

#include <emmintrin.h>

#include "checker/base/check.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/side_stack.h"

namespace heddle::runtime {
namespace {

/// The range of stack that reset_fiber() prepares.
std::uintptr_t window_of(const Fiber& fiber) {
  const std::size_t size = fiber.stack_size < kZeroedStackTop ? fiber.stack_size : kZeroedStackTop;
  return fiber.stack_high() - size;
}

/// The first word of [begin, end) that is not zero, or `end`. Both are multiples of 8.
std::uintptr_t first_nonzero(std::uintptr_t begin, std::uintptr_t end) {
  for (; begin + 64 <= end; begin += 64) {
    const auto* at = reinterpret_cast<const __m128i_u*>(begin);
    const __m128i any = (at[0] | at[1]) | (at[2] | at[3]);
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(any, _mm_setzero_si128())) != 0xffff) {
      break;
    }
  }
  while (begin < end && *reinterpret_cast<const volatile std::uint64_t*>(begin) == 0) {
    begin += 8;
  }
  return begin;
}

/// The stack's zeroed part is kept as a whole, dead bytes included: frames to come will have holes
/// that show them, and fingerprints must not depend on whether a run began here.
std::uintptr_t first_kept(const ModelThread& thread, std::uintptr_t stack_pointer) {
  const std::uintptr_t window = window_of(thread.fiber);
  stack_pointer = round_down(stack_pointer, 8);
  return stack_pointer < window ? stack_pointer : first_nonzero(window, stack_pointer);
}

void append(ByteLog* to, std::uintptr_t begin, std::uintptr_t end) {
  to->append(reinterpret_cast<const void*>(begin), end - begin);
}

/// Copies back, and returns what is behind.
const std::byte* put(const std::byte* from, std::uintptr_t begin, std::uintptr_t end) {
  raw_copy_vectors(reinterpret_cast<void*>(begin), from, end - begin);
  return from + (end - begin);
}

/// Mostly both are empty.
template <class T>
void assign(std::vector<T>* to, const std::vector<T>& from) {
  if (!from.empty() || !to->empty()) {
    *to = from;
  }
}

}  // namespace

std::uintptr_t program_stack_pointer(const ModelThread& thread, std::uintptr_t side_top) {
  const auto suspended = reinterpret_cast<std::uintptr_t>(thread.fiber.stack_pointer);
  if (thread.fiber.holds(suspended)) {
    return suspended;
  }
  return *reinterpret_cast<const std::uintptr_t*>(side_top - kSideStackMark);
}

void save_thread(const ModelThread& thread, ThreadCheckpoint* out, ByteLog* bytes) {
  const ThreadSlots& slots = process_state().slots;
  const std::uintptr_t side_top = slots.slot(thread.id).side_stack;
  const std::uintptr_t stack_top = thread.fiber.stack_high();
  out->id = thread.id;
  out->run = thread;
  out->request = thread.request;
  out->door = thread.door;
  out->registers = thread.registers;
  out->stack_pointer = thread.fiber.stack_pointer;
  out->stack_low = stack_top;
  out->side_low = side_top;
  if (thread.state != ThreadState::kEnded) {
    const auto suspended = reinterpret_cast<std::uintptr_t>(thread.fiber.stack_pointer);
    out->stack_low = first_kept(thread, program_stack_pointer(thread, side_top));
    out->side_low = thread.fiber.holds(suspended) ? side_top : suspended;
    append(bytes, out->stack_low, stack_top);
    append(bytes, out->side_low, side_top);
  }
  slots.save_tls(thread.id, bytes->extend(slots.tls_image_bytes()));
  out->calls = thread.depth < kCallStackDepth ? thread.depth : kCallStackDepth;
  bytes->append(thread.calls.data(), out->calls * sizeof(std::uintptr_t));
  bytes->append(thread.sites.data(), thread.cursor * sizeof(std::uintptr_t));
  assign(&out->exit_functions, thread.exit_functions);
  assign(&out->specific, thread.specific);
}

const std::byte* restore_thread(const ThreadCheckpoint& from, const std::byte* bytes,
                                ModelThread* thread) {
  ThreadSlots& slots = process_state().slots;
  const ThreadSlot& slot = slots.slot(from.id);
  thread->end_run();
  static_cast<ThreadRun&>(*thread) = from.run;
  thread->request = from.request;
  thread->door = from.door;
  thread->registers = from.registers;
  thread->clock = nullptr;
  thread->stuck = false;
  thread->expired.clear();
  thread->times.clear();
  assign(&thread->exit_functions, from.exit_functions);
  assign(&thread->specific, from.specific);
  thread->fiber.stack_pointer = from.stack_pointer;
  const std::uintptr_t window = window_of(thread->fiber);
  if (from.run.state != ThreadState::kEnded && from.stack_low > window) {
    raw_zero_vectors(reinterpret_cast<void*>(window), from.stack_low - window);
  }
  bytes = put(bytes, from.stack_low, thread->fiber.stack_high());
  bytes = put(bytes, from.side_low, slot.side_stack);
  slots.restore_tls(from.id, bytes);
  bytes += slots.tls_image_bytes();
  const std::size_t calls = from.calls * sizeof(std::uintptr_t);
  raw_copy_vectors(thread->calls.data(), bytes, calls);
  bytes += calls;
  const std::size_t sites = thread->cursor * sizeof(std::uintptr_t);
  raw_copy_vectors(thread->sites.data(), bytes, sites);
  return bytes + sites;
}

}  // namespace heddle::runtime
