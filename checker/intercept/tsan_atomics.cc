// SPDX-License-Identifier: Apache-2.0
// __tsan_atomic*: atomic operations of 1, 2, 4 and 8 bytes, performed by the door, and fences.
//
// Outside the model each is the real operation, sequentially consistent whatever was asked for.
#include "checker/intercept/door.h"
#include "checker/intercept/library_sync.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

/// Of one atomic access.
struct Access {
  OpKind kind;
  RmwOp rmw = RmwOp::kExchange;
  int order;
  std::uintptr_t site;
};

template <class T>
T perform_access(const Access& access, const volatile T* address, T operand, T expected = 0,
                 int failure_order = 0) {
  fence_library_access(address, access.site);
  const std::uint64_t head = graph::operation_head(
      access.kind, memory_order(access.order), memory_order(failure_order), access.rmw, sizeof(T));
  return static_cast<T>(runtime::perform_access(head, address, operand, expected, access.site));
}

/// Compares and exchanges, and returns the old value: it differs from `expected` iff nothing was
/// written.
template <class T>
T compare_exchange(const Access& access, volatile T* address, T expected, T desired,
                   int failure_order) {
  if (!modelling()) {
    __atomic_compare_exchange_n(address, &expected, desired, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return expected;
  }
  return perform_access(access, address, desired, expected, failure_order);
}

/// The form that returns success and stores the old value through `expected` if it failed. g++
/// calls it without announcing what it does with `*expected`, which need not be a local variable.
template <class T>
int compare_exchange_into(const Access& access, volatile T* address, T* expected, T desired,
                          int failure_order) {
  const bool announced = modelling();
  if (announced) {
    runtime::plain_read(expected, sizeof(T), access.site);
  }
  const T old = compare_exchange(access, address, *expected, desired, failure_order);
  if (old == *expected) {
    return 1;
  }
  if (announced) {
    runtime::plain_write(expected, sizeof(T), access.site);
  }
  *expected = old;
  return 0;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

#define HEDDLE_RMW(bits, name, op)                                                                \
  HEDDLE_DOOR(std::uint##bits##_t, __tsan_atomic##bits##_##name, volatile std::uint##bits##_t* a, \
              std::uint##bits##_t operand, int order) {                                           \
    if (!modelling()) {                                                                           \
      return HEDDLE_REAL_##op(a, operand);                                                        \
    }                                                                                             \
    return perform_access({OpKind::kRmw, RmwOp::op, order, HEDDLE_SITE()}, a, operand);           \
  }

#define HEDDLE_REAL_kExchange(a, operand) __atomic_exchange_n(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kAdd(a, operand) __atomic_fetch_add(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kSub(a, operand) __atomic_fetch_sub(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kAnd(a, operand) __atomic_fetch_and(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kOr(a, operand) __atomic_fetch_or(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kXor(a, operand) __atomic_fetch_xor(a, operand, __ATOMIC_SEQ_CST)
#define HEDDLE_REAL_kNand(a, operand) __atomic_fetch_nand(a, operand, __ATOMIC_SEQ_CST)

#define HEDDLE_CAS(bits, form)                                                                     \
  HEDDLE_DOOR(int, __tsan_atomic##bits##_compare_exchange_##form, volatile std::uint##bits##_t* a, \
              std::uint##bits##_t* expected, std::uint##bits##_t desired, int order,               \
              int failure_order) {                                                                 \
    return compare_exchange_into(                                                                  \
        {OpKind::kCompareExchange, RmwOp::kExchange, order, HEDDLE_SITE()}, a, expected, desired,  \
        failure_order);                                                                            \
  }

#define HEDDLE_ATOMICS(bits)                                                                       \
  HEDDLE_DOOR(std::uint##bits##_t, __tsan_atomic##bits##_load,                                     \
              const volatile std::uint##bits##_t* a, int order) {                                  \
    if (!modelling()) {                                                                            \
      return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                                 \
    }                                                                                              \
    return perform_access({OpKind::kLoad, RmwOp::kExchange, order, HEDDLE_SITE()}, a,              \
                          std::uint##bits##_t{});                                                  \
  }                                                                                                \
  HEDDLE_DOOR(void, __tsan_atomic##bits##_store, volatile std::uint##bits##_t* a,                  \
              std::uint##bits##_t value, int order) {                                              \
    if (!modelling()) {                                                                            \
      __atomic_store_n(a, value, __ATOMIC_SEQ_CST);                                                \
      return;                                                                                      \
    }                                                                                              \
    perform_access({OpKind::kStore, RmwOp::kExchange, order, HEDDLE_SITE()}, a, value);            \
  }                                                                                                \
  HEDDLE_RMW(bits, exchange, kExchange)                                                            \
  HEDDLE_RMW(bits, fetch_add, kAdd)                                                                \
  HEDDLE_RMW(bits, fetch_sub, kSub)                                                                \
  HEDDLE_RMW(bits, fetch_and, kAnd)                                                                \
  HEDDLE_RMW(bits, fetch_or, kOr)                                                                  \
  HEDDLE_RMW(bits, fetch_xor, kXor)                                                                \
  HEDDLE_RMW(bits, fetch_nand, kNand)                                                              \
  HEDDLE_CAS(bits, strong)                                                                         \
  HEDDLE_CAS(bits, weak)                                                                           \
  HEDDLE_DOOR(std::uint##bits##_t, __tsan_atomic##bits##_compare_exchange_val,                     \
              volatile std::uint##bits##_t* a, std::uint##bits##_t expected,                       \
              std::uint##bits##_t desired, int order, int failure_order) {                         \
    return compare_exchange({OpKind::kCompareExchange, RmwOp::kExchange, order, HEDDLE_SITE()}, a, \
                            expected, desired, failure_order);                                     \
  }

HEDDLE_ATOMICS(8)
HEDDLE_ATOMICS(16)
HEDDLE_ATOMICS(32)
HEDDLE_ATOMICS(64)

HEDDLE_DOOR(void, __tsan_atomic_thread_fence, int order) {
  if (!modelling()) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return;
  }
  perform_fence(memory_order(order), HEDDLE_SITE(), "atomic_thread_fence");
}

// Orders a thread and its own signal handlers only; signals are not modelled.
HEDDLE_EXPORT(void, __tsan_atomic_signal_fence, int) { asm volatile("" ::: "memory"); }
