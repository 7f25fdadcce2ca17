// SPDX-License-Identifier: Apache-2.0
// A queue lock in which each thread spins on a word of its own (MCS; Mellor-Crummey and Scott, TOCS
// 1991), with the interface of a mutex: a thread's place in the queue lies on the stack of lock()
// and is left when the lock is got. That the lock itself then stands for the holder's place is the
// idea of K42's variant (Scott, "Shared-Memory Synchronization", 2013). Unlike it, a thread enters
// the queue by an exchange: entering is one step, at which nobody can fail again and again.
//
// Contract
//   Thread safety    all members; unlock() by the thread that holds it.
//   Invariant        tail_ is null (free), &holder_ (held, nobody waits) or the last place of the
//                    queue. holder_.next is null when tail_ is null; while the lock is held, it
//                    is the first waiter, or null if there is none or it has not linked itself
//                    yet.
//   Memory ordering  what a holder did happens-before what the next holder does.
//   Progress         starvation-free under a fair scheduler; FIFO: once a thread is in the queue,
//                    each other thread gets the lock at most once before it. Holder and unlock()
//                    wait for a successor that is between its two steps of entering.
//   Cost             24 bytes, and 16 on the stack while waiting; uncontended two
//                    read-modify-writes. O(1) cache traffic a hand-over.
#pragma once

#include <atomic>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

/// BasicLockable and Lockable; not recursive.
template <class Wait = Yield, class Orders = AsWritten>
class BasicMcsLock {
 public:
  enum Site { kEnter, kLink, kGo, kStand, kAwaited, kSeen, kFree, kHandOver, kTake, kSites };

  BasicMcsLock() = default;
  BasicMcsLock(const BasicMcsLock&) = delete;
  BasicMcsLock& operator=(const BasicMcsLock&) = delete;

  void lock() {
    if (take()) {
      waits_for(this);
      acquired(this);
      return;
    }
    Place place;
    // release: `place`, for who links behind it; pairs with acquire here.
    // acquire: the place in front, holder_.next or, if the lock was free, the last critical
    // section; pairs with release here, in leave() and in unlock().
    Place* const front = tail_.exchange(&place, Orders::at(kEnter, std::memory_order_acq_rel));
    waits_for(this);
    if (front != nullptr) {
      // release: `place`; pairs with acquire in unlock() and successor_of().
      front->next.store(&place, Orders::at(kLink, std::memory_order_release));
      // acquire: the last critical section; pairs with release in unlock().
      wait_until<Wait>([&] { return place.go.load(Orders::at(kGo, std::memory_order_acquire)); });
    }
    leave(place);
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
    // acquire: the successor's place; pairs with release in lock().
    Place* next = holder_.next.load(Orders::at(kSeen, std::memory_order_acquire));
    if (next == nullptr) {
      Place* alone = &holder_;
      // release: the critical section; pairs with acquire in lock() and take().
      if (tail_.compare_exchange_strong(alone, nullptr,
                                        Orders::at(kFree, std::memory_order_release),
                                        std::memory_order_relaxed)) {
        return;
      }
      next = successor_of(holder_);
    }
    // release: the critical section; pairs with acquire in lock().
    next->go.store(true, Orders::at(kHandOver, std::memory_order_release));
  }

 private:
  struct Place {
    std::atomic<Place*> next{nullptr};
    std::atomic<bool> go{false};
  };

  /// If the lock is free, holder_ stands for the holder's place from the beginning.
  bool take() {
    Place* free = nullptr;
    // acquire: the last critical section; pairs with release in unlock(). It publishes nothing:
    // what holder_.next is, was published by who freed the lock.
    return tail_.compare_exchange_strong(
        free, &holder_, Orders::at(kTake, std::memory_order_acquire), std::memory_order_relaxed);
  }

  /// The holder lets holder_ stand for its `place`, which nobody uses any more when this returns.
  void leave(Place& place) {
    // relaxed: published by the exchange of tail_, or read by this thread only.
    holder_.next.store(nullptr, std::memory_order_relaxed);
    Place* last = &place;
    // release: holder_.next, for who links there; pairs with acquire in lock().
    if (!tail_.compare_exchange_strong(last, &holder_,
                                       Orders::at(kStand, std::memory_order_release),
                                       std::memory_order_relaxed)) {
      // relaxed: read by this thread only, in unlock().
      holder_.next.store(successor_of(place), std::memory_order_relaxed);
    }
  }

  /// Waits for the thread that has entered behind `place` to link itself.
  Place* successor_of(Place& place) {
    Place* next = nullptr;
    wait_until<Wait>([&] {
      // acquire: the successor's place; pairs with release in lock().
      next = place.next.load(Orders::at(kAwaited, std::memory_order_acquire));
      return next != nullptr;
    });
    return next;
  }

  std::atomic<Place*> tail_{nullptr};
  Place holder_;
};

using McsLock = BasicMcsLock<>;

}  // namespace primitives
