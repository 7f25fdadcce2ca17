// SPDX-License-Identifier: Apache-2.0
// Atomic operations of 16 bytes, for both of their spellings: __tsan_atomic128_* and libatomic's
// __atomic_*_16. In the model their values travel as ids; outside they are cmpxchg16b.
#pragma once

#include <cstdint>

#include "checker/graph/operation.h"

namespace heddle::intercept {

__extension__ typedef unsigned __int128 Wide;

Wide wide_load(const volatile Wide* address, int order, std::uintptr_t site);
void wide_store(volatile Wide* address, Wide value, int order, std::uintptr_t site);
Wide wide_exchange(volatile Wide* address, Wide value, int order, std::uintptr_t site);
/// Returns the old value; it equals `expected` iff `desired` was written.
Wide wide_compare_exchange(volatile Wide* address, Wide expected, Wide desired, int order,
                           int failure_order, std::uintptr_t site);
/// The form that stores the old value through `expected` if it failed. The compiler announces
/// nothing of what it does with `*expected`.
bool wide_compare_exchange_into(volatile Wide* address, void* expected, Wide desired, int order,
                                int failure_order, std::uintptr_t site);
/// Returns the old value. In the model a loop of a load and a compare-exchange, each an event.
Wide wide_fetch_op(graph::RmwOp op, volatile Wide* address, Wide operand, int order,
                   std::uintptr_t site);
/// The value that `op` writes.
Wide wide_result(graph::RmwOp op, Wide old, Wide operand);

}  // namespace heddle::intercept
