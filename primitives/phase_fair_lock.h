// SPDX-License-Identifier: Apache-2.0
// A phase-fair reader-writer lock: phases of reading and of writing take turns while both sides
// wait (Brandenburg and Anderson, "Spin-Based Reader-Writer Synchronization for Multiprocessor
// Real-Time Systems", Real-Time Systems 46, 2010; their ticket lock PF-T). A reader waits for at
// most one writer, a writer for at most one phase of readers and the writers before it.
//
// A reader counts itself in at in_, where it also sees whether a writer is present and of which of
// two alternating phases; it waits while just that stays so. A writer notes how many readers
// came before it announced itself and waits until as many have counted themselves out.
// Differences from the paper: writers queue in a ticket lock of its own, so the phase is a bit that
// its holder flips instead of a ticket's lowest bit; and reader counts wrap at kReaderBits bits
// (fewer than 30 are for proofs under sequential consistency; ticket_lock.h says why).
//
// Contract
//   Thread safety    all members; unlock() by the thread that wrote, unlock_shared() by one that
//                    reads. Fewer than 2^kReaderBits readers at a time.
//   Invariant        the two lowest bits of in_ are those of the writer that is announced, or 0.
//                    The rest of in_ minus out_ is the number of readers inside or waiting.
//   Memory ordering  what a writer did happens-before what later readers and writers do; what a
//                    reader did happens-before what later writers do; readers do not order each
//                    other.
//   Progress         starvation-free for both sides under a fair scheduler; entering takes a
//                    bounded number of steps but for the waiting itself.
//   Cost             20 bytes; uncontended lock() two read-modify-writes, unlock() one,
//                    lock_shared() and unlock_shared() one each. Waiters spin on shared words.
#pragma once

#include <atomic>
#include <cstdint>

#include "primitives/annotate.h"
#include "primitives/policies.h"
#include "primitives/ticket_lock.h"

namespace primitives {

/// lock(), unlock(), lock_shared(), unlock_shared(); no try forms: a reader that has counted itself
/// in cannot take it back. Not recursive, for readers neither.
template <unsigned kReaderBits = 30, unsigned kPlaceBits = 32, class Wait = Yield,
          class Orders = AsWritten>
requires(kReaderBits >= 1 && kReaderBits <= 30) class BasicPhaseFairLock {
 public:
  enum Site { kReadersLeft, kRead, kReadAwaited, kReadDone, kWriteDone, kSites };

  BasicPhaseFairLock() = default;
  BasicPhaseFairLock(const BasicPhaseFairLock&) = delete;
  BasicPhaseFairLock& operator=(const BasicPhaseFairLock&) = delete;

  void lock() {
    writers_.lock();
    phase_ ^= kPhase;
    // relaxed: keeps readers waiting, which needs no more than that they see it.
    const std::uint32_t before = in_.fetch_add(kPresent | phase_, std::memory_order_relaxed);
    waits_for(this);
    // acquire: what the readers did; pairs with release in unlock_shared().
    wait_until<Wait>(
        [&] { return out_.load(Orders::at(kReadersLeft, std::memory_order_acquire)) == before; });
    acquired(this);
  }

  void unlock() {
    // release: the critical section; pairs with acquire in lock_shared().
    in_.fetch_sub(kPresent | phase_, Orders::at(kWriteDone, std::memory_order_release));
    writers_.unlock();
  }

  void lock_shared() {
    // acquire: the last writer, if none is present; pairs with release in unlock().
    const std::uint32_t writer =
        in_.fetch_add(kReader, Orders::at(kRead, std::memory_order_acquire)) & kWriter;
    waits_for(this);
    if (writer != 0) {
      // acquire: that writer; pairs with release in unlock().
      wait_until<Wait>([&] {
        return (in_.load(Orders::at(kReadAwaited, std::memory_order_acquire)) & kWriter) != writer;
      });
    }
    acquired(this);
  }

  void unlock_shared() {
    // release: that reading is over; pairs with acquire in lock().
    out_.fetch_add(kReader, Orders::at(kReadDone, std::memory_order_release));
  }

 private:
  static constexpr std::uint32_t kPhase = 1;
  static constexpr std::uint32_t kPresent = 2;
  static constexpr std::uint32_t kWriter = kPhase | kPresent;
  static constexpr std::uint32_t kReader = std::uint32_t{1} << (32 - kReaderBits);

  std::atomic<std::uint32_t> in_{0};
  std::atomic<std::uint32_t> out_{0};
  BasicTicketLock<kPlaceBits, Wait> writers_;
  std::uint32_t phase_ = 0;  // The holder of writers_ flips it.
};

using PhaseFairLock = BasicPhaseFairLock<>;

}  // namespace primitives
