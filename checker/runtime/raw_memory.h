// SPDX-License-Identifier: Apache-2.0
// Memory and system calls for code that may run while a model thread is half-way through anything.
//
// libheddle.so defines malloc, memcpy and syscall itself, and model threads borrow each other's
// errno. So the runtime takes memory straight from the kernel, and this file is the only way it
// does: no function here allocates, locks, sets errno or calls an interposed function. All are
// async-signal-safe.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "checker/base/check.h"

namespace heddle::runtime {

inline constexpr std::size_t kPageSize = 4096;

constexpr std::uintptr_t round_down(std::uintptr_t value, std::size_t unit) {
  return value & ~(static_cast<std::uintptr_t>(unit) - 1);
}
constexpr std::uintptr_t round_up(std::uintptr_t value, std::size_t unit) {
  return round_down(value + unit - 1, unit);
}

/// A system call with up to six arguments. Returns what the kernel returns: -errno on failure.
inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

/// memcpy and memset without a call. Fast for pages, right for any size; ranges must not overlap.
inline void raw_copy(void* to, const void* from, std::size_t size) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}
inline void raw_fill(void* to, std::uint8_t value, std::size_t size) {
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
}

/// The same for sizes of some hundred bytes: four vectors at a time, then words, then bytes.
inline void raw_copy_vectors(void* to, const void* from, std::size_t size);
inline void raw_zero_vectors(void* to, std::size_t size);

/// The same for small sizes: words, then bytes.
inline void raw_copy_words(void* to, const void* from, std::size_t size) {
  using Word [[gnu::may_alias, gnu::aligned(1)]] = std::uint64_t;
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  if (size >= 512) {
    return raw_copy(to, from, size);
  }
  for (; size >= 8; size -= 8, out += 8, in += 8) {
    *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
    asm volatile("" ::: "memory");  // Or the compiler makes it a call of memcpy.
  }
  for (; size != 0; --size) {
    *out++ = *in++;
    asm volatile("" ::: "memory");
  }
}

inline void raw_copy_vectors(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  for (; size >= 64; size -= 64, out += 64, in += 64) {
    const auto* source = reinterpret_cast<const __m128i_u*>(in);
    auto* target = reinterpret_cast<__m128i_u*>(out);
    const __m128i a = source[0], b = source[1], c = source[2], d = source[3];
    target[0] = a, target[1] = b, target[2] = c, target[3] = d;
    asm volatile("" ::: "memory");
  }
  raw_copy_words(out, in, size);
}

/// `to` and `size` are multiples of 8.
inline void raw_zero_vectors(void* to, std::size_t size) {
  using Word [[gnu::may_alias]] = std::uint64_t;
  auto* out = static_cast<std::uint8_t*>(to);
  for (; size >= 64; size -= 64, out += 64) {
    auto* target = reinterpret_cast<__m128i_u*>(out);
    target[0] = target[1] = target[2] = target[3] = _mm_setzero_si128();
    asm volatile("" ::: "memory");
  }
  for (; size != 0; size -= 8, out += 8) {
    *reinterpret_cast<Word*>(out) = 0;
    asm volatile("" ::: "memory");
  }
}

/// Whether two pages hold the same bytes. Both are aligned.
inline bool equal_pages(std::uintptr_t a, std::uintptr_t b) {
  const auto* left = reinterpret_cast<const __m128i*>(a);
  const auto* right = reinterpret_cast<const __m128i*>(b);
  for (std::size_t i = 0; i < kPageSize / sizeof(__m128i); i += 4) {
    const __m128i same = _mm_and_si128(
        _mm_and_si128(_mm_cmpeq_epi8(left[i], right[i]), _mm_cmpeq_epi8(left[i + 1], right[i + 1])),
        _mm_and_si128(_mm_cmpeq_epi8(left[i + 2], right[i + 2]),
                      _mm_cmpeq_epi8(left[i + 3], right[i + 3])));
    if (_mm_movemask_epi8(same) != 0xffff) {
      return false;
    }
  }
  return true;
}

enum class Access : int { kNone = 0, kRead = 1, kReadWrite = 3 };

/// Maps `size` bytes (rounded up to pages) of zeroed private memory, at exactly `fixed_address` if
/// that is not 0. Never replaces an existing mapping. Null on failure. Pages cost nothing before
/// they are touched.
void* raw_map(std::size_t size, std::uintptr_t fixed_address = 0,
              Access access = Access::kReadWrite);
void raw_unmap(void* address, std::size_t size);
/// False if the kernel refuses. `address` must be page-aligned.
bool raw_protect(void* address, std::size_t size, Access access);
/// Gives the physical pages back; the range reads as zero afterwards.
void raw_discard(void* address, std::size_t size);

/// Bytes copied one after another, and read back in the same order. Its memory is kept when it is
/// cleared.
class ByteLog {
 public:
  ByteLog() = default;
  ByteLog(const ByteLog&) = delete;
  ByteLog& operator=(const ByteLog&) = delete;
  ~ByteLog() {
    if (data_ != nullptr) {
      raw_unmap(data_, capacity_);
    }
  }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  const std::byte* data() const { return data_; }
  /// Room for `size` bytes at the end, to be written by the caller.
  std::byte* extend(std::size_t size) {
    if (size_ + size > capacity_) [[unlikely]] {
      grow(size_ + size);
    }
    std::byte* at = data_ + size_;
    size_ += size;
    return at;
  }
  void append(const void* from, std::size_t size) { raw_copy_vectors(extend(size), from, size); }

 private:
  void grow(std::size_t size) {
    const std::size_t capacity = round_up(2 * size, kPageSize);
    auto* data = static_cast<std::byte*>(raw_map(capacity));
    HEDDLE_CHECK(data != nullptr);
    if (data_ != nullptr) {
      raw_copy(data, data_, size_);
      raw_unmap(data_, capacity_);
    }
    data_ = data;
    capacity_ = capacity;
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A growing array of plain values whose elements never move: it reserves address space for
/// `capacity` elements at once and touches pages as it grows. Exceeding the capacity is a failed
/// check. Elements keep their bytes after clear().
template <class T>
class RawArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  RawArray() = default;
  explicit RawArray(std::size_t capacity) { reserve(capacity); }
  RawArray(const RawArray&) = delete;
  RawArray& operator=(const RawArray&) = delete;
  ~RawArray() {
    if (data_ != nullptr) {
      raw_unmap(data_, capacity_ * sizeof(T));
    }
  }

  /// Reserves address space. May be called once, before the first element.
  void reserve(std::size_t capacity) {
    HEDDLE_CHECK(data_ == nullptr);
    data_ = static_cast<T*>(raw_map(capacity * sizeof(T)));
    HEDDLE_CHECK(data_ != nullptr);
    capacity_ = capacity;
  }
  T& push_back(const T& value) {
    HEDDLE_CHECK(size_ < capacity_);
    data_[size_] = value;
    return data_[size_++];
  }
  void pop_back() { --size_; }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& back() { return data_[size_ - 1]; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace heddle::runtime
