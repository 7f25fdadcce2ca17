// SPDX-License-Identifier: Apache-2.0
// Programs that one clause of a detector, a bound or a verdict decides alone.
#include <gtest/gtest.h>
#include <semaphore.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "support/uninstrumented.h"

namespace {

using heddle::Options;
using heddle::Report;
using heddle::Verdict;
using namespace std::chrono_literals;

using Names = std::set<std::string>;

Names kinds(const Report& report) {
  Names names;
  for (const heddle::Finding& finding : report.findings) {
    names.emplace(to_string(finding.kind));
  }
  return names;
}

Options go_on() {
  Options options;
  options.stop_at_first_bug = false;
  return options;
}

std::terminate_handler previous_terminate = nullptr;

// Verdicts.

void writes_a_lot() {
  std::atomic<int> x{0};
  const auto write = [&] {
    for (int i = 0; i < 8; ++i) {
      x.store(i);
    }
  };
  std::thread one(write);
  std::thread two(write);
  one.join();
  two.join();
}

TEST(Limits, TimeThatIsUpMakesTheVerdictIncomplete) {
  Options options = go_on();
  options.limits.seconds = 0.001;
  const Report report = heddle::explore(writes_a_lot, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  EXPECT_FALSE(report.complete);
}

void makes_many_events() {
  for (int i = 0; i < 300; ++i) {
    uninstrumented::never_set.load();
  }
}

TEST(Limits, AnExecutionThatIsTooLongProvesNothing) {
  Options options = go_on();
  options.limits.events_per_execution = 100;
  EXPECT_EQ(heddle::explore(makes_many_events, options).verdict, Verdict::kIncomplete);
  EXPECT_EQ(heddle::explore(makes_many_events, go_on()).verdict, Verdict::kOk);
}

void aborts_for_an_exception() {
  const std::terminate_handler before = std::set_terminate([] { std::abort(); });
  heddle::outside([before] { previous_terminate = before; });
  std::thread([] { throw std::runtime_error("reason"); }).join();
}

TEST(Ends, AnAbortForAnExceptionIsTheException) {
  const Report report = heddle::explore(aborts_for_an_exception, go_on());
  std::set_terminate(previous_terminate);
  ASSERT_EQ(kinds(report), Names{"exception"}) << to_text(report);
  EXPECT_NE(report.findings[0].message.find("reason"), std::string::npos);
}

void observes_one() { heddle::observe("value", heddle::choose(2)); }

TEST(Replays, ProveNothing) {
  const Report report = heddle::explore(observes_one, go_on());
  ASSERT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  const Report again = heddle::replay(report.outcomes.at(0).token, observes_one);
  EXPECT_EQ(again.verdict, Verdict::kIncomplete) << to_text(again);
}

/// The store that the load is made to read happens only after what comes behind the load.
void depends_on_a_race() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int plain = 0;
  std::thread other([&] { (plain == 1 ? x : y).store(1); });
  x.load();
  plain = 1;
  other.join();
}

TEST(Races, ThatMakeExecutionsDifferAreTheOnlyFinding) {
  const Report report = heddle::explore(depends_on_a_race, go_on());
  EXPECT_EQ(kinds(report), Names{"data_race"}) << to_text(report);
  EXPECT_FALSE(report.complete);
}

// Memory.

void frees_with_the_wrong_function() {
  void (*volatile release)(void*) = [](void* block) { ::operator delete(block); };
  release(std::malloc(8));
}

TEST(Heap, ABlockIsReleasedByTheFunctionOfItsKind) {
  const Report report = heddle::explore(frees_with_the_wrong_function, go_on());
  EXPECT_EQ(kinds(report), Names{"bad_free"}) << to_text(report);
}

void is_initialised_unseen() {
  alignas(8) char memory[8];
  auto* x = new (memory) std::atomic<int>(1);
  heddle::observe("first", x->load());
  uninstrumented::store_unseen(memory, 2);
  heddle::observe("second", x->load());
}

TEST(Locations, BeginANewLifeWhenMemoryChangedUnseen) {
  const Report report = heddle::explore(is_initialised_unseen, go_on());
  ASSERT_EQ(report.outcomes.size(), 1u) << to_text(report);
  EXPECT_EQ(report.outcomes[0].values[0].value, "1");
  EXPECT_EQ(report.outcomes[0].values[1].value, "2");
}

std::uint64_t whole = 1;

void reads_half_of_an_atomic() {
  __atomic_store_n(&whole, 2, __ATOMIC_RELAXED);
  (void)__atomic_load_n(reinterpret_cast<std::uint32_t*>(&whole), __ATOMIC_RELAXED);
}

void reads_the_other_half_of_an_atomic() {
  __atomic_store_n(&whole, 2, __ATOMIC_RELAXED);
  (void)__atomic_load_n(reinterpret_cast<std::uint32_t*>(&whole) + 1, __ATOMIC_RELAXED);
}

TEST(Locations, HaveOneSizeAndDoNotOverlap) {
  const Report half = heddle::explore(reads_half_of_an_atomic, go_on());
  EXPECT_EQ(kinds(half), Names{"unsupported"}) << to_text(half);
  const Report other = heddle::explore(reads_the_other_half_of_an_atomic, go_on());
  EXPECT_EQ(kinds(other), Names{"unsupported"}) << to_text(other);
}

thread_local int* kept_by_thread = nullptr;

void keeps_a_block_in_a_thread_local() { kept_by_thread = new int(1); }

TEST(Heap, WhatAThreadLocalPointsToIsNoLeak) {
  const Report report = heddle::explore(keeps_a_block_in_a_thread_local, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

thread_local int counted_by_thread = 7;

void changes_a_thread_local() {
  assert(counted_by_thread == 7);
  ++counted_by_thread;
  std::thread other([] {
    assert(counted_by_thread == 7);
    ++counted_by_thread;
  });
  other.join();
  heddle::choose(3);
}

TEST(Verdicts, ThreadLocalsAreRestoredBetweenExecutions) {
  const Report report = heddle::explore(changes_a_thread_local, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 3u);
}

// Waiting.

void lock_both_in_either_order() {
  std::mutex a;
  std::mutex b;
  std::thread other([&] { std::scoped_lock both(b, a); });
  { std::scoped_lock both(a, b); }
  other.join();
}

TEST(Bounds, OnFailedTryLockRoundsAreTheirOwn) {
  Options options = go_on();
  options.limits.executions = 20000;
  const Report report = heddle::explore(lock_both_in_either_order, options);
  EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
  ASSERT_EQ(report.bounds.size(), 1u);
  EXPECT_NE(report.bounds[0].find("try-lock rounds"), std::string::npos) << report.bounds[0];
}

void expects_three_units() {
  sem_t units;
  sem_init(&units, 0, 0);
  std::thread other([&] {
    for (int i = 0; i < 3; ++i) {
      sem_post(&units);
    }
  });
  const timespec deadline{4'000'000'000, 0};
  int failed = 0;
  for (int i = 0; i < 3 + uninstrumented::never_set.load(); ++i) {
    failed += sem_timedwait(&units, &deadline) == 0 ? 0 : 1;
  }
  heddle::observe("failed", failed);
  other.join();
}

TEST(Bounds, OnExpiredWaitsAreSaid) {
  const Report report = heddle::explore(expects_three_units, go_on());
  EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
}

void waits_for_a_store() {
  std::atomic<int> ready{0};
  std::thread other([&] {
    ready.store(1);
    ready.notify_one();
  });
  ready.wait(0);
  other.join();
}

TEST(LibrarySpin, ReadsAnewInItsLastRound) {
  const Report report = heddle::explore(waits_for_a_store, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 10u) << to_text(report);
}

void only_watches_the_clock() {
  const auto deadline = std::chrono::steady_clock::now() + 1h;
  while (std::chrono::steady_clock::now() < deadline) {
  }
}

TEST(VirtualTime, PassesForALoopThatOnlyWatchesIt) {
  Options options = go_on();
  options.limits.quiet_seconds = 1;
  const Report report = heddle::explore(only_watches_the_clock, options);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

/// The wait that expires first ends the other one, whose thread is asked first.
void waits_with_two_deadlines() {
  sem_t early;
  sem_t late;
  sem_init(&early, 0, 0);
  sem_init(&late, 0, 0);
  std::thread one([&] {
    const timespec deadline{4'000'000'000, 0};
    heddle::observe("late", sem_timedwait(&late, &deadline));
  });
  std::thread two([&] {
    const timespec deadline{3'000'000'000, 0};
    heddle::observe("early", sem_timedwait(&early, &deadline));
    sem_post(&late);
  });
  one.join();
  two.join();
}

/// One unit, for one that only tries and one that waits.
void two_want_one_unit() {
  sem_t unit;
  sem_init(&unit, 0, 0);
  std::thread poster([&] { sem_post(&unit); });
  std::thread waiter([&] {
    const timespec deadline{4'000'000'000, 0};
    heddle::observe("waiter", sem_timedwait(&unit, &deadline));
  });
  std::thread other([&] { sem_trywait(&unit); });
  poster.join();
  waiter.join();
  other.join();
}

TEST(VirtualTime, AnIdleWaitExpiresOnTheNewestState) {
  Options options = go_on();
  options.timeouts = heddle::Timeouts::kIdle;
  const Report report = heddle::explore(two_want_one_unit, options);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 3u) << to_text(report);
  ASSERT_EQ(report.outcomes.size(), 2u);
  for (const heddle::Outcome& outcome : report.outcomes) {
    const Report again = heddle::replay(outcome.token, two_want_one_unit, options);
    ASSERT_EQ(again.outcomes.size(), 1u) << to_text(again);
    EXPECT_EQ(again.outcomes[0].values, outcome.values);
  }
}

TEST(VirtualTime, OfIdleWaitsTheEarliestExpires) {
  Options options = go_on();
  options.timeouts = heddle::Timeouts::kIdle;
  const Report report = heddle::explore(waits_with_two_deadlines, options);
  ASSERT_EQ(report.outcomes.size(), 1u) << to_text(report);
  EXPECT_EQ(report.outcomes[0].values[0].value, "-1");
  EXPECT_EQ(report.outcomes[0].values[1].value, "0");
}

void polls_three_deadlines() {
  for (int i = 0; i < 3; ++i) {
    const auto deadline = std::chrono::steady_clock::now() + 100ms;
    while (!uninstrumented::never_set.load() && std::chrono::steady_clock::now() < deadline) {
    }
  }
}

TEST(VirtualTime, PolledDeadlinesAreBounded) {
  const Report report = heddle::explore(polls_three_deadlines, go_on());
  ASSERT_FALSE(report.bounds.empty()) << to_text(report);
  EXPECT_NE(report.bounds[0].find("polled deadlines"), std::string::npos) << report.bounds[0];
}

void two_wait_for_a_lock_that_is_kept() {
  std::atomic<int> lock{1};
  const auto acquire = [&] {
    while (lock.exchange(1) != 0) {
    }
  };
  std::thread one(acquire);
  std::thread two(acquire);
  one.join();
  two.join();
}

TEST(Spins, ForEverAlsoWhenEachRoundWritesWhatIsThere) {
  const Report report = heddle::explore(two_wait_for_a_lock_that_is_kept, go_on());
  EXPECT_EQ(kinds(report), Names{"spin"}) << to_text(report);
}

struct Waiters {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;

  void wait() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.wait(lock);
  }
};

void notifies_one_of_two() {
  Waiters waiters;
  std::thread one([&] { waiters.wait(); });
  std::thread two([&] { waiters.wait(); });
  {
    std::unique_lock lock(waiters.mutex);
    heddle::assume(waiters.waiting == 2);
    waiters.changed.notify_one();
  }
  one.join();
  two.join();
}

TEST(Deadlocks, ANotificationThatWokeAnotherIsToldFromOneThatCameTooEarly) {
  const Report report = heddle::explore(notifies_one_of_two, go_on());
  EXPECT_EQ(kinds(report), Names{"deadlock"}) << to_text(report);
  for (const heddle::Finding& finding : report.findings) {
    EXPECT_EQ(finding.cause, heddle::DeadlockCause::kLostWakeup);
    EXPECT_NE(finding.message.find("woke another thread"), std::string::npos) << finding.message;
  }
}

}  // namespace
