// SPDX-License-Identifier: Apache-2.0
// A reader-writer lock that lets no reader in while a writer waits (the second problem of Courtois,
// Heymans and Parnas, CACM 1971). Writers queue in order of arrival among themselves.
//
// Contract
//   Thread safety    all members; unlock() by the thread that wrote, unlock_shared() by one that
//                    reads. At most 65535 threads.
//   Invariant        state_ counts readers, inside or about to find out that they must wait, in its
//                    lower half and writers, waiting or inside, in its upper half. A writer goes in
//                    when it counts no reader, a reader when it counts no writer.
//   Memory ordering  what a writer did happens-before what later readers and writers do; what a
//                    reader did happens-before what later writers do; readers do not order each
//                    other.
//   Progress         under a fair scheduler no writer starves: once it has announced itself,
//   readers
//                    only leave, and once it has its ticket, each other writer writes at most once
//                    before it. Readers may starve.
//   Cost             12 bytes; uncontended lock() two read-modify-writes, unlock() one,
//                    lock_shared() and unlock_shared() one each. Waiters spin on shared words.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"
#include "primitives/ticket_lock.h"

namespace primitives {

/// SharedLockable without the timed forms; not recursive, for readers neither: one that reads again
/// while a writer waits would wait for itself.
template <unsigned kPlaceBits = 32, class Wait = Yield, class Orders = AsWritten>
class BasicWriterPreferringLock {
 public:
  enum Site { kReadersLeft, kRead, kReadDone, kWriteDone, kSites };

  BasicWriterPreferringLock() = default;
  BasicWriterPreferringLock(const BasicWriterPreferringLock&) = delete;
  BasicWriterPreferringLock& operator=(const BasicWriterPreferringLock&) = delete;

  void lock() {
    // relaxed: keeps new readers out, which needs no more than that they see it.
    state_.fetch_add(kWriter, std::memory_order_relaxed);
    writers_.lock();
    waits_for(this);
    // acquire: what readers did; pairs with release in unlock_shared(). Through its release
    // sequence the load also sees who came before them.
    wait_until<Wait>([&] {
      return (state_.load(Orders::at(kReadersLeft, std::memory_order_acquire)) & kReaders) == 0;
    });
    acquired(this);
  }

  void unlock() {
    // Writers first: the next one is then inside before a reader can be.
    writers_.unlock();
    // release: the critical section; pairs with acquire in lock_shared().
    state_.fetch_sub(kWriter, Orders::at(kWriteDone, std::memory_order_release));
  }

  void lock_shared() {
    waits_for(this);
    while (!enter()) {
      wait_until<Wait>([&] { return no_writer(); });
    }
    acquired(this);
  }

  bool try_lock_shared() {
    const bool entered = no_writer() && enter();
    if (entered) {
      acquired(this);
    }
    return entered;
  }

  void unlock_shared() {
    // release: that reading is over; pairs with acquire in lock().
    state_.fetch_sub(1, Orders::at(kReadDone, std::memory_order_release));
  }

 private:
  /// Counts itself in at once, so that readers cannot make each other fail, and out again if there
  /// is a writer: each reader at most once while the writer waits.
  bool enter() {
    // acquire: what writers did; pairs with release in unlock().
    if (state_.fetch_add(1, Orders::at(kRead, std::memory_order_acquire)) < kWriter) {
      return true;
    }
    // relaxed: nothing was read.
    state_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  // relaxed: decides when to try; enter() makes sure.
  bool no_writer() const { return state_.load(std::memory_order_relaxed) < kWriter; }

  static constexpr std::uint32_t kReaders = 0xffff;
  static constexpr std::uint32_t kWriter = 0x10000;

  std::atomic<std::uint32_t> state_{0};
  BasicTicketLock<kPlaceBits, Wait> writers_;
};

using WriterPreferringLock = BasicWriterPreferringLock<>;

}  // namespace primitives
