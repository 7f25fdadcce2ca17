// SPDX-License-Identifier: Apache-2.0
// Invariants of the checker itself. A failed one is an internal error: the exploration ends with
// verdict `internal_error`, never with `ok`.
#pragma once

namespace heddle::base {

/// Called when an invariant does not hold. Set by explore() to end the exploration; by default
/// prints one line and aborts. Must not return.
using CheckHandler = void (*)(const char* condition, const char* file, int line);
void set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace heddle::base

#define HEDDLE_CHECK(condition)                      \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::heddle::base::check_failed(#condition, __FILE__, __LINE__))
