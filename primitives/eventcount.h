// SPDX-License-Identifier: Apache-2.0
// An eventcount: lets a thread sleep until a condition over other variables holds, without a lock
// around them (Reed and Kanodia, CACM 1979; in this form Vyukov, 2008). What makes a lock-free
// queue a blocking one:
//
//   events.await([&] { return queue.try_pop(item); });      // consumer
//   queue.push(item);  events.notify_one();                 // producer
//
// Contract
//   Thread safety    all members. Must not be destroyed before every notify has returned.
//   Invariant        waiters_ counts threads between prepare() and the end of cancel() or wait().
//                    A thread that has prepared before a notify() looked is not asleep after it.
//   Memory ordering  if a condition that was made true before a notify is not seen by a look
//                    after prepare(), whatever its memory orders, then the notify ends the wait.
//                    Nothing else: who wakes looks at the condition again, and what the condition
//                    publishes is up to its own orders.
//   Progress         notifying is wait-free; waiting blocks. notify_one() wakes one thread that
//                    sleeps, and everybody who has prepared and does not sleep yet looks again.
//   Cost             8 bytes; to notify nobody a fence and a load. Two read-modify-writes a wait,
//                    and a system call to sleep, another to wake.
#pragma once

#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

template <class Orders = AsWritten>
class BasicEventCount {
 public:
  enum Site { kPrepared, kChanged, kSites };

  /// Which notifications are old.
  using Key = std::uint32_t;

  BasicEventCount() = default;
  BasicEventCount(const BasicEventCount&) = delete;
  BasicEventCount& operator=(const BasicEventCount&) = delete;

  /// Announces a wait. Look at the condition now, then call cancel() or wait().
  Key prepare() {
    // relaxed, both: before the look at the condition by the fence.
    waiters_.fetch_add(1, std::memory_order_relaxed);
    const Key key = epoch_.load(std::memory_order_relaxed);
    // seq_cst: waiters_ and epoch_ before the condition; pairs with the fence in anybody_waits().
    fence(Orders::at(kPrepared, std::memory_order_seq_cst));
    return key;
  }

  void cancel() {
    // relaxed: too many waiters cost a system call, no more.
    waiters_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Returns after a notification that came after prepare(); perhaps one meant for others.
  void wait(Key key) {
    // relaxed: orders nothing, as the contract says.
    while (epoch_.load(std::memory_order_relaxed) == key) {
      futex_wait(epoch_, key);
    }
    cancel();
  }

  /// Returns when `condition()` has returned true.
  template <class Condition>
  void await(const Condition& condition) {
    while (!condition()) {
      const Key key = prepare();
      if (condition()) {
        cancel();
        return;
      }
      wait(key);
    }
  }

  void notify_one() {
    if (anybody_waits()) {
      futex_wake(epoch_, 1);
    }
  }

  void notify_all() {
    if (anybody_waits()) {
      futex_wake_all(epoch_);
    }
  }

 private:
  bool anybody_waits() {
    // seq_cst: the condition before waiters_; pairs with the fence in prepare().
    fence(Orders::at(kChanged, std::memory_order_seq_cst));
    // relaxed: by the fence.
    if (waiters_.load(std::memory_order_relaxed) == 0) {
      return false;
    }
    // relaxed: by the fence, who reads this in prepare() sees the condition as it is now.
    epoch_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  FutexWord epoch_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

using EventCount = BasicEventCount<>;

}  // namespace primitives
