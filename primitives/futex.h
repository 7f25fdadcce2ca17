// SPDX-License-Identifier: Apache-2.0
// Linux' futex: a thread sleeps while a word keeps a value, until another wakes it (Franke, Russell
// and Kirkwood, "Fuss, Futexes and Furwocks", OLS 2002). What the blocking primitives wait with.
//
// Contract
//   Thread safety    all functions. Waking touches the address, not the word: the word may be
//                    gone by then. So wake-ups can reach a sleeper on other memory at that
//                    address, and every wait must look again when it returns.
//   Memory ordering  nothing may be built on it: words carry their own.
//   Cost             one system call each, within this process.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <limits>

namespace primitives {

using FutexWord = std::atomic<std::uint32_t>;
static_assert(sizeof(FutexWord) == sizeof(std::uint32_t) && FutexWord::is_always_lock_free);

/// Sleeps if `word` is `expected`; comparing and falling asleep are one step. Returns when woken,
/// when the word differs, or for no reason.
inline void futex_wait(const FutexWord& word, std::uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

/// Wakes up to `count` threads that sleep on `word`.
inline void futex_wake(const FutexWord& word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

inline void futex_wake_all(const FutexWord& word) {
  futex_wake(word, std::numeric_limits<int>::max());
}

}  // namespace primitives
