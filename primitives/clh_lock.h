// SPDX-License-Identifier: Apache-2.0
// A queue lock in which each thread spins on its predecessor's word (CLH; Craig, 1993; Magnusson,
// Landin and Hagersten, IPPS 1994). A thread takes part through a Seat of its own, which has the
// interface of a mutex:
//
//   ClhLock lock;                   // shared
//   ClhLock::Seat seat(lock);       // one a thread
//   std::lock_guard guard(seat);
//
// Contract
//   Thread safety    one thread a Seat; Seats of one lock may be made, used and destroyed by
//                    different threads at once. A Seat must not be destroyed while it is locked,
//                    nor the lock before its Seats.
//   Invariant        each node belongs to exactly one seat, or is the tail. A node's `held` is true
//                    from before its seat enters the queue until that seat unlocks.
//   Memory ordering  what a holder did happens-before what the next holder does.
//   Progress         starvation-free under a fair scheduler; FIFO: once a thread is in the queue,
//                    each other thread gets the lock at most once before it. Entering and unlock()
//                    are wait-free.
//   Cost             8 bytes a lock; 24 a seat; one heap block each. Uncontended one
//                    read-modify-write. O(1) cache traffic a hand-over.
#pragma once

#include <atomic>

#include "primitives/annotate.h"
#include "primitives/policies.h"

namespace primitives {

template <class Wait = Yield, class Orders = AsWritten>
class BasicClhLock {
  struct Node {
    std::atomic<bool> held{false};
  };

 public:
  enum Site { kEnter, kWait, kRelease, kSites };

  /// BasicLockable; not recursive.
  class Seat {
   public:
    explicit Seat(BasicClhLock& lock) : lock_(lock), own_(new Node) {}
    ~Seat() { delete own_; }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    void lock() {
      // relaxed: nobody knows the node yet; published by the exchange.
      own_->held.store(true, std::memory_order_relaxed);
      // release: own_->held; acquire: the predecessor's. Each pairs with the other here.
      front_ = lock_.tail_.exchange(own_, Orders::at(kEnter, std::memory_order_acq_rel));
      waits_for(&lock_);
      // acquire: the last critical section; pairs with release in unlock().
      wait_until<Wait>(
          [&] { return !front_->held.load(Orders::at(kWait, std::memory_order_acquire)); });
      acquired(&lock_);
    }

    void unlock() {
      Node* const released = own_;
      own_ = front_;  // Its last reader was this thread.
      // release: the critical section; pairs with acquire in lock(). From here on `released`
      // belongs to the successor, or is the tail.
      released->held.store(false, Orders::at(kRelease, std::memory_order_release));
    }

   private:
    BasicClhLock& lock_;
    Node* own_;
    Node* front_ = nullptr;
  };

  BasicClhLock() : tail_(new Node) {}
  ~BasicClhLock() {
    // relaxed: all seats are gone, and who destroys the lock knows it.
    delete tail_.load(std::memory_order_relaxed);
  }
  BasicClhLock(const BasicClhLock&) = delete;
  BasicClhLock& operator=(const BasicClhLock&) = delete;

 private:
  std::atomic<Node*> tail_;
};

using ClhLock = BasicClhLock<>;

}  // namespace primitives
