// SPDX-License-Identifier: Apache-2.0
// A test-and-set spin lock that tests first (TTAS; Rudolph and Segall, ISCA 1984).
//
// Contract
//   Thread safety    all members; unlock() by the thread that holds it.
//   Invariant        held_ is true from the exchange that returned false to the store in
//                    unlock().
//   Memory ordering  what a holder did happens-before what the next holder does.
//   Progress         deadlock-free; no waiting thread is promised anything: others may barge in
//                    for ever. The fair counterparts are ticket_lock.h, mcs_lock.h, clh_lock.h.
//   Cost             one byte; uncontended one read-modify-write and one store. Every release
//                    reaches all waiters' caches: O(waiters) traffic a hand-over.
#pragma once

#include <atomic>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

/// BasicLockable and Lockable; not recursive.
template <class Wait = Yield, class Orders = AsWritten>
class BasicTestAndSetLock {
 public:
  enum Site { kTake, kRelease, kSites };

  BasicTestAndSetLock() = default;
  BasicTestAndSetLock(const BasicTestAndSetLock&) = delete;
  BasicTestAndSetLock& operator=(const BasicTestAndSetLock&) = delete;

  void lock() {
    waits_for(this);
    while (!take()) {
      wait_until<Wait>([&] { return looks_free(); });
    }
    acquired(this);
  }

  bool try_lock() {
    const bool taken = looks_free() && take();
    if (taken) {
      acquired(this);
    }
    return taken;
  }

  void unlock() {
    // release: the critical section; pairs with acquire in take().
    held_.store(false, Orders::at(kRelease, std::memory_order_release));
  }

 private:
  // relaxed: a hint, so that waiting does not write; take() decides.
  bool looks_free() const { return !held_.load(std::memory_order_relaxed); }

  bool take() {
    // acquire: the last critical section; pairs with release in unlock().
    return !held_.exchange(true, Orders::at(kTake, std::memory_order_acquire));
  }

  std::atomic<bool> held_{false};
};

using TestAndSetLock = BasicTestAndSetLock<>;

}  // namespace primitives
