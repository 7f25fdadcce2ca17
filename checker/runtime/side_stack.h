// SPDX-License-Identifier: Apache-2.0
// The model's calls run beside the program's stack, not on it.
//
// A loop that does nothing is recognised by equal registers and stack bytes (spin.h), and frames of
// unoptimised code have holes that show whatever earlier calls left below. If the model's own
// frames were there, the holes would show its counters, and whether an operation was new or
// repeated. So each model thread has a second stack, and model.h's functions for operations and
// plain accesses enter the engine through here: on the program's stack only a return address and a
// frame pointer remain, the same each time.
//
// Invariants: heddle_side_stack is kSideStackMark below the top of the running thread's side stack,
// aligned to 16. What runs there never calls the program, so it is never entered twice; while it
// runs, the word at heddle_side_stack is the program's stack pointer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::runtime {
inline constexpr std::size_t kSideStackMark = 16;
}  // namespace heddle::runtime

extern "C" {
[[gnu::visibility("hidden")]] extern std::uintptr_t heddle_side_stack;

using HeddleAside = std::uint64_t(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                  std::uint64_t d, std::uint64_t e);

/// Calls function(a, b, c, d, e) on the side stack. Unwinders find the way through.
[[gnu::visibility("hidden")]] std::uint64_t heddle_call_aside(HeddleAside* function,
                                                              std::uint64_t a, std::uint64_t b,
                                                              std::uint64_t c, std::uint64_t d,
                                                              std::uint64_t e);

/// For a debugger: calls `function` on the program's stack again, from within a call aside.
[[gnu::visibility("hidden")]] void heddle_call_back(void (*function)());
}
