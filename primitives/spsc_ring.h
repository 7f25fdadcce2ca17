// SPDX-License-Identifier: Apache-2.0
// A bounded queue from one thread to one other (Lamport, "Proving the correctness of multiprocess
// programs", 1977), in which each side remembers how far it has seen the other (Lee, Bu and
// Chandranmenon, "A lock-free, cache-efficient shared ring buffer", ANCS 2009).
//
// Contract
//   Thread safety    one thread pushes and one pops, at once. Destroyed when both are done.
//   Invariant        head_ <= tail_ <= head_ + capacity, counted from the last wrap; slots from
//                    head_ to tail_ are full. Only the producer writes tail_, only the consumer
//                    head_.
//   Memory ordering  a push happens-before what follows the pop of its value; a pop
//                    happens-before what follows the push that uses its slot again.
//   Progress         wait-free, all of it.
//   Cost             three cache lines and a slot a value, capacity rounded up to a power of two.
//                    One load and one store each, and a look at the other side once it seems full
//                    or empty.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Orders = AsWritten>
class BasicSpscRing {
 public:
  enum Site { kPush, kPushed, kPop, kPopped, kSites };

  explicit BasicSpscRing(std::size_t capacity)
      : mask_(power_of_two(capacity) - 1), slots_(std::make_unique<Slot<T>[]>(mask_ + 1)) {}
  ~BasicSpscRing() {
    T value;
    while (try_pop(value)) {
    }
  }
  BasicSpscRing(const BasicSpscRing&) = delete;
  BasicSpscRing& operator=(const BasicSpscRing&) = delete;

  /// False, and `value` as it was, if the ring is full.
  template <class U>
  bool try_push(U&& value) {
    // relaxed: only this thread writes it.
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      // acquire: that the slot is empty; pairs with release in try_pop().
      head_seen_ = head_.load(Orders::at(kPopped, std::memory_order_acquire));
      if (tail - head_seen_ > mask_) {
        return false;
      }
    }
    slots_[tail & mask_].put(std::forward<U>(value));
    // release: the value; pairs with acquire in try_pop().
    tail_.store(tail + 1, Orders::at(kPush, std::memory_order_release));
    return true;
  }

  /// False, and `value` as it was, if the ring is empty.
  bool try_pop(T& value) {
    // relaxed: only this thread writes it.
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      // acquire: the value; pairs with release in try_push().
      tail_seen_ = tail_.load(Orders::at(kPushed, std::memory_order_acquire));
      if (head == tail_seen_) {
        return false;
      }
    }
    slots_[head & mask_].take(value);
    // release: that the slot is empty; pairs with acquire in try_push().
    head_.store(head + 1, Orders::at(kPop, std::memory_order_release));
    return true;
  }

 private:
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  std::size_t head_seen_ = 0;  // The producer's.
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  std::size_t tail_seen_ = 0;  // The consumer's.
  alignas(kCacheLine) const std::size_t mask_;
  const std::unique_ptr<Slot<T>[]> slots_;
};

template <class T>
using SpscRing = BasicSpscRing<T>;

}  // namespace primitives
