// SPDX-License-Identifier: Apache-2.0
// Atomic operations of 16 bytes, and the doors named __tsan_atomic128_*.
#include "checker/intercept/wide_atomics.h"

#include "checker/intercept/door.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

Wide real_compare_exchange(volatile Wide* address, Wide expected, Wide desired) {
  auto low = static_cast<std::uint64_t>(expected);
  auto high = static_cast<std::uint64_t>(expected >> 64);
  asm volatile("lock cmpxchg16b %0"
               : "+m"(*address), "+a"(low), "+d"(high)
               : "b"(static_cast<std::uint64_t>(desired)),
                 "c"(static_cast<std::uint64_t>(desired >> 64))
               : "memory", "cc");
  return static_cast<Wide>(high) << 64 | low;
}

runtime::Request wide_request(OpKind kind, const volatile Wide* address, int order,
                              std::uintptr_t site, const char* name) {
  runtime::Request request;
  request.operation.kind = kind;
  request.operation.order = memory_order(order);
  request.operation.size = sizeof(Wide);
  request.address = address;
  request.site = site;
  request.fingerprinted = true;
  request.name = name;
  return request;
}

Wide value_of(std::uint64_t id) {
  Wide value;
  runtime::wide_value(id, &value);
  return value;
}

/// The order of the load which a fetch-and-modify loop starts with.
int load_order(int order) {
  const MemoryOrder asked = memory_order(order);
  if (asked == MemoryOrder::kSeqCst) {
    return __ATOMIC_SEQ_CST;
  }
  return graph::is_acquire(asked) ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
}

}  // namespace

Wide wide_load(const volatile Wide* address, int order, std::uintptr_t site) {
  if (!modelling()) {
    return real_compare_exchange(const_cast<volatile Wide*>(address), 0, 0);
  }
  return value_of(perform_request(wide_request(OpKind::kLoad, address, order, site, "load")));
}

void wide_store(volatile Wide* address, Wide value, int order, std::uintptr_t site) {
  if (!modelling()) {
    wide_exchange(address, value, order, site);
    return;
  }
  runtime::Request request = wide_request(OpKind::kStore, address, order, site, "store");
  request.operation.operand = runtime::intern_wide(&value);
  perform_request(request);
}

Wide wide_exchange(volatile Wide* address, Wide value, int order, std::uintptr_t site) {
  if (!modelling()) {
    return wide_fetch_op(RmwOp::kExchange, address, value, order, site);
  }
  runtime::Request request = wide_request(OpKind::kRmw, address, order, site, "exchange");
  request.operation.operand = runtime::intern_wide(&value);
  return value_of(perform_request(request));
}

Wide wide_compare_exchange(volatile Wide* address, Wide expected, Wide desired, int order,
                           int failure_order, std::uintptr_t site) {
  if (!modelling()) {
    return real_compare_exchange(address, expected, desired);
  }
  runtime::Request request =
      wide_request(OpKind::kCompareExchange, address, order, site, "compare_exchange");
  request.operation.failure_order = memory_order(failure_order);
  request.operation.expected = runtime::intern_wide(&expected);
  request.operation.operand = runtime::intern_wide(&desired);
  return value_of(perform_request(request));
}

bool wide_compare_exchange_into(volatile Wide* address, void* expected, Wide desired, int order,
                                int failure_order, std::uintptr_t site) {
  const bool announced = modelling();
  if (announced) {
    runtime::plain_read(expected, sizeof(Wide), site);
  }
  Wide wanted;
  __builtin_memcpy(&wanted, expected, sizeof wanted);
  const Wide old = wide_compare_exchange(address, wanted, desired, order, failure_order, site);
  if (old == wanted) {
    return true;
  }
  if (announced) {
    runtime::plain_write(expected, sizeof(Wide), site);
  }
  __builtin_memcpy(expected, &old, sizeof old);
  return false;
}

Wide wide_result(graph::RmwOp op, Wide old, Wide operand) {
  switch (op) {
    case RmwOp::kAdd:
      return old + operand;
    case RmwOp::kSub:
      return old - operand;
    case RmwOp::kAnd:
      return old & operand;
    case RmwOp::kOr:
      return old | operand;
    case RmwOp::kXor:
      return old ^ operand;
    case RmwOp::kNand:
      return ~(old & operand);
    case RmwOp::kExchange:
      break;
  }
  return operand;
}

Wide wide_fetch_op(graph::RmwOp op, volatile Wide* address, Wide operand, int order,
                   std::uintptr_t site) {
  Wide old = wide_load(address, load_order(order), site);
  for (;;) {
    const Wide found = wide_compare_exchange(address, old, wide_result(op, old, operand), order,
                                             load_order(order), site);
    if (found == old) {
      return old;
    }
    old = found;
  }
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_DOOR(Wide, __tsan_atomic128_load, const volatile Wide* address, int order) {
  return wide_load(address, order, HEDDLE_SITE());
}
HEDDLE_DOOR(void, __tsan_atomic128_store, volatile Wide* address, Wide value, int order) {
  wide_store(address, value, order, HEDDLE_SITE());
}
HEDDLE_DOOR(Wide, __tsan_atomic128_exchange, volatile Wide* address, Wide value, int order) {
  return wide_exchange(address, value, order, HEDDLE_SITE());
}
HEDDLE_DOOR(Wide, __tsan_atomic128_compare_exchange_val, volatile Wide* address, Wide expected,
            Wide desired, int order, int failure_order) {
  return wide_compare_exchange(address, expected, desired, order, failure_order, HEDDLE_SITE());
}

#define HEDDLE_WIDE_CAS(form)                                                           \
  HEDDLE_DOOR(int, __tsan_atomic128_compare_exchange_##form, volatile Wide* address,    \
              Wide* expected, Wide desired, int order, int failure_order) {             \
    return wide_compare_exchange_into(address, expected, desired, order, failure_order, \
                                      HEDDLE_SITE());                                   \
  }
HEDDLE_WIDE_CAS(strong)
HEDDLE_WIDE_CAS(weak)

#define HEDDLE_WIDE_RMW(name, op)                                                               \
  HEDDLE_DOOR(Wide, __tsan_atomic128_##name, volatile Wide* address, Wide operand, int order) { \
    return wide_fetch_op(RmwOp::op, address, operand, order, HEDDLE_SITE());                    \
  }
HEDDLE_WIDE_RMW(fetch_add, kAdd)
HEDDLE_WIDE_RMW(fetch_sub, kSub)
HEDDLE_WIDE_RMW(fetch_and, kAnd)
HEDDLE_WIDE_RMW(fetch_or, kOr)
HEDDLE_WIDE_RMW(fetch_xor, kXor)
HEDDLE_WIDE_RMW(fetch_nand, kNand)
