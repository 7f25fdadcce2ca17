// SPDX-License-Identifier: Apache-2.0
// What the primitives leave to their user: how a spinning thread passes its time, and (for the
// tests) which memory order an operation really has. And the one loop in which they spin.
#pragma once

#include <atomic>
#include <thread>

#include "primitives/annotate.h"

namespace primitives {

/// std::atomic_thread_fence. For seq_cst the code of clang++ is mfence, of g++ an idle locked
/// instruction, which does the same for ordinary memory in a fraction of the time: the latter.
inline void fence(std::memory_order order) {
#if defined(__x86_64__) && !defined(PRIMITIVES_ANNOTATED)
  if (order == std::memory_order_seq_cst) {
    asm volatile("lock orl $0, (%%rsp)" ::: "memory", "cc");
    return;
  }
#endif
  std::atomic_thread_fence(order);
}

/// Gives the processor to another thread after each look. The default: with more threads than
/// processors, spinning without it costs whole time slices. One system call a look.
struct Yield {
  static void relax() { std::this_thread::yield(); }
};

/// Tells the processor that it spins, and looks again at once: shortest hand-over, if every waiting
/// thread has a processor of its own.
struct Pause {
  static void relax() { __builtin_ia32_pause(); }
};

/// Each operation has the memory order that its line says. Tests put another type in its place that
/// weakens one `site` of a primitive, and must then see the exploration fail.
struct AsWritten {
  static consteval std::memory_order at(int /*site*/, std::memory_order written) { return written; }
};

/// Looks until `look` returns true, and relaxes in between. An iteration that fails must have no
/// effect, so that nobody can tell how many there were.
template <class Wait, class Look>
void wait_until(const Look& look) {
  while (!look()) {
    Wait::relax();
  }
}

}  // namespace primitives
