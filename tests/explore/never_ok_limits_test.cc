// SPDX-License-Identifier: Apache-2.0
// Limits and bounds that bind, in correct programs: never `ok`, and where the program fits, `ok`.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

using heddle::Options;
using heddle::Report;
using heddle::Verdict;

/// Three threads, each adds twice: 90 executions.
void correct() {
  std::atomic<int> x{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&x] {
      x.fetch_add(1);
      x.fetch_add(1);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}
constexpr std::uint64_t kExecutions = 90;
/// Two additions (of two events), a start and an end of each thread; main's creations, joins, end.
constexpr std::uint32_t kEvents = 3 * 6 + 3 + 3 + 1;

TEST(NeverOkLimits, WithoutLimitsThisProgramIsOk) {
  const Report report = heddle::explore(correct);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, kExecutions);
  EXPECT_EQ(report.blocked, 0u);
}

TEST(NeverOkLimits, Executions) {
  for (const std::uint64_t most : {1u, 2u, 64u, 65u, 89u}) {
    Options options;
    options.limits.executions = most;
    const Report report = heddle::explore(correct, options);
    EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
    EXPECT_EQ(report.executions, most);
    EXPECT_FALSE(report.complete);
  }
}

TEST(NeverOkLimits, Seconds) {
  for (const double seconds : {1e-300, 1e-9, 1e-6}) {
    Options options;
    options.limits.seconds = seconds;
    const Report report = heddle::explore(correct, options);
    EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  }
  Options endless;
  endless.limits.seconds = std::numeric_limits<double>::infinity();
  EXPECT_EQ(heddle::explore(correct, endless).verdict, Verdict::kOk);
}

void never_ends() {
  std::atomic<unsigned> x{0};
  std::thread other([&] {
    while (x.fetch_add(1) != 0xffff'ffff) {
    }
  });
  other.join();
}

