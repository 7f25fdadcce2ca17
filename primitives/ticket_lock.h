// SPDX-License-Identifier: Apache-2.0
// A ticket lock: draw a number, wait until it is called (Mellor-Crummey and Scott, TOCS 1991,
// section 2.2, without its proportional back-off).
//
// Contract
//   Thread safety    all members; unlock() by the thread that holds it. At most 2^kPlaceBits
//                    threads hold it or wait for it at a time.
//   Invariant        serving_ <= next_ counted from the last wrap; the difference is the number of
//                    threads that hold it or wait. Only the holder writes serving_.
//   Memory ordering  what a holder did happens-before what the next holder does.
//   Progress         starvation-free under a fair scheduler; FIFO: once a thread has drawn its
//                    ticket, each other thread gets the lock at most once before it.
//   Cost             8 bytes; uncontended one read-modify-write, two loads, one store. All waiters
//                    read the same word: O(waiters) cache traffic a hand-over.
//
// Numbers are counted in the upper kPlaceBits bits of a word, so that they wrap where the word
// does, at no cost. Fewer bits than 32 are for proofs under sequential consistency, which need few
// states. The memory model of C++ lets a load return an old value, and one that is a whole wrap old
// looks like the present one; with 32 bits it would be four thousand million acquisitions old.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

/// BasicLockable and Lockable; not recursive.
template <unsigned kPlaceBits = 32, class Wait = Yield, class Orders = AsWritten>
requires(kPlaceBits >= 1 && kPlaceBits <= 32) class BasicTicketLock {
 public:
  enum Site { kCalled, kCall, kFree, kSites };

  BasicTicketLock() = default;
  BasicTicketLock(const BasicTicketLock&) = delete;
  BasicTicketLock& operator=(const BasicTicketLock&) = delete;

  void lock() {
    // relaxed: the number alone decides; the holder's work comes through serving_.
    const std::uint32_t ticket = next_.fetch_add(kOne, std::memory_order_relaxed);
    waits_for(this);
    // acquire: the last critical section; pairs with release in unlock().
    wait_until<Wait>(
        [&] { return serving_.load(Orders::at(kCalled, std::memory_order_acquire)) == ticket; });
    acquired(this);
  }

  /// Draws a ticket only if it would be served at once. May fail although the lock has just become
  /// free.
  bool try_lock() {
    // acquire: the last critical section, if the lock is free; pairs with release in unlock().
    std::uint32_t ticket = serving_.load(Orders::at(kFree, std::memory_order_acquire));
    // relaxed: that next_ still is what is being served means that nobody holds the lock.
    if (!next_.compare_exchange_strong(ticket, ticket + kOne, std::memory_order_relaxed,
                                       std::memory_order_relaxed)) {
      return false;
    }
    acquired(this);
    return true;
  }

  void unlock() {
    // relaxed: only the holder writes serving_.
    const std::uint32_t own = serving_.load(std::memory_order_relaxed);
    // release: the critical section; pairs with acquire in lock() and try_lock().
    serving_.store(own + kOne, Orders::at(kCall, std::memory_order_release));
  }

 private:
  static constexpr std::uint32_t kOne = std::uint32_t{1} << (32 - kPlaceBits);

  std::atomic<std::uint32_t> next_{0};
  std::atomic<std::uint32_t> serving_{0};
};

using TicketLock = BasicTicketLock<>;

}  // namespace primitives
