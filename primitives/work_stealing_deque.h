// SPDX-License-Identifier: Apache-2.0
// A deque whose owner pushes and pops at the bottom while others steal from the top (Chase and Lev,
// "Dynamic circular work-stealing deque", SPAA 2005), with the memory orders of Le, Pop, Cohen and
// Zappa Nardelli, "Correct and efficient work-stealing for weak memory models", PPoPP 2013. Where
// this differs: release stores to bottom_ in place of a release fence, since race detectors follow
// stores; and what steal() reads of top_ and the exchanges of top_ are weaker: the fences decide
// between owner and thieves, and between thieves the exchange itself.
//
// Contract
//   Thread safety    push(), try_push() and try_pop() by the owner, one thread; steal() by any.
//                    Destroyed when all are done.
//   Invariant        the values from top_ to bottom_ are there; who moves top_ on from a value
//                    has it. When one is left, the owner, too, takes it from the top.
//   Memory ordering  a push happens-before what follows the pop or steal of its value. A steal
//                    happens-before what follows a try_push() that uses its slot again.
//   Progress         push(), try_push() and try_pop() are wait-free but for memory, steal() is
//                    lock-free with its caller's retries.
//   Cost             two cache lines, and a slot a value; when it is full, push() doubles it and
//                    keeps the old slots, as thieves may look at them, until it is destroyed.
//                    try_pop() is one fence, and one read-modify-write for the last value;
//                    steal() one of each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

/// Thieves copy a value before they know whether it is theirs, so T is small: a pointer, a number.
template <class T, class Orders = AsWritten>
requires(std::is_trivially_copyable_v<T>&&
             std::atomic<T>::is_always_lock_free) class BasicWorkStealingDeque {
 public:
  enum Site { kRoom, kPush, kGrow, kTakeBack, kTaken, kStealing, kStealBottom, kStealRing, kSites };
  enum class Stolen { kEmpty, kLost, kGot };

  explicit BasicWorkStealingDeque(std::size_t capacity = 64) {
    rings_.push_back(std::make_unique<Ring>(power_of_two(capacity)));
    // relaxed: nobody else knows the deque yet.
    ring_.store(rings_.back().get(), std::memory_order_relaxed);
  }
  BasicWorkStealingDeque(const BasicWorkStealingDeque&) = delete;
  BasicWorkStealingDeque& operator=(const BasicWorkStealingDeque&) = delete;

  void push(T value) {
    // relaxed: only the owner writes it.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    const std::int64_t top = seen_top();
    if (bottom - top >= ring().size()) {
      grow(top, bottom);
    }
    put(bottom, value);
  }

  /// False if it would have to grow.
  bool try_push(T value) {
    // relaxed: only the owner writes it.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom - seen_top() >= ring().size()) {
      return false;
    }
    put(bottom, value);
    return true;
  }

  /// The value that was pushed last. False, and `value` as it was, if there is none.
  bool try_pop(T& value) {
    // relaxed: only the owner writes it.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    // release: the values that are left; pairs with acquire in steal().
    bottom_.store(bottom, Orders::at(kTakeBack, std::memory_order_release));
    // seq_cst: bottom_ before top_; pairs with the fence in steal().
    fence(Orders::at(kTaken, std::memory_order_seq_cst));
    // relaxed: by the fence.
    std::int64_t top = top_.load(std::memory_order_relaxed);
    bool got = top <= bottom;
    if (got) {
      // relaxed: only the owner writes slots.
      const T last = ring().at(bottom).load(std::memory_order_relaxed);
      if (top == bottom) {
        // relaxed: who exchanges it has the value; the owner has nothing to tell.
        got = top_.compare_exchange_strong(top, top + 1, std::memory_order_relaxed,
                                           std::memory_order_relaxed);
      }
      value = got ? last : value;
    }
    if (top >= bottom) {
      // relaxed: there is nothing to steal.
      bottom_.store(bottom + 1, std::memory_order_relaxed);
    }
    return got;
  }

  /// The oldest value; kLost if another thread was at it at the same time.
  Stolen steal(T& value) {
    // relaxed: by the fence; the exchange makes sure.
    std::int64_t top = top_.load(std::memory_order_relaxed);
    // seq_cst: top_ before bottom_; pairs with the fence in try_pop().
    fence(Orders::at(kStealing, std::memory_order_seq_cst));
    // acquire: the values; pairs with release in put() and try_pop().
    const std::int64_t bottom = bottom_.load(Orders::at(kStealBottom, std::memory_order_acquire));
    if (top >= bottom) {
      return Stolen::kEmpty;
    }
    // acquire: its slots; pairs with release in grow().
    const Ring* const ring = ring_.load(Orders::at(kStealRing, std::memory_order_acquire));
    // relaxed: by bottom_.
    const T oldest = ring->at(top).load(std::memory_order_relaxed);
    // release: that the slot is read; pairs with acquire in seen_top(). No exploration can miss it:
    // RC11 has no load buffering, by which the owner's next value could be what was read above. C++
    // has, and ARM.
    if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_release,
                                      std::memory_order_relaxed)) {
      return Stolen::kLost;
    }
    value = oldest;
    return Stolen::kGot;
  }

 private:
  class Ring {
   public:
    explicit Ring(std::size_t size)
        : mask_(size - 1), slots_(std::make_unique<std::atomic<T>[]>(size)) {}
    std::int64_t size() const { return static_cast<std::int64_t>(mask_) + 1; }
    std::atomic<T>& at(std::int64_t position) const {
      return slots_[static_cast<std::size_t>(position) & mask_];
    }

   private:
    const std::size_t mask_;
    const std::unique_ptr<std::atomic<T>[]> slots_;
  };

  // relaxed: only the owner writes it.
  Ring& ring() const { return *ring_.load(std::memory_order_relaxed); }

  // acquire: that thieves have read the slots before; pairs with release in steal().
  std::int64_t seen_top() const { return top_.load(Orders::at(kRoom, std::memory_order_acquire)); }

  void put(std::int64_t bottom, T value) {
    // relaxed: published by bottom_.
    ring().at(bottom).store(value, std::memory_order_relaxed);
    // release: the value; pairs with acquire in steal().
    bottom_.store(bottom + 1, Orders::at(kPush, std::memory_order_release));
  }

  void grow(std::int64_t top, std::int64_t bottom) {
    const Ring& old = ring();
    rings_.push_back(std::make_unique<Ring>(static_cast<std::size_t>(2 * old.size())));
    for (std::int64_t i = top; i < bottom; ++i) {
      // relaxed: only the owner writes slots; published by ring_.
      rings_.back()->at(i).store(old.at(i).load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
    }
    // release: its slots; pairs with acquire in steal().
    ring_.store(rings_.back().get(), Orders::at(kGrow, std::memory_order_release));
  }

  alignas(kCacheLine) std::atomic<std::int64_t> top_{0};
  alignas(kCacheLine) std::atomic<std::int64_t> bottom_{0};
  std::atomic<Ring*> ring_{nullptr};
  std::vector<std::unique_ptr<Ring>> rings_;  // The owner's; the last one is in use.
};

template <class T>
using WorkStealingDeque = BasicWorkStealingDeque<T>;

}  // namespace primitives