TEST(NeverOkLimits, SecondsEndAnExecutionThatDoesNotEnd) {
  Options options;
  options.limits.events_per_execution = 0;
  options.limits.seconds = 0.2;
  const Report report = heddle::explore(never_ends, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  EXPECT_EQ(report.executions, 0u);
}

void spins_or_counts_for_ever() {
  static std::atomic<bool> never{false};
  asm volatile("" : : "r"(&never) : "memory");  // Compilers are not to know that nobody sets it.
  static std::atomic<long> rounds{0};
  if (heddle::choose(2) == 0) {
    while (!never.load()) {
    }
  }
  for (;;) {
    rounds.fetch_add(1);
  }
}

TEST(NeverOkLimits, ALassoIsConfirmedThoughTheTimeIsUp) {
  Options options;
  options.search = heddle::SearchKind::kCycles;
  options.cycles.states = 0;
  options.limits.events_per_execution = 0;
  options.limits.seconds = 0.2;
  const Report report = heddle::explore(spins_or_counts_for_ever, options);
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  EXPECT_EQ(report.findings[0].kind, heddle::FindingKind::kSpin) << to_text(report);
}

/// The step that is not taken any more is no way back to the state before it.
TEST(NeverOkLimits, WhereALimitStopsARunIsNoCycle) {
  const auto counts_for_ever = [] {
    static std::atomic<long> rounds{0};
    for (;;) {
      rounds.fetch_add(1);
    }
  };
  Options options;
  options.search = heddle::SearchKind::kCycles;
  options.limits.events_per_execution = 100;
  const Report by_events = heddle::explore(counts_for_ever, options);
  EXPECT_EQ(by_events.verdict, Verdict::kIncomplete) << to_text(by_events);
  EXPECT_EQ(by_events.transitions + 1, by_events.states);
  options.limits.events_per_execution = 0;
  options.cycles.states = 0;
  options.limits.seconds = 0.1;
  const Report by_time = heddle::explore(counts_for_ever, options);
  EXPECT_EQ(by_time.verdict, Verdict::kIncomplete) << to_text(by_time);
}

TEST(NeverOkLimits, Events) {
  Options options;
  for (options.limits.events_per_execution = 1; options.limits.events_per_execution < kEvents;
       ++options.limits.events_per_execution) {
    const Report report = heddle::explore(correct, options);
    EXPECT_NE(report.verdict, Verdict::kOk) << options.limits.events_per_execution;
    EXPECT_NE(report.verdict, Verdict::kBounded) << options.limits.events_per_execution;
  }
  EXPECT_EQ(heddle::explore(correct, options).verdict, Verdict::kOk);
}

TEST(NeverOkLimits, Threads) {
  for (const std::uint32_t most : {1u, 2u, 3u}) {
    Options options;
    options.limits.threads = most;
    EXPECT_EQ(heddle::explore(correct, options).verdict, Verdict::kBug) << most;
  }
  Options enough;
  enough.limits.threads = 4;
  EXPECT_EQ(heddle::explore(correct, enough).verdict, Verdict::kOk);
}

TEST(NeverOkLimits, NumbersThatAreNoLimitsAreRefused) {
  for (const double wrong : {-1.0, std::numeric_limits<double>::quiet_NaN(), -1e-300}) {
    Options seconds;
    seconds.limits.seconds = wrong;
    EXPECT_THROW(heddle::explore(correct, seconds), std::invalid_argument);
    Options quiet;
    quiet.limits.quiet_seconds = wrong;
    EXPECT_THROW(heddle::explore(correct, quiet), std::invalid_argument);
  }
  Options none;
  none.limits.quiet_seconds = 0;
  EXPECT_EQ(heddle::explore(correct, none).verdict, Verdict::kOk);
  none.limits.quiet_seconds = std::numeric_limits<double>::infinity();
  EXPECT_EQ(heddle::explore(correct, none).verdict, Verdict::kOk);
}

void retries_by_try_lock() {
  std::mutex mutex;
  int failed = 0;
  std::thread other([&] {
    while (!mutex.try_lock()) {
      ++failed;
    }
    mutex.unlock();
  });
  mutex.lock();
  mutex.unlock();
  other.join();
}

void retries_by_compare_exchange() {
  std::atomic<int> x{1};
  std::thread other([&] { x.store(0); });
  int tries = 0;
  int seen = 0;
  while (!x.compare_exchange_strong(seen, 2)) {
    seen = 0;
    heddle::outside([&] { ++tries; });
  }
  other.join();
}

struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  bool full = false;
  void send() {
    const std::lock_guard lock(mutex);
    full = true;
    arrived.notify_one();
  }
};

void waits_in_a_loop() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    box.arrived.wait(lock, [&] { return box.full; });
  });
  box.send();
  reader.join();
}

void waits_in_steps() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    while (!box.arrived.wait_for(lock, std::chrono::hours(1), [&] { return box.full; })) {
    }
  });
  box.send();
  reader.join();
}

void expect_not_ok(void (*body)(), const Options& options) {
  const Report report = heddle::explore(body, options);
  EXPECT_NE(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_NE(report.verdict, Verdict::kBug) << to_text(report);
  EXPECT_EQ(report.verdict == Verdict::kBounded, !report.bounds.empty() && report.complete)
      << to_text(report);
}

TEST(NeverOkBounds, EachBoundThatCutsIsPrinted) {
  for (const std::uint32_t most : {0u, 1u, 2u}) {
    Options options;
    options.limits.executions = 500;
    options.bounds = {most, most, most, most};
    options.spurious_wakeups = true;
    expect_not_ok(retries_by_try_lock, options);
    expect_not_ok(retries_by_compare_exchange, options);
    expect_not_ok(waits_in_a_loop, options);
    options.spurious_wakeups = false;
    expect_not_ok(waits_in_steps, options);
  }
}

TEST(NeverOkBounds, NothingLeftByAnAssumptionIsNotOk) {
  const Report report = heddle::explore([] {
    std::thread other([] { heddle::assume(false); });
    other.join();
  });
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
}

}  // namespace
