// SPDX-License-Identifier: Apache-2.0
// Two barriers for a fixed number of threads, that spin.
//
// SenseReversingBarrier: one counter, and a sense that the last thread to arrive reverses (Hensgen,
// Finkel and Manber, 1988; section 3.1 of Mellor-Crummey and Scott, TOCS 1991). A thread's own
// sense is not kept: it is what it reads before it arrives, as nobody reverses it before that.
// DisseminationBarrier: in round k of about log2(threads), each thread signals the one 2^k behind
// it and waits for the one 2^k before it (same papers). Instead of parity and sense each flag holds
// the number of the episode: nobody is more than one ahead.
//
// Contract
//   Thread safety    arrive_and_wait() by each of the threads; one Seat a thread. May be
//                    destroyed when all threads are through.
//   Invariant        sense-reversing: missing_ threads have yet to arrive in this episode, at
//                    least one. Dissemination: a flag has one writer, and only grows (it wraps).
//   Memory ordering  what each thread did before an episode happens-before what each does after
//                    it.
//   Progress         blocking by nature; a thread leaves within its own steps once all have
//                    arrived.
//   Cost             sense-reversing: 12 bytes, one read-modify-write and two loads a thread;
//                    O(threads) traffic on two words. Dissemination: log2(threads) words a
//                    thread, as many stores and awaited loads, no read-modify-write.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "primitives/policies.h"

namespace primitives {

template <class Wait = Yield, class Orders = AsWritten>
class BasicSenseReversingBarrier {
 public:
  enum Site { kArrive, kReverse, kReversed, kSites };

  explicit BasicSenseReversingBarrier(std::uint32_t threads)
      : threads_(threads), missing_(threads) {}
  BasicSenseReversingBarrier(const BasicSenseReversingBarrier&) = delete;
  BasicSenseReversingBarrier& operator=(const BasicSenseReversingBarrier&) = delete;

  void arrive_and_wait() {
    // relaxed: this thread has seen the last reversal, and there is none before it arrives.
    const bool sense = sense_.load(std::memory_order_relaxed);
    // release: what this thread did; acquire: what all others did, if it is the last. Each pairs
    // with the other here.
    if (missing_.fetch_sub(1, Orders::at(kArrive, std::memory_order_acq_rel)) == 1) {
      // relaxed: published by the reversal.
      missing_.store(threads_, std::memory_order_relaxed);
      // release: what all threads did, and missing_; pairs with acquire below.
      sense_.store(!sense, Orders::at(kReverse, std::memory_order_release));
    } else {
      // acquire: what all threads did; pairs with release above.
      wait_until<Wait>(
          [&] { return sense_.load(Orders::at(kReversed, std::memory_order_acquire)) != sense; });
    }
  }

 private:
  const std::uint32_t threads_;
  std::atomic<std::uint32_t> missing_;
  std::atomic<bool> sense_{false};
};

using SenseReversingBarrier = BasicSenseReversingBarrier<>;

template <class Wait = Yield, class Orders = AsWritten>
class BasicDisseminationBarrier {
 public:
  enum Site { kSignal, kSignalled, kSites };

  explicit BasicDisseminationBarrier(std::uint32_t threads)
      : threads_(threads),
        rounds_(rounds_for(threads)),
        flags_(std::make_unique<Flag[]>(std::size_t{threads} * rounds_)) {}

  /// The place of one of the threads: 0 to threads - 1, each taken once.
  class Seat {
   public:
    Seat(BasicDisseminationBarrier& barrier, std::uint32_t place)
        : barrier_(barrier), place_(place) {}
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    void arrive_and_wait() {
      ++episode_;
      for (std::uint32_t round = 0; round < barrier_.rounds_; ++round) {
        const std::uint32_t behind = (place_ + (1u << round)) % barrier_.threads_;
        // release: what this thread did and has heard of; pairs with acquire below.
        barrier_.flag(behind, round)
            .store(episode_, Orders::at(kSignal, std::memory_order_release));
        Flag& own = barrier_.flag(place_, round);
        // acquire: what the thread before did and has heard of; pairs with release above.
        wait_until<Wait>([&] {
          const std::uint32_t seen = own.load(Orders::at(kSignalled, std::memory_order_acquire));
          return static_cast<std::int32_t>(seen - episode_) >= 0;
        });
      }
    }

   private:
    BasicDisseminationBarrier& barrier_;
    const std::uint32_t place_;
    std::uint32_t episode_ = 0;
  };

 private:
  using Flag = std::atomic<std::uint32_t>;

  /// The smallest number with 2^number >= threads.
  static std::uint32_t rounds_for(std::uint32_t threads) {
    std::uint32_t rounds = 0;
    while ((1u << rounds) < threads) {
      ++rounds;
    }
    return rounds;
  }

  Flag& flag(std::uint32_t place, std::uint32_t round) { return flags_[place * rounds_ + round]; }

  const std::uint32_t threads_;
  const std::uint32_t rounds_;
  const std::unique_ptr<Flag[]> flags_;
};

using DisseminationBarrier = BasicDisseminationBarrier<>;

}  // namespace primitives
