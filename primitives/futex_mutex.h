// SPDX-License-Identifier: Apache-2.0
// A mutex whose waiters sleep in the kernel (the third mutex of Drepper, "Futexes are tricky",
// 2011), after a short spin.
//
// Contract
//   Thread safety    all members; unlock() by the thread that holds it.
//   Invariant        word_ is kFree, kHeld or kContended; it is kContended whenever a thread
//                    sleeps and none that was woken is on its way to set it again.
//   Memory ordering  what a holder did happens-before what the next holder does.
//   Progress         deadlock-free; others may barge in before a thread that was woken.
//   Cost             4 bytes; uncontended one read-modify-write to lock and one to unlock. A
//                    waiter costs two system calls, its own and the holder's, unless spinning is
//                    enough.
#pragma once

#include "primitives/annotate.h"
#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

/// BasicLockable and Lockable; not recursive. Looks kSpins times before it sleeps.
template <int kSpins = 40, class Orders = AsWritten>
class BasicFutexMutex {
 public:
  enum Site { kTake, kContend, kRelease, kSites };

  BasicFutexMutex() = default;
  BasicFutexMutex(const BasicFutexMutex&) = delete;
  BasicFutexMutex& operator=(const BasicFutexMutex&) = delete;

  void lock() {
    if (!take()) {
      waits_for(this);
      wait();
    }
    acquired(this);
  }

  bool try_lock() {
    const bool taken = take();
    if (taken) {
      acquired(this);
    }
    return taken;
  }

  void unlock() {
    // release: the critical section; pairs with acquire in take() and wait().
    if (word_.exchange(kFree, Orders::at(kRelease, std::memory_order_release)) == kContended) {
      futex_wake(word_, 1);
    }
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;

  bool take() {
    std::uint32_t free = kFree;
    // acquire: the last critical section; pairs with release in unlock().
    return word_.compare_exchange_strong(free, kHeld, Orders::at(kTake, std::memory_order_acquire),
                                         std::memory_order_relaxed);
  }

  [[gnu::noinline]] void wait() {
    for (int spin = 0; spin < kSpins; ++spin) {
      Pause::relax();
      // relaxed: a hint; take() decides.
      if (word_.load(std::memory_order_relaxed) == kFree && take()) {
        return;
      }
    }
    // Leaves kContended behind, though nobody may sleep any more: who was woken cannot know.
    // acquire: the last critical section; pairs with release in unlock().
    while (word_.exchange(kContended, Orders::at(kContend, std::memory_order_acquire)) != kFree) {
      futex_wait(word_, kContended);
    }
  }

  FutexWord word_{kFree};
};

using FutexMutex = BasicFutexMutex<>;

}  // namespace primitives
