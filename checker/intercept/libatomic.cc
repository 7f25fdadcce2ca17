// SPDX-License-Identifier: Apache-2.0
// libatomic's functions, which clang calls for 16 bytes and both compilers for odd sizes.
//
// Sizes of 1, 2, 4, 8 and 16 bytes, aligned, are the same atomic accesses as any other. The real
// functions guard every other size with a lock; that orders more than the declared memory orders
// do, so it would hide races: such an object is the finding `unsupported`.
#include "checker/intercept/door.h"
#include "checker/intercept/library_sync.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/intercept/wide_atomics.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(__atomic_load, void(std::size_t, const void*, void*, int));
HEDDLE_REAL_AS(__atomic_store, void(std::size_t, void*, const void*, int));
HEDDLE_REAL_AS(__atomic_exchange, void(std::size_t, void*, const void*, void*, int));
HEDDLE_REAL_AS(__atomic_compare_exchange, bool(std::size_t, void*, void*, const void*, int, int));

bool is_small(std::size_t size, const volatile void* address) {
  return size <= 8 && (size & (size - 1)) == 0 &&
         (reinterpret_cast<std::uintptr_t>(address) & (size - 1)) == 0;
}
bool is_wide(std::size_t size, const volatile void* address) {
  return size == 16 && (reinterpret_cast<std::uintptr_t>(address) & 15) == 0;
}

/// Bytes of the user's objects, which are announced by nobody: the call reads or writes them.
std::uint64_t get_small(const void* from, std::size_t size, std::uintptr_t site) {
  runtime::plain_read(from, size, site);
  std::uint64_t value = 0;
  __builtin_memcpy(&value, from, size);
  return value;
}
void put_small(void* to, std::uint64_t value, std::size_t size, std::uintptr_t site) {
  runtime::plain_write(to, size, site);
  __builtin_memcpy(to, &value, size);
}
Wide get_wide(const void* from) {
  Wide value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}
void put_wide(void* to, Wide value) { __builtin_memcpy(to, &value, sizeof value); }

runtime::Request small_request(OpKind kind, std::size_t size, const volatile void* address,
                               int order, std::uintptr_t site) {
  fence_library_access(address, site);
  runtime::Request request;
  request.operation.kind = kind;
  request.operation.order = memory_order(order);
  request.operation.size = static_cast<std::uint8_t>(size);
  request.address = address;
  request.site = site;
  request.fingerprinted = true;
  request.name = "atomic";
  return request;
}

[[noreturn]] void stop_odd_size() {
  stop_unsupported("an atomic object whose size is not 1, 2, 4, 8 or 16 aligned bytes");
}

bool small_compare_exchange(std::size_t size, void* address, void* expected, const void* desired,
                            int order, int failure_order, std::uintptr_t site) {
  runtime::Request request = small_request(OpKind::kCompareExchange, size, address, order, site);
  request.operation.failure_order = memory_order(failure_order);
  request.operation.expected = get_small(expected, size, site);
  request.operation.operand = get_small(desired, size, site);
  const std::uint64_t wanted = request.operation.expected;
  const std::uint64_t old = perform_request(request);
  if (old == wanted) {
    return true;
  }
  put_small(expected, old, size, site);
  return false;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_DOOR(void, __atomic_load, std::size_t size, const void* address, void* result, int order) {
  if (is_wide(size, address)) {
    put_wide(result, wide_load(static_cast<const Wide*>(address), order, HEDDLE_SITE()));
  } else if (!modelling()) {
    real___atomic_load(size, address, result, order);
  } else if (is_small(size, address)) {
    put_small(result,
              perform_request(small_request(OpKind::kLoad, size, address, order, HEDDLE_SITE())),
              size, HEDDLE_SITE());
  } else {
    stop_odd_size();
  }
}

HEDDLE_DOOR(void, __atomic_store, std::size_t size, void* address, const void* value, int order) {
  if (is_wide(size, address)) {
    wide_store(static_cast<Wide*>(address), get_wide(value), order, HEDDLE_SITE());
  } else if (!modelling()) {
    real___atomic_store(size, address, value, order);
  } else if (is_small(size, address)) {
    auto request = small_request(OpKind::kStore, size, address, order, HEDDLE_SITE());
    request.operation.operand = get_small(value, size, HEDDLE_SITE());
    perform_request(request);
  } else {
    stop_odd_size();
  }
}

HEDDLE_DOOR(void, __atomic_exchange, std::size_t size, void* address, const void* value,
            void* result, int order) {
  if (is_wide(size, address)) {
    put_wide(result,
             wide_exchange(static_cast<Wide*>(address), get_wide(value), order, HEDDLE_SITE()));
  } else if (!modelling()) {
    real___atomic_exchange(size, address, value, result, order);
  } else if (is_small(size, address)) {
    auto request = small_request(OpKind::kRmw, size, address, order, HEDDLE_SITE());
    request.operation.operand = get_small(value, size, HEDDLE_SITE());
    put_small(result, perform_request(request), size, HEDDLE_SITE());
  } else {
    stop_odd_size();
  }
}

HEDDLE_DOOR(bool, __atomic_compare_exchange, std::size_t size, void* address, void* expected,
            const void* desired, int order, int failure_order) {
  if (is_wide(size, address)) {
    return wide_compare_exchange_into(static_cast<Wide*>(address), expected, get_wide(desired),
                                      order, failure_order, HEDDLE_SITE());
  }
  if (!modelling()) {
    return real___atomic_compare_exchange(size, address, expected, desired, order, failure_order);
  }
  if (!is_small(size, address)) {
    stop_odd_size();
  }
  return small_compare_exchange(size, address, expected, desired, order, failure_order,
                                HEDDLE_SITE());
}

HEDDLE_DOOR(Wide, __atomic_load_16, const volatile Wide* address, int order) {
  return wide_load(address, order, HEDDLE_SITE());
}
HEDDLE_DOOR(void, __atomic_store_16, volatile Wide* address, Wide value, int order) {
  wide_store(address, value, order, HEDDLE_SITE());
}
HEDDLE_DOOR(Wide, __atomic_exchange_16, volatile Wide* address, Wide value, int order) {
  return wide_exchange(address, value, order, HEDDLE_SITE());
}
HEDDLE_DOOR(bool, __atomic_compare_exchange_16, volatile Wide* address, Wide* expected,
            Wide desired, int order, int failure_order) {
  return wide_compare_exchange_into(address, expected, desired, order, failure_order,
                                    HEDDLE_SITE());
}

#define HEDDLE_WIDE_FETCH(name, op)                                                                \
  HEDDLE_DOOR(Wide, __atomic_fetch_##name##_16, volatile Wide* address, Wide operand, int order) { \
    return wide_fetch_op(RmwOp::op, address, operand, order, HEDDLE_SITE());                       \
  }                                                                                                \
  HEDDLE_DOOR(Wide, __atomic_##name##_fetch_16, volatile Wide* address, Wide operand, int order) { \
    const Wide old = wide_fetch_op(RmwOp::op, address, operand, order, HEDDLE_SITE());             \
    return wide_result(RmwOp::op, old, operand);                                                   \
  }
HEDDLE_WIDE_FETCH(add, kAdd)
HEDDLE_WIDE_FETCH(sub, kSub)
HEDDLE_WIDE_FETCH(and, kAnd)
HEDDLE_WIDE_FETCH(or, kOr)
HEDDLE_WIDE_FETCH(xor, kXor)
HEDDLE_WIDE_FETCH(nand, kNand)
