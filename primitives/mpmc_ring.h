// SPDX-License-Identifier: Apache-2.0
// A bounded queue between any threads, each cell with the number of its turn (Vyukov, "Bounded MPMC
// queue", 2010).
//
// Contract
//   Thread safety    all members. Destroyed when all are done.
//   Invariant        the cell of position p has turn p if it waits for the push of p, p + 1 if it
//                    is full, p + capacity once it is empty again. Who moves tail_ or head_ on
//                    from p owns that cell until it moves its turn on.
//   Memory ordering  a push happens-before what follows the pop of its value; a pop
//                    happens-before what follows the push that uses its cell again.
//   Progress         a thread that stops between its two steps holds up those that come a whole
//                    round behind it; else lock-free. Full and empty may be said while the thread
//                    in front is between its two steps.
//   Cost             three cache lines, and a cell a value, capacity rounded up to a power of two
//                    of at least 2. One read-modify-write, two loads and a store each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Orders = AsWritten>
class BasicMpmcRing {
 public:
  enum Site { kEmpty, kFill, kFull, kDrain, kSites };

  explicit BasicMpmcRing(std::size_t capacity)
      : mask_(power_of_two(capacity, 2) - 1), cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) {
      // relaxed: nobody else knows the ring yet.
      cells_[i].turn.store(i, std::memory_order_relaxed);
    }
  }
  ~BasicMpmcRing() {
    T value;
    while (try_pop(value)) {
    }
  }
  BasicMpmcRing(const BasicMpmcRing&) = delete;
  BasicMpmcRing& operator=(const BasicMpmcRing&) = delete;

  /// False, and `value` as it was, if the ring is full.
  template <class U>
  bool try_push(U&& value) {
    std::size_t place = 0;
    // acquire: that the cell is empty; pairs with release in try_pop().
    Cell* const cell = claim(tail_, 0, Orders::at(kEmpty, std::memory_order_acquire), place);
    if (cell == nullptr) {
      return false;
    }
    cell->slot.put(std::forward<U>(value));
    // release: the value; pairs with acquire in try_pop().
    cell->turn.store(place + 1, Orders::at(kFill, std::memory_order_release));
    return true;
  }

  /// False, and `value` as it was, if the ring is empty.
  bool try_pop(T& value) {
    std::size_t place = 0;
    // acquire: the value; pairs with release in try_push().
    Cell* const cell = claim(head_, 1, Orders::at(kFull, std::memory_order_acquire), place);
    if (cell == nullptr) {
      return false;
    }
    cell->slot.take(value);
    // release: that the cell is empty; pairs with acquire in try_push().
    cell->turn.store(place + mask_ + 1, Orders::at(kDrain, std::memory_order_release));
    return true;
  }

 private:
  struct Cell {
    std::atomic<std::size_t> turn;
    Slot<T> slot;
  };

  /// Moves `end` on over a cell whose turn is `ahead` of its position; null if that turn is still
  /// to come.
  Cell* claim(std::atomic<std::size_t>& end, std::size_t ahead, std::memory_order order,
              std::size_t& place) {
    // relaxed, here and below: which place to try; the cell's turn says whether it is right.
    place = end.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = cells_[place & mask_];
      const auto late = static_cast<std::intptr_t>(cell.turn.load(order) - (place + ahead));
      if (late < 0) {
        return nullptr;
      }
      if (late > 0) {
        place = end.load(std::memory_order_relaxed);
      } else if (end.compare_exchange_weak(place, place + 1, std::memory_order_relaxed,
                                           std::memory_order_relaxed)) {
        return &cell;
      }
    }
  }

  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  alignas(kCacheLine) const std::size_t mask_;
  const std::unique_ptr<Cell[]> cells_;
};

template <class T>
using MpmcRing = BasicMpmcRing<T>;

}  // namespace primitives
