// SPDX-License-Identifier: Apache-2.0
// Events, set by one thread and waited for by others, who sleep in the kernel. A ManualResetEvent
// lets everybody through until it is reset; an AutoResetEvent lets one thread through and is then
// unset by itself.
//
// Contract
//   Thread safety    all members. set() touches the event in one step, and after it only its
//                    address: who has been let through may destroy it, if nobody else uses it.
//   Invariant        word_ is kUnset, kAwaited or kSet. When a thread sleeps, it is kAwaited, or
//                    a thread that was woken is on its way to set it so (AutoResetEvent).
//   Memory ordering  everything before a set() happens-before what follows a wait(), or a
//                    try_wait() that returned true, which it let through. Two calls of set() that
//                    let one thread through both happen-before it.
//   Progress         set(), reset() and try_wait() are wait-free. Who waits for an AutoResetEvent
//                    may be passed by for ever.
//   Cost             4 bytes; one read-modify-write to set, one load to find a ManualResetEvent
//                    set, one read-modify-write for an AutoResetEvent. System calls only to sleep
//                    and to wake.
#pragma once

#include "primitives/annotate.h"
#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

namespace event_states {
inline constexpr std::uint32_t kUnset = 0;
inline constexpr std::uint32_t kAwaited = 1;
inline constexpr std::uint32_t kSet = 2;
}  // namespace event_states

template <class Orders = AsWritten>
class BasicManualResetEvent {
 public:
  enum Site { kLetThrough, kLook, kSites };

  explicit BasicManualResetEvent(bool set = false)
      : word_(set ? event_states::kSet : event_states::kUnset) {}
  BasicManualResetEvent(const BasicManualResetEvent&) = delete;
  BasicManualResetEvent& operator=(const BasicManualResetEvent&) = delete;

  void set() {
    // release: everything before; pairs with acquire in try_wait() and wait().
    if (word_.exchange(event_states::kSet, Orders::at(kLetThrough, std::memory_order_release)) ==
        event_states::kAwaited) {
      futex_wake_all(word_);
    }
  }

  /// A thread that waits and has not looked again since set() waits on.
  void reset() {
    std::uint32_t set = event_states::kSet;
    // relaxed: publishes nothing; whoever sleeps stays announced.
    word_.compare_exchange_strong(set, event_states::kUnset, std::memory_order_relaxed,
                                  std::memory_order_relaxed);
  }

  bool try_wait() const {
    // acquire: what went before set(); pairs with release there.
    return word_.load(Orders::at(kLook, std::memory_order_acquire)) == event_states::kSet;
  }

  void wait() {
    while (!try_wait()) {
      std::uint32_t word = event_states::kUnset;
      // relaxed: says that a thread may sleep, no more; if it is set by now, try_wait() sees it.
      word_.compare_exchange_strong(word, event_states::kAwaited, std::memory_order_relaxed,
                                    std::memory_order_relaxed);
      if (word != event_states::kSet) {
        futex_wait(word_, event_states::kAwaited);
      }
    }
  }

 private:
  FutexWord word_;
};

using ManualResetEvent = BasicManualResetEvent<>;

template <class Orders = AsWritten>
class BasicAutoResetEvent {
 public:
  enum Site { kLetThrough, kTake, kAwait, kSites };

  explicit BasicAutoResetEvent(bool set = false)
      : word_(set ? event_states::kSet : event_states::kUnset) {}
  BasicAutoResetEvent(const BasicAutoResetEvent&) = delete;
  BasicAutoResetEvent& operator=(const BasicAutoResetEvent&) = delete;

  /// Lets one thread through, now or later. Setting an event that is set does nothing.
  void set() {
    // release: everything before; pairs with acquire in try_wait() and wait().
    if (word_.exchange(event_states::kSet, Orders::at(kLetThrough, std::memory_order_release)) ==
        event_states::kAwaited) {
      futex_wake(word_, 1);
    }
  }

  /// Takes back a set() that has let nobody through yet.
  void reset() {
    std::uint32_t set = event_states::kSet;
    // relaxed: publishes nothing.
    word_.compare_exchange_strong(set, event_states::kUnset, std::memory_order_relaxed,
                                  std::memory_order_relaxed);
  }

  bool try_wait() {
    std::uint32_t set = event_states::kSet;
    // acquire: what went before set(); pairs with release there.
    return word_.compare_exchange_strong(set, event_states::kUnset,
                                         Orders::at(kTake, std::memory_order_acquire),
                                         std::memory_order_relaxed);
  }

  void wait() {
    if (try_wait()) {
      return;
    }
    waits_for(this);
    // Leaves kAwaited behind, though nobody may sleep any more: who was woken cannot know.
    // acquire: what went before set(); pairs with release there.
    while (word_.exchange(event_states::kAwaited, Orders::at(kAwait, std::memory_order_acquire)) !=
           event_states::kSet) {
      futex_wait(word_, event_states::kAwaited);
    }
    acquired(this);
  }

 private:
  FutexWord word_;
};

using AutoResetEvent = BasicAutoResetEvent<>;

}  // namespace primitives
