// SPDX-License-Identifier: Apache-2.0
// A fixed number of places of which each thread takes one: what hazard pointers and epochs keep a
// thread's part in. And what they keep there until it may be destroyed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "primitives/slot.h"

namespace primitives {

/// Something that no thread can find any more, and that some may still look at.
struct Retired {
  void* object;
  void (*destroy)(void* object);
  std::uint64_t since;  ///< The epoch; hazard pointers need none.
  bool again = false;   ///< It may serve again, so that it need not be destroyed.
};

template <class T>
Retired retired(T* object, std::uint64_t since = 0) {
  return {object, [](void* that) { delete static_cast<T*>(that); }, since};
}

/// `Record` is what a place holds, with members `std::atomic<bool> taken` and
/// `std::vector<Retired> waiting`, of which the latter is its taker's own.
/// kTake and kLeave are the sites of Orders here.
template <class Record, class Orders, int kTake, int kLeave>
class Places {
 public:
  explicit Places(std::size_t count) : count_(count), records_(std::make_unique<Record[]>(count)) {}
  /// What waits still is destroyed: all threads are gone.
  ~Places() {
    for (Record& record : *this) {
      for (const Retired& object : record.waiting) {
        object.destroy(object.object);
      }
    }
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  /// Throws std::length_error if all are taken.
  Record& take() {
    for (Record& record : *this) {
      // relaxed: a hint. acquire: what the last taker left here; pairs with release in leave().
      if (!record.taken.load(std::memory_order_relaxed) &&
          !record.taken.exchange(true, Orders::at(kTake, std::memory_order_acquire))) {
        return record;
      }
    }
    throw std::length_error("more threads than places: give the domain's constructor more");
  }

  void leave(Record& record) {
    // release: what waits here; pairs with acquire in take().
    record.taken.store(false, Orders::at(kLeave, std::memory_order_release));
  }

  Record* begin() { return records_.get(); }
  Record* end() { return records_.get() + count_; }

 private:
  const std::size_t count_;
  const std::unique_ptr<Record[]> records_;
};

}  // namespace primitives
