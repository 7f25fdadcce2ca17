// SPDX-License-Identifier: Apache-2.0
// An unbounded queue from many threads to one (Vyukov, "Non-intrusive MPSC node-based queue",
// 2008).
//
// Contract
//   Thread safety    any thread pushes; one pops. Destroyed when all are done.
//   Invariant        the nodes behind first_ hold the values, oldest first; first_ itself is a
//                    node whose value is gone. newest_ is the last node. Between the two steps of
//                    a push the list ends before that push's node, whatever was pushed behind it.
//   Memory ordering  a push happens-before what follows the pop of its value.
//   Progress         push() is wait-free but for the allocation, try_pop() is wait-free; it finds
//                    nothing if the next value's push is between its two steps.
//   Cost             16 bytes, a cache line apart; a heap block a value. One read-modify-write
//                    and a store to push, a load to pop.
#pragma once

#include <atomic>
#include <utility>

#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Orders = AsWritten>
class BasicMpscQueue {
 public:
  enum Site { kEnter, kLink, kNext, kReuse, kSpare, kSites };

  BasicMpscQueue() : BasicMpscQueue(new Node) {}
  ~BasicMpscQueue() {
    T value;
    while (try_pop(value)) {
    }
    delete first_;
    // relaxed: all threads are done.
    delete spare_.load(std::memory_order_relaxed);
  }
  BasicMpscQueue(const BasicMpscQueue&) = delete;
  BasicMpscQueue& operator=(const BasicMpscQueue&) = delete;

  template <class U>
  void push(U&& value) {
    Node* const node = new_node();
    node->slot.put(std::forward<U>(value));
    // release: the node, for who links behind it; acquire: the node in front. Each pairs with the
    // other here.
    Node* const front = newest_.exchange(node, Orders::at(kEnter, std::memory_order_acq_rel));
    // release: the value; pairs with acquire in try_pop().
    front->next.store(node, Orders::at(kLink, std::memory_order_release));
  }

  /// False, and `value` as it was, if there is nothing.
  bool try_pop(T& value) {
    // acquire: the value, and that its pusher has left first_; pairs with release in push().
    Node* const next = first_->next.load(Orders::at(kNext, std::memory_order_acquire));
    if (next == nullptr) {
      return false;
    }
    next->slot.take(value);
    keep(std::exchange(first_, next));
    return true;
  }

 private:
  struct Node {
    std::atomic<Node*> next{nullptr};
    Slot<T> slot;
  };

  explicit BasicMpscQueue(Node* node) : newest_(node), first_(node) {}

  /// One node that was popped serves again, which saves most queues their allocations.
  Node* new_node() {
    // relaxed: a hint.
    if (spare_.load(std::memory_order_relaxed) != nullptr) {
      // acquire: that the consumer is done with it; pairs with release in keep().
      Node* const spare = spare_.exchange(nullptr, Orders::at(kReuse, std::memory_order_acquire));
      if (spare != nullptr) {
        // relaxed: nobody knows the node yet.
        spare->next.store(nullptr, std::memory_order_relaxed);
        return spare;
      }
    }
    return new Node;
  }

  void keep(Node* node) {
    // relaxed: only the consumer makes it other than null.
    if (spare_.load(std::memory_order_relaxed) == nullptr) {
      // release: its value is gone; pairs with acquire in new_node().
      spare_.store(node, Orders::at(kSpare, std::memory_order_release));
    } else {
      delete node;
    }
  }

  alignas(kCacheLine) std::atomic<Node*> newest_;
  std::atomic<Node*> spare_{nullptr};
  alignas(kCacheLine) Node* first_;  // The consumer's.
};

template <class T>
using MpscQueue = BasicMpscQueue<T>;

}  // namespace primitives
