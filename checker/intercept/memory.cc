// SPDX-License-Identifier: Apache-2.0
// memcpy, memmove, memset and their kin: a range that is read and one that is written.
//
// The bytes are moved here and not by libc: these doors are called by everything in the process,
// also before the dynamic linker has finished with this library, and must not wait for a look-up.
#include "checker/intercept/door.h"
#include "checker/intercept/requests.h"

#include <emmintrin.h>

namespace heddle::intercept {
namespace {

constexpr std::size_t kRepThreshold = 768;  ///< From here the string instructions are faster.

__m128i load16(const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
void store16(char* to, __m128i value) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), value); }

template <class T>
struct [[gnu::packed, gnu::may_alias]] Unaligned {
  T value;
};

/// Moves n bytes, sizeof(T) <= n <= 2 * sizeof(T), by two accesses that may overlap.
template <class T>
void move_two(char* to, const char* from, std::size_t n) {
  const T first = reinterpret_cast<const Unaligned<T>*>(from)->value;
  const T last = reinterpret_cast<const Unaligned<T>*>(from + n - sizeof(T))->value;
  reinterpret_cast<Unaligned<T>*>(to)->value = first;
  reinterpret_cast<Unaligned<T>*>(to + n - sizeof(T))->value = last;
}

void move_small(char* to, const char* from, std::size_t n) {
  if (n > 16) {
    const __m128i first = load16(from);
    const __m128i last = load16(from + n - 16);
    store16(to, first);
    store16(to + n - 16, last);
  } else if (n >= 8) {
    move_two<std::uint64_t>(to, from, n);
  } else if (n >= 4) {
    move_two<std::uint32_t>(to, from, n);
  } else if (n >= 2) {
    move_two<std::uint16_t>(to, from, n);
  } else if (n == 1) {
    *to = *from;
  }
}

void move_forward(char* to, const char* from, std::size_t n) {
  if (n >= kRepThreshold) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return;
  }
  const __m128i last = load16(from + n - 16);
  for (std::size_t i = 0; i + 16 < n; i += 16) {
    store16(to + i, load16(from + i));
    asm volatile("" ::: "memory");  // The loop must not become a call of memmove.
  }
  store16(to + n - 16, last);
}

void move_backward(char* to, const char* from, std::size_t n) {
  const __m128i first = load16(from);
  for (std::size_t i = n; i > 16; i -= 16) {
    store16(to + i - 16, load16(from + i - 16));
    asm volatile("" ::: "memory");
  }
  store16(to, first);
}

/// Right also for ranges that overlap.
void move_bytes(void* destination, const void* source, std::size_t n) {
  char* to = static_cast<char*>(destination);
  const char* from = static_cast<const char*>(source);
  if (n <= 32) {
    move_small(to, from, n);
  } else if (static_cast<std::size_t>(to - from) >= n) {
    move_forward(to, from, n);
  } else {
    move_backward(to, from, n);
  }
}

void fill_bytes(void* destination, int byte, std::size_t n) {
  char* to = static_cast<char*>(destination);
  if (n < 16) {
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = static_cast<char>(byte);
      asm volatile("" ::: "memory");
    }
    return;
  }
  if (n >= kRepThreshold) {
    asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
    return;
  }
  const __m128i value = _mm_set1_epi8(static_cast<char>(byte));
  for (std::size_t i = 0; i + 16 < n; i += 16) {
    store16(to + i, value);
    asm volatile("" ::: "memory");
  }
  store16(to + n - 16, value);
}

void* copy(void* to, const void* from, std::size_t n, std::uintptr_t site) {
  if (modelling() && n != 0) {
    library_read(from, n, site);
    library_write(to, n, site);
  }
  move_bytes(to, from, n);
  return to;
}

void* fill(void* to, int byte, std::size_t n, std::uintptr_t site) {
  if (modelling() && n != 0) {
    library_write(to, n, site);
  }
  fill_bytes(to, byte, n);
  return to;
}

extern "C" [[noreturn]] void __chk_fail();

/// The check of the fortified forms.
void check_room(std::size_t n, std::size_t room) {
  if (n > room) {
    if (modelling()) {
      runtime::stop(FindingKind::kAbort, "buffer overflow detected by a fortified function");
    }
    __chk_fail();
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

#define HEDDLE_COPY(name)                                                 \
  HEDDLE_EXPORT(void*, name, void* to, const void* from, std::size_t n) { \
    return copy(to, from, n, HEDDLE_SITE());                              \
  }
HEDDLE_COPY(memcpy)
HEDDLE_COPY(memmove)
HEDDLE_COPY(__tsan_memcpy)
HEDDLE_COPY(__tsan_memmove)

#define HEDDLE_COPY_CHECKED(name)                                                           \
  HEDDLE_EXPORT(void*, name, void* to, const void* from, std::size_t n, std::size_t room) { \
    check_room(n, room);                                                                    \
    return copy(to, from, n, HEDDLE_SITE());                                                \
  }
HEDDLE_COPY_CHECKED(__memcpy_chk)
HEDDLE_COPY_CHECKED(__memmove_chk)

HEDDLE_EXPORT(void*, mempcpy, void* to, const void* from, std::size_t n) {
  return static_cast<char*>(copy(to, from, n, HEDDLE_SITE())) + n;
}
HEDDLE_EXPORT(void*, __mempcpy_chk, void* to, const void* from, std::size_t n, std::size_t room) {
  check_room(n, room);
  return static_cast<char*>(copy(to, from, n, HEDDLE_SITE())) + n;
}
HEDDLE_EXPORT(void, bcopy, const void* from, void* to, std::size_t n) {
  copy(to, from, n, HEDDLE_SITE());
}

#define HEDDLE_FILL(name)                                         \
  HEDDLE_EXPORT(void*, name, void* to, int byte, std::size_t n) { \
    return fill(to, byte, n, HEDDLE_SITE());                      \
  }
HEDDLE_FILL(memset)
HEDDLE_FILL(__tsan_memset)

HEDDLE_EXPORT(void*, __memset_chk, void* to, int byte, std::size_t n, std::size_t room) {
  check_room(n, room);
  return fill(to, byte, n, HEDDLE_SITE());
}
HEDDLE_EXPORT(void, bzero, void* to, std::size_t n) { fill(to, 0, n, HEDDLE_SITE()); }
HEDDLE_EXPORT(void, explicit_bzero, void* to, std::size_t n) { fill(to, 0, n, HEDDLE_SITE()); }
