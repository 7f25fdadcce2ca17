// SPDX-License-Identifier: Apache-2.0
// The functions that doors stand before: the next definition after ours in the lookup order.
//
// Looked up at the first call, because doors are called before any constructor of ours has run.
// Lock-free: two threads may look up the same function at once and find the same address. Look-ups
// do not allocate (a failing one may; the process ends then).
#pragma once

#include <atomic>

namespace heddle::intercept {

/// Address of the next `name`, of the given symbol version unless null. Ends the process with one
/// line if there is none.
void* find_real(const char* name, const char* version);

template <class Function>
class RealFunction;

template <class Result, class... Arguments>
class RealFunction<Result(Arguments...)> {
 public:
  using Pointer = Result (*)(Arguments...);

  constexpr explicit RealFunction(const char* name, const char* version = nullptr)
      : name_(name), version_(version) {}

  Result operator()(Arguments... arguments) { return get()(arguments...); }
  Pointer get() {
    Pointer found = pointer_.load(std::memory_order_acquire);
    if (found == nullptr) [[unlikely]] {
      found = reinterpret_cast<Pointer>(find_real(name_, version_));
      pointer_.store(found, std::memory_order_release);  // Pairs with the acquire above.
    }
    return found;
  }

 private:
  const char* name_;
  const char* version_;
  std::atomic<Pointer> pointer_{nullptr};
};

template <class Result, class... Arguments>
class RealFunction<Result(Arguments...) noexcept> : public RealFunction<Result(Arguments...)> {
 public:
  using RealFunction<Result(Arguments...)>::RealFunction;
};

}  // namespace heddle::intercept

// The attributes of libc's declarations do not matter here.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/// Defines `real_<name>`, callable like the declared function `name`.
#define HEDDLE_REAL(name) \
  constinit ::heddle::intercept::RealFunction<decltype(::name)> real_##name { #name }
/// The same with a symbol version.
#define HEDDLE_REAL_VERSION(name, version) \
  constinit ::heddle::intercept::RealFunction<decltype(::name)> real_##name { #name, version }
/// The same for a function that no header declares.
#define HEDDLE_REAL_AS(name, ...) \
  constinit ::heddle::intercept::RealFunction<__VA_ARGS__> real_##name { #name }
