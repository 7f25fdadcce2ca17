// SPDX-License-Identifier: Apache-2.0
// A mutex that its holder may lock again: any mutex, with its holder's name and a depth.
//
// Contract
//   Thread safety    all members; unlock() by the thread that holds it, as often as it locked.
//   Invariant        holder_ names the thread that holds mutex_, or nobody; depth_ is how often
//                    it has locked, and belongs to it.
//   Memory ordering  what a holder did happens-before what the next holder does, by mutex_ alone.
//   Progress         that of `Mutex`; locking again is wait-free.
//   Cost             16 bytes and the mutex. The first lock() costs one load and one store more
//                    than that of the mutex, each further one a load.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/futex_mutex.h"

namespace primitives {

/// BasicLockable and Lockable.
template <class Mutex = FutexMutex>
class RecursiveMutex {
 public:
  RecursiveMutex() = default;
  RecursiveMutex(const RecursiveMutex&) = delete;
  RecursiveMutex& operator=(const RecursiveMutex&) = delete;

  void lock() {
    if (!lock_again()) {
      mutex_.lock();
      begin();
    }
  }

  bool try_lock() {
    if (lock_again()) {
      return true;
    }
    const bool taken = mutex_.try_lock();
    if (taken) {
      begin();
    }
    return taken;
  }

  void unlock() {
    if (--depth_ == 0) {
      // relaxed: as in lock_again().
      holder_.store(nullptr, std::memory_order_relaxed);
      mutex_.unlock();
    }
  }

 private:
  /// The address of a thread's own variable: another thread may get it when this one has ended, and
  /// then this one holds nothing.
  static const void* self() {
    thread_local char name;
    return &name;
  }

  bool lock_again() {
    // relaxed: only this thread stores its own name, and it has seen its own stores. Any other
    // value, however old, says no.
    if (holder_.load(std::memory_order_relaxed) != self()) {
      return false;
    }
    ++depth_;
    return true;
  }

  void begin() {
    // relaxed: as in lock_again().
    holder_.store(self(), std::memory_order_relaxed);
    depth_ = 1;
  }

  std::atomic<const void*> holder_{nullptr};
  std::uint32_t depth_ = 0;
  Mutex mutex_;
};

}  // namespace primitives
