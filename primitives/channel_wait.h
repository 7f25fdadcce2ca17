// SPDX-License-Identifier: Apache-2.0
// What threads wait with in channels (channel.h): tickets to sleep on, lines to hang in, and the
// locks of several channels at once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <mutex>

#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

enum ChannelSite { kChannelServe, kChannelServed, kChannelSites };

/// One thread's wait, which is served once, though it may hang in several channels.
///
/// Memory ordering: what came before serve() happens-before what follows wait().
template <class Orders>
class ChannelTicket {
 public:
  /// True for one caller, who then must serve it.
  bool claim() {
    std::uint32_t open = kOpen;
    // relaxed: decides who, and tells nothing.
    return state_.compare_exchange_strong(open, kClaimed, std::memory_order_relaxed,
                                          std::memory_order_relaxed);
  }

  /// The ticket may be gone when this returns.
  void serve(std::size_t index) {
    // release: the value that was moved; pairs with acquire in wait().
    state_.store(kServed + static_cast<std::uint32_t>(index),
                 Orders::at(kChannelServe, std::memory_order_release));
    futex_wake(state_, 1);
  }

  /// The number that it was served with.
  std::size_t wait() {
    while (true) {
      // acquire: the value that was moved; pairs with release in serve().
      const std::uint32_t state =
          state_.load(Orders::at(kChannelServed, std::memory_order_acquire));
      if (state >= kServed) {
        return state - kServed;
      }
      futex_wait(state_, state);
    }
  }

 private:
  static constexpr std::uint32_t kOpen = 0;
  static constexpr std::uint32_t kClaimed = 1;
  static constexpr std::uint32_t kServed = 2;

  FutexWord state_{kOpen};
};

/// One case of a thread that waits. The channel's lock is held wherever it is touched, but by its
/// own thread before it hangs and after it was served.
template <class Orders>
struct ChannelWaiter {
  /// To be called by who has claimed it; the waiter may be gone when this returns.
  void finish(bool was_done) {
    done = was_done;
    ticket->serve(index);
  }

  ChannelTicket<Orders>* ticket = nullptr;
  std::size_t index = 0;
  void* value = nullptr;  ///< To be moved from (sender), or the optional to be filled (receiver).
  bool done = false;
  bool hangs = false;
  ChannelWaiter* before = nullptr;
  ChannelWaiter* behind = nullptr;
};

/// Waiters of one channel and one kind, in order of arrival.
template <class Orders>
class ChannelLine {
 public:
  using Waiter = ChannelWaiter<Orders>;

  void hang_in(Waiter& waiter, ChannelTicket<Orders>& ticket, std::size_t index, void* value) {
    waiter.ticket = &ticket;
    waiter.index = index;
    waiter.value = value;
    waiter.hangs = true;
    waiter.before = last_;
    waiter.behind = nullptr;
    (last_ == nullptr ? first_ : last_->behind) = &waiter;
    last_ = &waiter;
  }

  /// Does nothing if it does not hang.
  void take_out(Waiter& waiter) {
    if (waiter.hangs) {
      waiter.hangs = false;
      (waiter.before == nullptr ? first_ : waiter.before->behind) = waiter.behind;
      (waiter.behind == nullptr ? last_ : waiter.behind->before) = waiter.before;
    }
  }

  /// Takes out waiters until it gets one that nobody else serves; null if there is none.
  Waiter* claim_first() {
    while (first_ != nullptr) {
      Waiter* const waiter = first_;
      take_out(*waiter);
      if (waiter->ticket->claim()) {
        return waiter;
      }
    }
    return nullptr;
  }

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

/// Locks several mutexes, of which some may be the same, in the order of their addresses.
template <std::size_t kCount>
class ChannelLocks {
 public:
  explicit ChannelLocks(const std::array<std::mutex*, kCount>& mutexes) : mutexes_(mutexes) {
    if constexpr (kCount > 1) {
      std::sort(mutexes_.begin(), mutexes_.end(), std::less<>());
    }
  }

  void lock() {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (i == 0 || mutexes_[i] != mutexes_[i - 1]) {
        mutexes_[i]->lock();
      }
    }
  }

  void unlock() {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (i == 0 || mutexes_[i] != mutexes_[i - 1]) {
        mutexes_[i]->unlock();
      }
    }
  }

 private:
  std::array<std::mutex*, kCount> mutexes_;
};

/// The number of the first case that was done; that of the cases if none can be.
template <class... Cases>
std::size_t first_ready(Cases&... cases) {
  std::size_t index = 0;
  const bool any = ((cases.poll() || (static_cast<void>(++index), false)) || ...);
  return any ? index : sizeof...(Cases);
}

}  // namespace primitives
