// SPDX-License-Identifier: Apache-2.0
// A counting semaphore (Dijkstra, 1965) whose waiters sleep in the kernel, and in which whoever
// comes at the right moment gets the permit: no line, no hand-over. The one that serves in order of
// arrival is fifo_semaphore.h.
//
// Contract
//   Thread safety    all members; any thread may release. release() does not touch the semaphore
//                    after its one step: who got the last permit may destroy it.
//   Invariant        word_ is twice the number of permits that nobody has (below 2^31), and one
//                    more if a thread may sleep. Who makes it even wakes all.
//   Memory ordering  everything before a release() happens-before what follows an acquire() or a
//                    try_acquire() that got a permit from it, or a later one.
//   Progress         deadlock-free if permits come back; a waiting thread may be passed by for
//                    ever. try_acquire() and release() are lock-free.
//   Cost             4 bytes; uncontended one load and one read-modify-write to acquire, the same
//                    to release. A system call to sleep, and one to wake all if anybody may
//                    sleep.
#pragma once

#include "primitives/annotate.h"
#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

template <class Orders = AsWritten>
class BasicCountingSemaphore {
 public:
  enum Site { kTake, kRelease, kSites };

  explicit BasicCountingSemaphore(std::uint32_t permits) : word_(permits * kPermit) {}
  BasicCountingSemaphore(const BasicCountingSemaphore&) = delete;
  BasicCountingSemaphore& operator=(const BasicCountingSemaphore&) = delete;

  /// Takes `count` permits at once. Who wants many may wait for ever beside those who want few.
  void acquire(std::uint32_t count = 1) {
    waits_for(this);
    while (!try_take(count)) {
      sleep(count);
    }
    acquired(this);
  }

  bool try_acquire(std::uint32_t count = 1) {
    const bool taken = try_take(count);
    if (taken) {
      acquired(this);
    }
    return taken;
  }

  void release(std::uint32_t count = 1) {
    // relaxed: what to try; the exchange decides.
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    // release: everything before; pairs with acquire in try_take().
    while (!word_.compare_exchange_weak(word, (word & ~kSleeper) + count * kPermit,
                                        Orders::at(kRelease, std::memory_order_release),
                                        std::memory_order_relaxed)) {
    }
    if ((word & kSleeper) != 0) {
      futex_wake_all(word_);
    }
  }

 private:
  static constexpr std::uint32_t kSleeper = 1;
  static constexpr std::uint32_t kPermit = 2;

  bool try_take(std::uint32_t count) {
    // relaxed: what to try; the exchange decides.
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    while (word >= count * kPermit) {
      // acquire: what went before the releases; pairs with release in release(). What several
      // threads add and take is one release sequence, so the last value brings them all.
      if (word_.compare_exchange_weak(word, word - count * kPermit,
                                      Orders::at(kTake, std::memory_order_acquire),
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  void sleep(std::uint32_t count) {
    // relaxed: says that a thread may sleep, no more; whatever it reads, try_take() looks again.
    const std::uint32_t word = word_.fetch_or(kSleeper, std::memory_order_relaxed) | kSleeper;
    if (word < count * kPermit) {
      futex_wait(word_, word);
    }
  }

  FutexWord word_;
};

using CountingSemaphore = BasicCountingSemaphore<>;

}  // namespace primitives
