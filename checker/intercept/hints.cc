// SPDX-License-Identifier: Apache-2.0
// The hints of heddle/heddle.h. Outside the model they do nothing.
#include "checker/intercept/door.h"
#include "checker/intercept/requests.h"

#include <charconv>

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(bool, heddle_exploring) { return modelling(); }

HEDDLE_EXPORT(void, heddle_fail, const char* message, std::size_t size, const void* site) {
  if (modelling()) {
    runtime::fail(message, size, reinterpret_cast<std::uintptr_t>(site));
  }
}

HEDDLE_EXPORT(void, heddle_assume, bool condition) {
  if (modelling() && !condition) {
    runtime::assume_failed();
  }
}

HEDDLE_EXPORT(std::uint64_t, heddle_choose, std::uint64_t count) {
  return modelling() && count > 1 ? runtime::choose(count, HEDDLE_SITE()) : 0;
}

HEDDLE_EXPORT(void, heddle_observe, const char* name, std::size_t name_size, const char* value,
              std::size_t value_size) {
  if (modelling()) {
    runtime::observe(name, name_size, value, value_size);
  }
}

HEDDLE_EXPORT(void, heddle_observe_integer, const char* name, std::size_t name_size,
              long long value) {
  if (modelling()) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    runtime::observe(name, name_size, digits, static_cast<std::size_t>(end.ptr - digits));
  }
}

HEDDLE_EXPORT(void, heddle_outside, void (*run)(void*), void* argument) {
  if (modelling()) {
    runtime::outside(run, argument);
  } else {
    run(argument);
  }
}

HEDDLE_EXPORT(void, heddle_progress) {
  if (modelling()) {
    runtime::progress();
  }
}

HEDDLE_EXPORT(void, heddle_ignore, const void* memory, std::size_t size) {
  if (modelling()) {
    runtime::ignore(memory, size);
  }
}

HEDDLE_EXPORT(void, heddle_waits_for, const void* object) {
  if (modelling()) {
    runtime::waits_for(object);
  }
}

HEDDLE_EXPORT(void, heddle_acquired, const void* object) {
  if (modelling()) {
    runtime::acquired(object);
  }
}

HEDDLE_EXPORT(void, heddle_set_priority, int priority) {
  if (modelling()) {
    runtime::set_priority(priority);
  }
}
