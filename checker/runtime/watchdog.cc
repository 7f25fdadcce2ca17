// SPDX-License-Identifier: Apache-2.0
// The sampling thread and the signal it sends.
#include "checker/runtime/watchdog.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>

#include "checker/base/check.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/signals_action.h"
#include "checker/runtime/thread_slots_real_thread.h"

namespace heddle::runtime {
namespace {

/// Ignored by default, passed silently by debuggers.
constexpr int kSignal = SIGURG;

std::atomic<Watchdog*> g_watchdog = nullptr;
struct sigaction g_previous;

std::uint64_t kernel_mask(int signal) { return std::uint64_t{1} << (signal - 1); }

}  // namespace

bool Watchdog::start(const volatile std::uint64_t* progress, StallHandler handler,
                     WatchdogOptions options) {
  HEDDLE_CHECK(!running_ && g_watchdog.load() == nullptr);
  progress_ = progress;
  handler_ = handler;
  options_ = options;
  explorer_ = static_cast<std::int32_t>(raw_syscall(SYS_gettid));
  stopping_ = 0;
  stalls_ = 0;
  set_handler(kSignal, &Watchdog::on_signal, &g_previous);
  g_watchdog = this;
  std::uint64_t mask = kernel_mask(kSignal);
  std::uint64_t old_mask = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, reinterpret_cast<long>(&mask),
              reinterpret_cast<long>(&old_mask), sizeof mask);
  was_blocked_ = (old_mask & kernel_mask(kSignal)) != 0;
  running_ = create_real_thread(&Watchdog::watch, this, {}, &thread_);
  if (!running_) {
    finish();
  }
  return running_;
}

void Watchdog::stop() {
  if (!running_) {
    return;
  }
  stopping_.store(1);
  futex_wake(futex_word(stopping_));
  join_real_thread(thread_);
  running_ = false;
  finish();
}

/// Any system call lets a signal arrive that was sent before the watching thread ended.
void Watchdog::finish() {
  raw_syscall(SYS_gettid);
  g_watchdog = nullptr;
  if (was_blocked_) {
    std::uint64_t mask = kernel_mask(kSignal);
    raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, reinterpret_cast<long>(&mask), 0, sizeof mask);
  }
  set_action(kSignal, g_previous);
}

void* Watchdog::watch(void* self) {
  static_cast<Watchdog*>(self)->loop();
  return nullptr;
}

/// In samples.
std::uint64_t Watchdog::patience() const {
  constexpr double kMostSamples = 1e15;
  const double samples =
      std::min(options_.seconds * 1000 / options_.sample_milliseconds, kMostSamples);
  return static_cast<std::uint64_t>(samples < 1 ? 1 : samples);
}

void Watchdog::watch_by_timer() {
  set_handler(SIGALRM, &Watchdog::on_timer, &g_previous);
  timer_saw_ = *progress_;
  unchanged_ = 0;
  itimerval every{};
  every.it_interval.tv_sec = options_.sample_milliseconds / 1000;
  every.it_interval.tv_usec = options_.sample_milliseconds % 1000 * 1000;
  every.it_value = every.it_interval;
  raw_syscall(SYS_setitimer, ITIMER_REAL, reinterpret_cast<long>(&every), 0);
}

void Watchdog::on_timer(int, siginfo_t*, void* context) {
  Watchdog* self = g_watchdog.load();
  if (self == nullptr) {
    return;
  }
  const std::uint64_t now = *self->progress_;
  const bool still = now == self->timer_saw_ && self->enabled_.load(std::memory_order_relaxed);
  self->unchanged_ = still ? self->unchanged_ + 1 : 0;
  self->timer_saw_ = now;
  if (self->unchanged_ >= self->patience()) {
    self->unchanged_ = 0;
    self->stalls_.fetch_add(1, std::memory_order_relaxed);
    self->handler_(static_cast<ucontext_t*>(context));
  }
}

void Watchdog::loop() {
  const std::uint64_t patience = this->patience();
  std::uint64_t last = *progress_;
  std::uint64_t unchanged = 0;
  while (stopping_.load() == 0) {
    futex_wait(futex_word(stopping_), 0, options_.sample_milliseconds);
    const std::uint64_t now = *progress_;
    unchanged = now == last && enabled_.load(std::memory_order_relaxed) ? unchanged + 1 : 0;
    last = now;
    if (unchanged >= patience && stopping_.load() == 0) {
      unchanged = 0;
      stalled_at_ = now;
      raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid), explorer_, kSignal);
    }
  }
}

void Watchdog::on_signal(int, siginfo_t* info, void* context) {
  Watchdog* self = g_watchdog.load();
  const bool is_ours = self != nullptr && info->si_code == SI_TKILL &&
                       info->si_pid == raw_syscall(SYS_getpid) &&
                       raw_syscall(SYS_gettid) == self->explorer_;
  // It may have moved between the sample and the signal.
  if (!is_ours || !self->enabled_.load(std::memory_order_relaxed) ||
      *self->progress_ != self->stalled_at_.load()) {
    return;
  }
  self->stalls_.fetch_add(1, std::memory_order_relaxed);
  self->handler_(static_cast<ucontext_t*>(context));
}

}  // namespace heddle::runtime
