// SPDX-License-Identifier: Apache-2.0
// A latch: a count that goes down to 0 once, and threads that wait for it.
//
// Contract
//   Thread safety    all members. May be destroyed as soon as one wait() has returned, if all
//                    others have: count_down() does not touch it after its one step.
//   Invariant        word_ holds the count and, in its highest bit, whether a thread may sleep.
//                    What is counted down in all never exceeds the count.
//   Memory ordering  everything before a count_down() happens-before what follows a wait(), or a
//                    try_wait() that returned true.
//   Progress         count_down() and try_wait() are wait-free. wait() blocks until the count is
//                    0.
//   Cost             4 bytes; one read-modify-write to count down, one load to find it done. A
//                    system call for each waiter that sleeps, and one to wake them all.
#pragma once

#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

template <class Orders = AsWritten>
class BasicLatch {
 public:
  enum Site { kDown, kLook, kAnnounce, kSites };

  /// `count` below 2^31.
  explicit BasicLatch(std::uint32_t count) : word_(count) {}
  BasicLatch(const BasicLatch&) = delete;
  BasicLatch& operator=(const BasicLatch&) = delete;

  void count_down(std::uint32_t count = 1) {
    // release: everything before; pairs with acquire in wait() and try_wait(). All that count down
    // are one release sequence, so the last value brings them all.
    const std::uint32_t before =
        word_.fetch_sub(count, Orders::at(kDown, std::memory_order_release));
    if (before == (count | kSleeper)) {
      futex_wake_all(word_);
    }
  }

  bool try_wait() const { return (look() & kCount) == 0; }

  void wait() {
    std::uint32_t word = look();
    while ((word & kCount) != 0) {
      if ((word & kSleeper) == 0) {
        // acquire: as look(), if the count has come to 0 in the meantime.
        word =
            word_.fetch_or(kSleeper, Orders::at(kAnnounce, std::memory_order_acquire)) | kSleeper;
      } else {
        futex_wait(word_, word);
        word = look();
      }
    }
  }

  void arrive_and_wait() {
    count_down();
    wait();
  }

 private:
  static constexpr std::uint32_t kSleeper = 0x80000000;
  static constexpr std::uint32_t kCount = 0x7fffffff;

  // acquire: what went before the count came to 0; pairs with release in count_down().
  std::uint32_t look() const { return word_.load(Orders::at(kLook, std::memory_order_acquire)); }

  FutexWord word_;
};

using Latch = BasicLatch<>;

}  // namespace primitives
