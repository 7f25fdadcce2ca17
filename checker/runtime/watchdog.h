// SPDX-License-Identifier: Apache-2.0
// Nothing hangs: notices that model code runs or blocks for seconds without a visible operation.
//
// A real OS thread samples a counter that the engine advances at each hook. When the counter has
// not moved for the given time, the watchdog sends SIGURG to the explorer's OS thread; the handler
// calls the engine back there, with the interrupted context, so that it can see the stack and
// divert. Time is counted in samples: a process that is stopped under a debugger does not trip it.
#pragma once

#include <signal.h>
#include <ucontext.h>

#include <atomic>
#include <cstdint>

namespace heddle::runtime {

/// Runs in the signal handler on the explorer's OS thread; may divert() (signals.h). The watchdog
/// goes on sampling and calls again after the same time if the counter still stands.
using StallHandler = void (*)(ucontext_t* context);

struct WatchdogOptions {
  double seconds = 5;  ///< Without progress, before the handler is called.
  std::uint32_t sample_milliseconds = 250;
};

/// At most one at a time. start() and stop() on the explorer's OS thread and its own FS base.
class Watchdog {
 public:
  /// Watches *progress on behalf of the calling OS thread. False if no thread can be had.
  bool start(const volatile std::uint64_t* progress, StallHandler handler,
             WatchdogOptions options = {});
  /// In a forked process, which has no watching thread: a timer's signal (SIGALRM) interrupts the
  /// calling OS thread instead, and looks at the counter then. Until the process ends.
  void watch_by_timer();
  /// Waits for the watching thread to end. No signal arrives afterwards. No-op if not started.
  void stop();
  /// While not enabled nothing is a stall: for the explorer's own long work. Starts enabled.
  void enable(bool enabled) { enabled_.store(enabled, std::memory_order_relaxed); }
  std::uint64_t stalls() const { return stalls_.load(std::memory_order_relaxed); }

 private:
  static void* watch(void* self);
  static void on_signal(int signal, siginfo_t* info, void* context);
  static void on_timer(int signal, siginfo_t* info, void* context);
  std::uint64_t patience() const;
  void loop();
  void finish();
  static const volatile std::uint32_t* futex_word(const std::atomic<std::uint32_t>& word) {
    return reinterpret_cast<const volatile std::uint32_t*>(&word);
  }

  const volatile std::uint64_t* progress_ = nullptr;
  StallHandler handler_ = nullptr;
  WatchdogOptions options_;
  std::uint64_t thread_ = 0;
  std::int32_t explorer_ = 0;  ///< Kernel id of the watched OS thread.
  std::atomic<std::uint32_t> stopping_ = 0;
  std::atomic<bool> enabled_ = true;
  std::atomic<std::uint64_t> stalled_at_ = 0;  ///< Counter value for which the signal was sent.
  std::atomic<std::uint64_t> stalls_ = 0;
  std::uint64_t timer_saw_ = 0;  ///< The counter at the last timer's signal,
  std::uint64_t unchanged_ = 0;  ///< and how often it was the same.
  bool running_ = false;
  bool was_blocked_ = false;
};

}  // namespace heddle::runtime
