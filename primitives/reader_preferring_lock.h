// SPDX-License-Identifier: Apache-2.0
// A reader-writer lock whose readers never wait for a writer that waits (the first problem of
// Courtois, Heymans and Parnas, CACM 1971; in one word, as the simple reader-preference lock of
// Mellor-Crummey and Scott, PPoPP 1991).
//
// Contract
//   Thread safety    all members; unlock() by the thread that wrote, unlock_shared() by one that
//                    reads. Fewer than 2^31 readers.
//   Invariant        bit 0 of state_ says that a writer is inside; the rest counts readers,
//                    inside or waiting for that writer. A writer goes in when state_ is 0.
//   Memory ordering  what a writer did happens-before what later readers and writers do; what a
//                    reader did happens-before what later writers do; readers do not order each
//                    other.
//   Progress         under a fair scheduler no reader starves: once it has counted itself in,
//                    only the writer inside is before it. Writers may starve, and barge in before
//                    each other.
//   Cost             4 bytes; uncontended one read-modify-write to enter and one to leave, for
//                    either side. Waiters spin on the shared word.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

/// SharedLockable and Lockable without the timed forms and try_lock_shared(): a reader that has
/// counted itself in stays. Readers may read again inside; a writer may not lock again.
template <class Wait = Yield, class Orders = AsWritten>
class BasicReaderPreferringLock {
 public:
  enum Site { kRead, kReadAwaited, kReadDone, kWrite, kWriteDone, kSites };

  BasicReaderPreferringLock() = default;
  BasicReaderPreferringLock(const BasicReaderPreferringLock&) = delete;
  BasicReaderPreferringLock& operator=(const BasicReaderPreferringLock&) = delete;

  void lock() {
    waits_for(this);
    while (!enter()) {
      // relaxed: a hint, so that waiting does not write; enter() decides.
      wait_until<Wait>([&] { return state_.load(std::memory_order_relaxed) == 0; });
    }
    acquired(this);
  }

  bool try_lock() {
    const bool entered = enter();
    if (entered) {
      acquired(this);
    }
    return entered;
  }

  void unlock() {
    // release: the critical section; pairs with acquire in lock_shared() and enter().
    state_.fetch_sub(kWriter, Orders::at(kWriteDone, std::memory_order_release));
  }

  void lock_shared() {
    // acquire: the last writer, if none is inside; pairs with release in unlock().
    const std::uint32_t before =
        state_.fetch_add(kReader, Orders::at(kRead, std::memory_order_acquire));
    waits_for(this);
    if ((before & kWriter) != 0) {
      // acquire: that writer; pairs with release in unlock().
      wait_until<Wait>([&] {
        return (state_.load(Orders::at(kReadAwaited, std::memory_order_acquire)) & kWriter) == 0;
      });
    }
    acquired(this);
  }

  void unlock_shared() {
    // release: that reading is over; pairs with acquire in enter().
    state_.fetch_sub(kReader, Orders::at(kReadDone, std::memory_order_release));
  }

 private:
  static constexpr std::uint32_t kWriter = 1;
  static constexpr std::uint32_t kReader = 2;

  bool enter() {
    std::uint32_t nobody = 0;
    // acquire: what writers and readers did; pairs with release in unlock() and unlock_shared().
    return state_.compare_exchange_strong(
        nobody, kWriter, Orders::at(kWrite, std::memory_order_acquire), std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> state_{0};
};

using ReaderPreferringLock = BasicReaderPreferringLock<>;

}  // namespace primitives
