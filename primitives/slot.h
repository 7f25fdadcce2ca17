// SPDX-License-Identifier: Apache-2.0
// Room for one value that is there only some of the time. Who may use it when is the business of
// the queue that it belongs to.
#pragma once

#include <memory>
#include <new>
#include <utility>

namespace primitives {

/// What one thread writes often should not share a cache line with what others do.
inline constexpr std::size_t kCacheLine = 64;

template <class T>
union Slot {
  Slot() {}
  ~Slot() {}

  /// Was empty; is full.
  template <class U>
  void put(U&& from) {
    std::construct_at(std::addressof(value), std::forward<U>(from));
  }

  /// Was full; is empty.
  void take(T& to) {
    to = std::move(value);
    std::destroy_at(std::addressof(value));
  }

  T value;
};

/// The smallest power of two that is at least `wanted`, and at least `least`.
constexpr std::size_t power_of_two(std::size_t wanted, std::size_t least = 1) {
  std::size_t size = least;
  while (size < wanted) {
    size *= 2;
  }
  return size;
}

}  // namespace primitives
