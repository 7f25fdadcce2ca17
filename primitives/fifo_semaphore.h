// SPDX-License-Identifier: Apache-2.0
// A counting semaphore that serves in order of arrival: who acquires stands in line (a ticket
// lock), and the first in line waits until there are as many permits as it wants.
//
// Contract
//   Thread safety    all members; any thread may release. At most 2^kPlaceBits threads acquire at a
//                    time.
//   Invariant        free_ is the number of permits that nobody has, never below 0; only the first
//                    in line takes any.
//   Memory ordering  everything before a release() happens-before what follows an acquire() that
//                    got a permit from it, or a later one.
//   Progress         starvation-free under a fair scheduler if permits come back; FIFO: once in
//                    line, a thread gets its permits before any that comes later, however many it
//                    wants. So acquire(1) waits behind acquire(3), though a permit is free.
//                    release() is wait-free.
//   Cost             12 bytes; uncontended two read-modify-writes, and one to release. Waiters spin
//                    on shared words: O(waiters) cache traffic each time the line moves on.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"
#include "primitives/ticket_lock.h"

namespace primitives {

template <unsigned kPlaceBits = 32, class Wait = Yield, class Orders = AsWritten>
class BasicFifoSemaphore {
 public:
  enum Site { kWait, kTry, kRelease, kSites };

  explicit BasicFifoSemaphore(std::int32_t permits) : free_(permits) {}
  BasicFifoSemaphore(const BasicFifoSemaphore&) = delete;
  BasicFifoSemaphore& operator=(const BasicFifoSemaphore&) = delete;

  void acquire(std::int32_t count = 1) {
    line_.lock();
    waits_for(this);
    // acquire: what went before the releases; pairs with release in release().
    wait_until<Wait>(
        [&] { return free_.load(Orders::at(kWait, std::memory_order_acquire)) >= count; });
    take(count);
    line_.unlock();
  }

  /// Takes the permits only if nobody stands in line and there are enough. May fail when another
  /// thread acquires or releases at the same time.
  bool try_acquire(std::int32_t count = 1) {
    if (!line_.try_lock()) {
      return false;
    }
    // acquire: what went before the releases; pairs with release in release().
    const bool enough = free_.load(Orders::at(kTry, std::memory_order_acquire)) >= count;
    if (enough) {
      take(count);
    }
    line_.unlock();
    return enough;
  }

  void release(std::int32_t count = 1) {
    // release: everything before; pairs with acquire in acquire() and try_acquire(). What several
    // threads add and take is one release sequence, so the last value brings them all.
    free_.fetch_add(count, Orders::at(kRelease, std::memory_order_release));
  }

 private:
  void take(std::int32_t count) {
    // relaxed: the load before has acquired; nobody else takes.
    free_.fetch_sub(count, std::memory_order_relaxed);
    acquired(this);
  }

  std::atomic<std::int32_t> free_;
  BasicTicketLock<kPlaceBits, Wait> line_;
};

using FifoSemaphore = BasicFifoSemaphore<>;

}  // namespace primitives
