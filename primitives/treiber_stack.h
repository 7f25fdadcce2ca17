// SPDX-License-Identifier: Apache-2.0
// A stack of nodes whose top is exchanged (Treiber, "Systems programming: coping with parallelism",
// IBM 1986), with hazard pointers against reading a node that is gone and against taking a new node
// at an old address for the old one (Michael, TPDS 2004, section 3.2).
//
// Contract
//   Thread safety    all members, each thread with a seat of its own of the domain. Destroyed
//                    when all are done, before or after the domain.
//   Invariant        the nodes from head_ on hold the values, youngest first. A node's `next`
//                    does not change once it is reachable, until nobody looks at the node any
//                    more; only then is it used again.
//   Memory ordering  a push happens-before what follows the pop of its value.
//   Progress         lock-free, but for memory.
//   Cost             8 bytes, and a heap block a value. push() is one load and one
//                    read-modify-write; try_pop() one read-modify-write and what protecting
//                    costs. A push with a seat uses a block that was popped with that seat again,
//                    if there is one that nobody looks at; without a seat it allocates.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "primitives/hazard_pointer.h"
#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Domain = HazardDomain, class Orders = AsWritten>
class BasicTreiberStack {
 public:
  enum Site { kPush, kSites };

  BasicTreiberStack() = default;
  ~BasicTreiberStack() {
    // relaxed: all threads are done.
    Node* node = head_.load(std::memory_order_relaxed);
    while (node != nullptr) {
      std::destroy_at(std::addressof(node->slot.value));
      delete std::exchange(node, node->next);
    }
  }
  BasicTreiberStack(const BasicTreiberStack&) = delete;
  BasicTreiberStack& operator=(const BasicTreiberStack&) = delete;

  template <class U>
  void push(U&& value) {
    put(std::unique_ptr<Node>(new Node), std::forward<U>(value));
  }

  template <class U>
  void push(typename Domain::Seat& seat, U&& value) {
    Node* const spent = seat.template reuse<Node>();
    put(std::unique_ptr<Node>(spent != nullptr ? spent : new Node), std::forward<U>(value));
  }

  /// False, and `value` as it was, if the stack is empty.
  bool try_pop(typename Domain::Seat& seat, T& value) {
    while (Node* const top = seat.protect(head_)) {
      Node* expected = top;
      // relaxed: protect() has acquired the node, and this publishes none.
      if (head_.compare_exchange_strong(expected, top->next, std::memory_order_relaxed,
                                        std::memory_order_relaxed)) {
        top->slot.take(value);
        seat.clear();
        seat.recycle(top);
        return true;
      }
    }
    seat.clear();
    return false;
  }

 private:
  struct Node {
    Slot<T> slot;
    Node* next;
  };

  template <class U>
  void put(std::unique_ptr<Node> owned, U&& value) {
    owned->slot.put(std::forward<U>(value));
    Node* const node = owned.release();
    // relaxed: what to try; the exchange decides.
    node->next = head_.load(std::memory_order_relaxed);
    // release: the node; pairs with acquire in Seat::protect(). All that push and pop are one
    // release sequence, so whoever sees a node sees those below it.
    while (!head_.compare_exchange_weak(node->next, node,
                                        Orders::at(kPush, std::memory_order_release),
                                        std::memory_order_relaxed)) {
    }
  }

  std::atomic<Node*> head_{nullptr};
};

template <class T>
using TreiberStack = BasicTreiberStack<T>;

}  // namespace primitives
