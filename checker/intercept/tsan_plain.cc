// SPDX-License-Identifier: Apache-2.0
// __tsan_read*, __tsan_write* and their kin: plain accesses, announced just before they happen.
#include "checker/intercept/door.h"
#include "checker/runtime/model.h"

namespace {

using heddle::runtime::modelling;
using heddle::runtime::plain_read;
using heddle::runtime::plain_write;

}  // namespace

#define HEDDLE_READ(name, size)                 \
  HEDDLE_EXPORT(void, name, void* address) {    \
    if (modelling()) {                          \
      plain_read(address, size, HEDDLE_SITE()); \
    }                                           \
  }
#define HEDDLE_WRITE(name, size)                 \
  HEDDLE_EXPORT(void, name, void* address) {     \
    if (modelling()) {                           \
      plain_write(address, size, HEDDLE_SITE()); \
    }                                            \
  }
// With the return address given: the access happened in a helper on the caller's behalf.
#define HEDDLE_READ_PC(name, size)                                     \
  HEDDLE_EXPORT(void, name, void* address, void* pc) {                 \
    if (modelling()) {                                                 \
      plain_read(address, size, reinterpret_cast<std::uintptr_t>(pc)); \
    }                                                                  \
  }
#define HEDDLE_WRITE_PC(name, size)                                     \
  HEDDLE_EXPORT(void, name, void* address, void* pc) {                  \
    if (modelling()) {                                                  \
      plain_write(address, size, reinterpret_cast<std::uintptr_t>(pc)); \
    }                                                                   \
  }
// clang's compound form of x = x + 1: one hook before the load.
#define HEDDLE_READ_WRITE(name, size)            \
  HEDDLE_EXPORT(void, name, void* address) {     \
    if (modelling()) {                           \
      plain_read(address, size, HEDDLE_SITE());  \
      plain_write(address, size, HEDDLE_SITE()); \
    }                                            \
  }

#define HEDDLE_SIZE(size)                                   \
  HEDDLE_READ(__tsan_read##size, size)                      \
  HEDDLE_WRITE(__tsan_write##size, size)                    \
  HEDDLE_READ_PC(__tsan_read##size##_pc, size)              \
  HEDDLE_WRITE_PC(__tsan_write##size##_pc, size)            \
  HEDDLE_READ(__tsan_volatile_read##size, size)             \
  HEDDLE_WRITE(__tsan_volatile_write##size, size)           \
  HEDDLE_READ_WRITE(__tsan_read_write##size, size)          \
  HEDDLE_READ(__tsan_unaligned_read##size, size)            \
  HEDDLE_WRITE(__tsan_unaligned_write##size, size)          \
  HEDDLE_READ(__tsan_unaligned_volatile_read##size, size)   \
  HEDDLE_WRITE(__tsan_unaligned_volatile_write##size, size) \
  HEDDLE_READ_WRITE(__tsan_unaligned_read_write##size, size)

HEDDLE_SIZE(1)
HEDDLE_SIZE(2)
HEDDLE_SIZE(4)
HEDDLE_SIZE(8)
HEDDLE_SIZE(16)

// The sanitizers' common spelling, for code that announces unaligned accesses itself.
#define HEDDLE_UNALIGNED(bits, type)                                                  \
  HEDDLE_EXPORT(type, __sanitizer_unaligned_load##bits, const void* address) {        \
    if (modelling()) {                                                                \
      plain_read(address, sizeof(type), HEDDLE_SITE());                               \
    }                                                                                 \
    type value;                                                                       \
    __builtin_memcpy(&value, address, sizeof(type));                                  \
    return value;                                                                     \
  }                                                                                   \
  HEDDLE_EXPORT(void, __sanitizer_unaligned_store##bits, void* address, type value) { \
    if (modelling()) {                                                                \
      plain_write(address, sizeof(type), HEDDLE_SITE());                              \
    }                                                                                 \
    __builtin_memcpy(address, &value, sizeof(type));                                  \
  }
HEDDLE_UNALIGNED(16, std::uint16_t)
HEDDLE_UNALIGNED(32, std::uint32_t)
HEDDLE_UNALIGNED(64, std::uint64_t)

HEDDLE_EXPORT(void, __tsan_read_range, void* address, std::size_t size) {
  if (modelling() && size != 0) {
    plain_read(address, size, HEDDLE_SITE());
  }
}
HEDDLE_EXPORT(void, __tsan_write_range, void* address, std::size_t size) {
  if (modelling() && size != 0) {
    plain_write(address, size, HEDDLE_SITE());
  }
}
HEDDLE_EXPORT(void, __tsan_read_range_pc, void* address, std::size_t size, void* pc) {
  if (modelling() && size != 0) {
    plain_read(address, size, reinterpret_cast<std::uintptr_t>(pc));
  }
}
HEDDLE_EXPORT(void, __tsan_write_range_pc, void* address, std::size_t size, void* pc) {
  if (modelling() && size != 0) {
    plain_write(address, size, reinterpret_cast<std::uintptr_t>(pc));
  }
}

// A constructor or destructor stores the table pointer that is there already in most cases; storing
// the same one again is no race by the compilers' convention.
HEDDLE_EXPORT(void, __tsan_vptr_update, void** address, void* value) {
  if (modelling() && *address != value) {
    plain_write(address, sizeof(void*), HEDDLE_SITE());
  }
}
HEDDLE_READ(__tsan_vptr_read, sizeof(void*))
