// SPDX-License-Identifier: Apache-2.0
// Runs something once, whoever comes first, while others wait in the kernel. The state machine
// that Drepper's futexes suggest for pthread_once; exceptions let the next one try.
//
// Contract
//   Thread safety    call() from any thread, but not from within itself. All calls must mean the
//                    same work. Must not be destroyed before all calls have returned.
//   Invariant        state_ is kNew, kRunning, kAwaited (running, and a thread may sleep) or
//                    kDone. Who made it kRunning runs the work, and nobody else.
//   Memory ordering  the work happens-before what follows any call(); an attempt that threw
//                    happens-before the next one.
//   Progress         once done, wait-free. Before, all wait for who runs the work.
//   Cost             4 bytes; once done, one load.
#pragma once

#include <utility>

#include "primitives/futex.h"
#include "primitives/policies.h"

namespace primitives {

template <class Orders = AsWritten>
class BasicOnce {
 public:
  enum Site { kLook, kBegin, kLookAgain, kFinish, kSites };

  BasicOnce() = default;
  BasicOnce(const BasicOnce&) = delete;
  BasicOnce& operator=(const BasicOnce&) = delete;

  /// Runs `work` if nobody has, or waits for who does. What it throws comes out, and it counts as
  /// not run.
  template <class Work>
  void call(Work&& work) {
    // acquire: the work; pairs with release in finish().
    if (state_.load(Orders::at(kLook, std::memory_order_acquire)) != kDone && begin()) {
      Attempt attempt(*this);
      std::forward<Work>(work)();
      attempt.result = kDone;
    }
  }

 private:
  static constexpr std::uint32_t kNew = 0;
  static constexpr std::uint32_t kRunning = 1;
  static constexpr std::uint32_t kAwaited = 2;
  static constexpr std::uint32_t kDone = 3;

  /// Ends the work when it goes out of scope, however that comes.
  struct Attempt {
    explicit Attempt(BasicOnce& once) : once(once) {}
    ~Attempt() { once.finish(result); }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    BasicOnce& once;
    std::uint32_t result = kNew;
  };

  /// True if this thread is to run the work, false once it is done.
  [[gnu::noinline]] bool begin() {
    std::uint32_t state = kNew;
    while (true) {
      // acquire, if it succeeds: an attempt that threw; pairs with release in finish(). If it
      // fails: the work, if it is done; pairs with the same.
      if (state_.compare_exchange_strong(state, kRunning,
                                         Orders::at(kBegin, std::memory_order_acquire),
                                         Orders::at(kLookAgain, std::memory_order_acquire))) {
        return true;
      }
      if (state == kDone) {
        return false;
      }
      // relaxed: announces the wait, no more.
      if (state == kAwaited ||
          state_.compare_exchange_strong(state, kAwaited, std::memory_order_relaxed,
                                         std::memory_order_relaxed)) {
        futex_wait(state_, kAwaited);
      }
      state = kNew;
    }
  }

  void finish(std::uint32_t result) {
    // release: the work, or the attempt; pairs with acquire in call() and begin().
    if (state_.exchange(result, Orders::at(kFinish, std::memory_order_release)) == kAwaited) {
      futex_wake_all(state_);
    }
  }

  FutexWord state_{kNew};
};

using Once = BasicOnce<>;

}  // namespace primitives
