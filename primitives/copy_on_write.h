// SPDX-License-Identifier: Apache-2.0
// A value that is replaced as a whole: readers hold a version that nobody changes any more, writers
// copy, change and publish (the immutable versions of Reed, 1978; the simplest form of read-copy-
// update). A version goes when its last reader lets go of it.
//
// Contract
//   Thread safety    all members. An update() must not call update() of the same cell.
//   Invariant        no version changes once it is current_. Writers take turns.
//   Memory ordering  an update happens-before what follows a load() of its version, or of a later
//                    one, and before later updates.
//   Progress         load() spins while another thread copies or exchanges the pointer, a few
//                    instructions; never for a whole update. Writers wait for each other.
//   Cost             one pointer with its count, a spin lock and a mutex. load() is two
//                    read-modify-writes and a store. An update copies the value, on the heap.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "primitives/test_and_set_lock.h"

namespace primitives {

template <class T>
class CopyOnWrite {
 public:
  using Version = std::shared_ptr<const T>;

  template <class... Arguments>
  explicit CopyOnWrite(Arguments&&... arguments)
      : current_(std::make_shared<const T>(std::forward<Arguments>(arguments)...)) {}
  CopyOnWrite(const CopyOnWrite&) = delete;
  CopyOnWrite& operator=(const CopyOnWrite&) = delete;

  /// The current version. Never null.
  Version load() const {
    std::lock_guard guard(pointer_);
    return current_;
  }

  /// `change(T&)` gets a copy of the current version, which then takes its place. If it throws,
  /// nothing has changed.
  template <class Change>
  void update(Change&& change) {
    std::lock_guard turn(writers_);
    auto next = std::make_shared<T>(*current_);  // Only writers change current_.
    std::forward<Change>(change)(*next);
    publish(std::move(next));
  }

  void store(T value) {
    auto next = std::make_shared<T>(std::move(value));
    std::lock_guard turn(writers_);
    publish(std::move(next));
  }

 private:
  void publish(Version version) {
    std::lock_guard guard(pointer_);
    current_.swap(version);  // The old version may go, but after the guard: it was made before it.
  }

  std::mutex writers_;
  mutable TestAndSetLock pointer_;
  Version current_;
};

}  // namespace primitives
