// SPDX-License-Identifier: Apache-2.0
// Real OS threads for the runtime itself: made by libc's pthread_create, not by Heddle's door.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::runtime {

struct RealThreadStack {
  void* low = nullptr;  ///< Null: libc chooses a stack.
  std::size_t size = 0;
};

/// Starts a real OS thread with every signal blocked (but for the two that libc keeps to itself).
/// False if the system refuses. Must be called with an FS base of a live OS thread and outside the
/// model.
bool create_real_thread(void* (*routine)(void*), void* argument, RealThreadStack stack,
                        std::uint64_t* handle);
void join_real_thread(std::uint64_t handle);

/// Sleeps while *word == expected, at most `milliseconds` (0: for ever); may wake early.
void futex_wait(const volatile std::uint32_t* word, std::uint32_t expected,
                std::uint32_t milliseconds = 0);
void futex_wake(const volatile std::uint32_t* word);

}  // namespace heddle::runtime
