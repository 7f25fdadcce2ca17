// SPDX-License-Identifier: Apache-2.0
// A counting semaphore that serves in the order of arrival: a ticket lock with more than one place
// at the counter (compare Dice and Kogan, "TWA", Euro-Par 2019, section 5, on ticket semaphores).
// acquire(n) draws n numbers at once, release(n) calls the next n.
//
// Contract
//   Thread safety    all members; any thread may release.
//   Invariant        drawn_ - called_ (counted from the last wrap) is at most 0 by the number of
//                    free permits, or the number of permits that waiting threads still lack.
//   Memory ordering  everything before a release() happens-before what follows an acquire() that
//                    got its permit from it, or a later one.
//   Progress         starvation-free under a fair scheduler if permits come back; FIFO: a thread
//                    that has drawn its numbers gets its permits before any that draws later,
//                    however many it wants. So acquire(1) waits behind acquire(3), though a permit
//                    is free. release() is wait-free.
//   Cost             8 bytes; uncontended one read-modify-write and one load, and one to release.
//                    Waiters spin on one word: O(waiters) cache traffic a release.
//
// Limits: permits free, held and wanted at a time are fewer than 2^(kNumberBits - 1) together.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

template <unsigned kNumberBits = 32, class Wait = Yield, class Orders = AsWritten>
requires(kNumberBits >= 2 && kNumberBits <= 32) class BasicFifoSemaphore {
 public:
  enum Site { kWait, kTry, kRelease, kSites };

  explicit BasicFifoSemaphore(std::uint32_t permits) : called_(permits * kOne) {}
  BasicFifoSemaphore(const BasicFifoSemaphore&) = delete;
  BasicFifoSemaphore& operator=(const BasicFifoSemaphore&) = delete;

  void acquire(std::uint32_t count = 1) {
    // relaxed: the numbers alone decide; what releasers did comes through called_.
    const std::uint32_t last =
        drawn_.fetch_add(count * kOne, std::memory_order_relaxed) + count * kOne;
    waits_for(this);
    // acquire: what went before the releases; pairs with release in release().
    wait_until<Wait>(
        [&] { return reached(called_.load(Orders::at(kWait, std::memory_order_acquire)), last); });
    acquired(this);
  }

  /// Takes the permits only if it need not wait. May fail although they have just become free, or
  /// when another thread draws at the same time.
  bool try_acquire(std::uint32_t count = 1) {
    // acquire: what went before the releases; pairs with release in release().
    const std::uint32_t called = called_.load(Orders::at(kTry, std::memory_order_acquire));
    std::uint32_t first = drawn_.load(std::memory_order_relaxed);  // relaxed: the exchange checks.
    const std::uint32_t last = first + count * kOne;
    // relaxed: as in acquire().
    if (!reached(called, last) ||
        !drawn_.compare_exchange_strong(first, last, std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {
      return false;
    }
    acquired(this);
    return true;
  }

  void release(std::uint32_t count = 1) {
    // release: everything before; pairs with acquire in acquire() and try_acquire(). Releases of
    // several threads form one release sequence, so that the last number called brings them all.
    called_.fetch_add(count * kOne, Orders::at(kRelease, std::memory_order_release));
  }

 private:
  static constexpr std::uint32_t kOne = std::uint32_t{1} << (32 - kNumberBits);

  static bool reached(std::uint32_t called, std::uint32_t last) {
    return static_cast<std::int32_t>(called - last) >= 0;
  }

  std::atomic<std::uint32_t> drawn_{0};
  std::atomic<std::uint32_t> called_;
};

using FifoSemaphore = BasicFifoSemaphore<>;

}  // namespace primitives
