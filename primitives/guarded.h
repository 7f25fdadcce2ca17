// SPDX-License-Identifier: Apache-2.0
// A value that can only be reached with its lock held, so that forgetting the lock does not compile
// (the idea of monitors: Hoare, CACM 1974).
//
//   Guarded<std::vector<int>> numbers;
//   numbers.lock()->push_back(1);
//   const std::size_t size = numbers.with([](auto& value) { return value.size(); });
//
// Contract
//   Thread safety    all members. Nothing stops a reference that is kept beyond the lock: do not.
//   Invariant        the value is touched by the holder of its lock only.
//   Memory ordering  that of `Mutex`: what one holder did happens-before what the next does.
//   Progress         that of `Mutex`.
//   Cost             the value and its lock.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace primitives {

template <class T, class Mutex = std::mutex>
class Guarded {
 public:
  /// The value, locked until this goes out of scope. `Lock` is a guard of the standard's.
  template <class Value, class Lock>
  class Access {
   public:
    Access(Value& value, Mutex& mutex) : lock_(mutex), value_(&value) {}
    Value& operator*() const { return *value_; }
    Value* operator->() const { return value_; }

   private:
    Lock lock_;
    Value* value_;
  };

  template <class... Arguments>
  explicit Guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  Access<T, std::unique_lock<Mutex>> lock() { return {value_, mutex_}; }

  /// To read only, beside other readers.
  Access<const T, std::shared_lock<Mutex>> lock_shared() const requires requires(Mutex mutex) {
    mutex.lock_shared();
  }
  { return {value_, mutex_}; }

  /// What `function(value)` returns; not a reference to the value or a part of it.
  template <class Function>
  auto with(Function&& function) {
    std::lock_guard guard(mutex_);
    return std::forward<Function>(function)(value_);
  }

 private:
  mutable Mutex mutex_;
  T value_;
};

}  // namespace primitives
