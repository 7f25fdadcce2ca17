// SPDX-License-Identifier: Apache-2.0
// A value that is read without writing anything: readers copy it, and copy it again if a writer was
// at it (Hemminger's lock of Linux 2.5, after Lameter, "Effective synchronization on Linux/NUMA
// systems", 2005). As Boehm showed ("Can seqlocks get along with programming language memory
// models?", MSPC 2012), the value must consist of atomics. Of his two ways this is the one with
// acquire loads and release stores of the words: no fence, and race detectors understand it.
//
// Contract
//   Thread safety    all members; writers exclude each other.
//   Invariant        version_ is odd while a writer writes; it grows by 2 a write (and wraps: a
//                    reader that sleeps through 2^31 writes may be fooled).
//   Memory ordering  what a writer did happens-before what follows a load() of its value, or of a
//                    later one, and before what later writers do.
//   Progress         writing is a spin lock; reading is obstruction-free: try_load() is
//                    wait-free, load() may be kept up by writers for ever.
//   Cost             the value in whole words, and 8 bytes; a read is one load a word and two
//                    more, a write two stores more and one read-modify-write.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "primitives/policies.h"

namespace primitives {

template <class T, class Wait = Yield, class Orders = AsWritten>
requires(std::is_trivially_copyable_v<T>&& std::is_default_constructible_v<T>) class BasicSeqlock {
 public:
  enum Site { kVersion, kWord, kWriteWord, kLockWriters, kWritten, kSites };

  explicit BasicSeqlock(const T& value = T()) { write(value); }
  BasicSeqlock(const BasicSeqlock&) = delete;
  BasicSeqlock& operator=(const BasicSeqlock&) = delete;

  T load() const {
    T value;
    wait_until<Wait>([&] { return try_load(value); });
    return value;
  }

  /// False if a writer was at it; `value` is then any mixture.
  bool try_load(T& value) const {
    // acquire: that version's words, and what its writer did; pairs with release in store().
    const std::uint32_t version = version_.load(Orders::at(kVersion, std::memory_order_acquire));
    Words words;
    for (std::size_t i = 0; i < kWords; ++i) {
      // acquire: that the version had become odd, if a later writer wrote this word; pairs with
      // release in write().
      words[i] = words_[i].load(Orders::at(kWord, std::memory_order_acquire));
    }
    std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
    // relaxed: ordered by the loads before.
    return version % 2 == 0 && version_.load(std::memory_order_relaxed) == version;
  }

  void store(const T& value) {
    const std::uint32_t odd = lock_writers();
    write(value);
    // release: the words, and everything before; pairs with acquire in try_load() and
    // lock_writers().
    version_.store(odd + 1, Orders::at(kWritten, std::memory_order_release));
  }

 private:
  static constexpr std::size_t kWords =
      (sizeof(T) + sizeof(std::uintptr_t) - 1) / sizeof(std::uintptr_t);
  using Words = std::array<std::uintptr_t, kWords>;

  void write(const T& value) {
    Words words{};
    std::memcpy(words.data(), &value, sizeof value);
    for (std::size_t i = 0; i < kWords; ++i) {
      // release: that the version is odd; pairs with acquire in try_load().
      words_[i].store(words[i], Orders::at(kWriteWord, std::memory_order_release));
    }
  }

  /// The odd version that this thread's write has.
  std::uint32_t lock_writers() {
    std::uint32_t version = 0;
    wait_until<Wait>([&] {
      // relaxed: what to try; the exchange decides.
      version = version_.load(std::memory_order_relaxed);
      // acquire: what earlier writers did; pairs with release in store().
      return version % 2 == 0 &&
             version_.compare_exchange_strong(version, version + 1,
                                              Orders::at(kLockWriters, std::memory_order_acquire),
                                              std::memory_order_relaxed);
    });
    return version + 1;
  }

  std::atomic<std::uint32_t> version_{0};
  std::array<std::atomic<std::uintptr_t>, kWords> words_;
};

template <class T>
using Seqlock = BasicSeqlock<T>;

}  // namespace primitives
