// SPDX-License-Identifier: Apache-2.0
// A reader-writer lock that lets no reader in while a writer waits (the second problem of Courtois,
// Heymans and Parnas, CACM 1971). Writers queue in order of arrival among themselves.
//
// Contract
//   Thread safety    all members; unlock() by the thread that wrote, unlock_shared() by one that
//                    reads. At most 65535 threads.
//   Invariant        state_ counts readers, inside or about to find out that they must wait, in
//                    its lower half and writers, waiting or inside, in its upper half. A writer
//                    goes in when it counts no reader, a reader when it counts no writer.
//   Memory ordering  what a writer did happens-before what later readers and writers do; what a
//                    reader did happens-before what later writers do; readers do not order each
//                    other.
//   Progress         under a fair scheduler no writer starves: once it has announced itself,
//                    readers only leave, and once it has its ticket, each other writer writes at
//                    most once before it. Readers may starve.
//   Cost             16 bytes; uncontended one read-modify-write to enter and one to leave, for
//                    either side. Waiters spin on shared words.
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
  enum Site { kTake, kReadersLeft, kRead, kReadDone, kWriteDone, kSites };

  BasicWriterPreferringLock() = default;
  BasicWriterPreferringLock(const BasicWriterPreferringLock&) = delete;
  BasicWriterPreferringLock& operator=(const BasicWriterPreferringLock&) = delete;

  void lock() {
    if (take()) {
      waits_for(this);
      acquired(this);
      return;
    }
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
    std::uint32_t own = kWriter;
    if (alone_) {
      alone_ = false;
      own += kReader;
    } else {
      // Writers first: the next one is then inside before a reader can be.
      writers_.unlock();
    }
    // release: the critical section; pairs with acquire in lock_shared(), take() and lock().
    state_.fetch_sub(own, Orders::at(kWriteDone, std::memory_order_release));
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
    state_.fetch_sub(kReader, Orders::at(kReadDone, std::memory_order_release));
  }

 private:
  /// A writer that finds nobody, needs no ticket: it counts as a writer and as a reader at once, so
  /// that both kinds wait for it.
  bool take() {
    std::uint32_t nobody = 0;
    // acquire: what writers and readers did; pairs with release in unlock() and unlock_shared().
    if (!state_.compare_exchange_strong(nobody, kWriter + kReader,
                                        Orders::at(kTake, std::memory_order_acquire),
                                        std::memory_order_relaxed)) {
      return false;
    }
    alone_ = true;
    return true;
  }

  /// Counts itself in at once, so that readers cannot make each other fail, and out again if there
  /// is a writer: each reader at most once while the writer waits.
  bool enter() {
    // acquire: what writers did; pairs with release in unlock().
    if (state_.fetch_add(kReader, Orders::at(kRead, std::memory_order_acquire)) < kWriter) {
      return true;
    }
    // relaxed: nothing was read.
    state_.fetch_sub(kReader, std::memory_order_relaxed);
    return false;
  }

  // relaxed: decides when to try; enter() makes sure.
  bool no_writer() const { return state_.load(std::memory_order_relaxed) < kWriter; }

  static constexpr std::uint32_t kReader = 1;
  static constexpr std::uint32_t kReaders = 0xffff;
  static constexpr std::uint32_t kWriter = 0x10000;

  std::atomic<std::uint32_t> state_{0};
  BasicTicketLock<kPlaceBits, Wait> writers_;
  bool alone_ = false;  // The writer's: it came without a ticket.
};

using WriterPreferringLock = BasicWriterPreferringLock<>;

}  // namespace primitives
