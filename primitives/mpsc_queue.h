// SPDX-License-Identifier: Apache-2.0
// An unbounded queue from many threads to one (Vyukov, "Non-intrusive MPSC node-based queue",
// 2008).
//
// Contract
//   Thread safety    any thread pushes; one pops. Destroyed when all are done.
//   Invariant        the nodes behind first_ hold the values, oldest first; first_ itself is a node
//                    whose value is gone. newest_ is the last node. Between the two steps of a push
//                    the list ends before that push's node, whatever was pushed behind it.
//   Memory ordering  a push happens-before what follows the pop of its value.
//   Progress         push() is wait-free but for the allocation, try_pop() is wait-free; it finds
//                    nothing if the next value's push is between its two steps.
//   Cost             16 bytes, a cache line apart; a heap block a value. One read-modify-write and
//   a
//                    store to push, a load to pop.
#pragma once

#include <atomic>
#include <utility>

#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Orders = AsWritten>
class BasicMpscQueue {
 public:
  enum Site { kEnter, kLink, kNext, kSites };

  BasicMpscQueue() : BasicMpscQueue(new Node) {}
  ~BasicMpscQueue() {
    T value;
    while (try_pop(value)) {
    }
    delete first_;
  }
  BasicMpscQueue(const BasicMpscQueue&) = delete;
  BasicMpscQueue& operator=(const BasicMpscQueue&) = delete;

  template <class U>
  void push(U&& value) {
    Node* const node = new Node;
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
    delete std::exchange(first_, next);
    return true;
  }

 private:
  struct Node {
    std::atomic<Node*> next{nullptr};
    Slot<T> slot;
  };

  explicit BasicMpscQueue(Node* node) : newest_(node), first_(node) {}

  alignas(kCacheLine) std::atomic<Node*> newest_;
  alignas(kCacheLine) Node* first_;  // The consumer's.
};

template <class T>
using MpscQueue = BasicMpscQueue<T>;

}  // namespace primitives
