// SPDX-License-Identifier: Apache-2.0
// What the options of an exploration change: spurious wake-ups, timeouts, promotion, virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "heddle/heddle.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::Timeouts;
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

Names values(const Report& report, const std::string& name) {
  Names found;
  for (const heddle::Outcome& outcome : report.outcomes) {
    for (const heddle::OutcomeValue& value : outcome.values) {
      if (value.name == name) {
        found.insert(value.value);
      }
    }
  }
  return found;
}

Options go_on() {
  Options options;
  options.stop_at_first_bug = false;
  return options;
}

struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  bool full = false;
};

void send(Mailbox& box) {
  const std::lock_guard lock(box.mutex);
  box.full = true;
  box.arrived.notify_one();
}

void waits_once() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    if (!box.full) {
      box.arrived.wait(lock);
    }
    assert(box.full);
  });
  send(box);
  reader.join();
}

void waits_in_a_loop() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    box.arrived.wait(lock, [&] { return box.full; });
    assert(box.full);
  });
  send(box);
  reader.join();
}

TEST(SpuriousWakeups, BreakAWaitWithoutALoop) {
  EXPECT_EQ(heddle::explore(waits_once, go_on()).verdict, Verdict::kOk);
  Options spurious = go_on();
  spurious.spurious_wakeups = true;
  const Report report = heddle::explore(waits_once, spurious);
  EXPECT_EQ(kinds(report), Names{"assertion"}) << to_text(report);
  ASSERT_FALSE(report.findings.empty());
  const Report again = heddle::replay(report.findings[0].token, waits_once, spurious);
  EXPECT_EQ(kinds(again), Names{"assertion"}) << to_text(again);
}

TEST(SpuriousWakeups, AreBoundedWhereTheWaitLoops) {
  Options spurious = go_on();
  spurious.spurious_wakeups = true;
  const Report report = heddle::explore(waits_in_a_loop, spurious);
  EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
  EXPECT_FALSE(report.bounds.empty());
}

void waits_an_hour_for_a_letter() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    heddle::observe("got", box.arrived.wait_for(lock, 1h, [&] { return box.full; }));
  });
  send(box);
  reader.join();
}

void waits_an_hour_for_nothing() {
  Mailbox box;
  std::thread reader([&] {
    const auto start = std::chrono::steady_clock::now();
    std::unique_lock lock(box.mutex);
    const bool got = box.arrived.wait_for(lock, 1h, [&] { return box.full; });
    assert(!got);
    assert(std::chrono::steady_clock::now() - start >= 1h);
  });
  reader.join();
}

TEST(TimeoutPolicy, AdversarialWaitsMayExpireAtAnyMoment) {
  const Report report = heddle::explore(waits_an_hour_for_a_letter, go_on());
  EXPECT_EQ(values(report, "got"), (Names{"0", "1"})) << to_text(report);
}

TEST(TimeoutPolicy, IdleWaitsExpireOnlyWhenNobodyElseCanGoOn) {
  Options idle = go_on();
  idle.timeouts = Timeouts::kIdle;
  const Report served = heddle::explore(waits_an_hour_for_a_letter, idle);
  EXPECT_EQ(values(served, "got"), Names{"1"}) << to_text(served);
  EXPECT_EQ(served.verdict, Verdict::kOk) << to_text(served);
  const Report alone = heddle::explore(waits_an_hour_for_nothing, idle);
  EXPECT_TRUE(alone.findings.empty()) << to_text(alone);
}

void waits_in_steps_for_a_letter() {
  Mailbox box;
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    while (!box.arrived.wait_for(lock, 1h, [&] { return box.full; })) {
    }
  });
  send(box);
  reader.join();
}

void waits_in_steps_and_then_for_ever() {
  Mailbox box;
  std::mutex held;
  held.lock();
  std::thread reader([&] {
    std::unique_lock lock(box.mutex);
    while (!box.arrived.wait_for(lock, 1h, [&] { return box.full; })) {
    }
    held.lock();
  });
  send(box);
  reader.join();
}

TEST(TimeoutPolicy, ABoundOnExpiriesIsPrintedAndHidesNoLaterDeadlock) {
  const Report report = heddle::explore(waits_in_steps_for_a_letter, go_on());
  EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
  EXPECT_FALSE(report.bounds.empty());
  const Report stuck = heddle::explore(waits_in_steps_and_then_for_ever, go_on());
  EXPECT_EQ(kinds(stuck), Names{"deadlock"}) << to_text(stuck);
}

void times_out_and_tells() {
  std::timed_mutex mutex;
  std::atomic<int> result{-1};
  mutex.lock();
  std::thread other([&] {
    const bool got = mutex.try_lock_for(1h);
    result = got;
    if (got) {
      mutex.unlock();
    }
  });
  mutex.unlock();
  other.join();
  heddle::observe("got", result.load());
}

TEST(TimeoutPolicy, HoldsForTimedLocks) {
  EXPECT_EQ(values(heddle::explore(times_out_and_tells, go_on()), "got"), (Names{"0", "1"}));
  Options idle = go_on();
  idle.timeouts = Timeouts::kIdle;
  EXPECT_EQ(values(heddle::explore(times_out_and_tells, idle), "got"), Names{"1"});
}

void sleeps() {
  const auto start = std::chrono::steady_clock::now();
  std::thread other([] { std::this_thread::sleep_for(48h); });
  other.join();
  assert(std::chrono::steady_clock::now() - start >= 48h);
}

TEST(VirtualTime, SleepsTakeNoTimeAndJoinsCarryTheClock) {
  const Report report = heddle::explore(sleeps, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_LT(report.seconds, 3600.0);
}

void polls_until_a_deadline() {
  std::atomic<bool> ready{false};
  std::thread other([&] { ready.store(true); });
  const auto deadline = std::chrono::steady_clock::now() + 100ms;
  bool seen = false;
  while (!(seen = ready.load()) && std::chrono::steady_clock::now() < deadline) {
  }
  heddle::observe("seen", seen);
  other.join();
}

TEST(VirtualTime, APolledDeadlineMayPassOrNot) {
  const Report report = heddle::explore(polls_until_a_deadline, go_on());
  EXPECT_TRUE(report.findings.empty()) << to_text(report);
  EXPECT_EQ(values(report, "seen"), (Names{"0", "1"})) << to_text(report);
}

void notes_the_time_and_then_spins() {
  std::atomic<bool> ready{false};
  std::thread other([&] { ready.store(true); });
  const auto start = std::chrono::steady_clock::now();
  while (!ready.load()) {
  }
  assert(std::chrono::steady_clock::now() == start);
  other.join();
}

TEST(VirtualTime, DoesNotPassInASpinThatDoesNotReadTheClock) {
  const Report report = heddle::explore(notes_the_time_and_then_spins, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

void races_on_a_flag() {
  int flag = 0;
  std::thread other([&] { flag = 1; });
  heddle::observe("flag", flag);
  other.join();
}

TEST(AfterRace, PromotionShowsBothValues) {
  Options stop = go_on();
  const Report plain = heddle::explore(races_on_a_flag, stop);
  EXPECT_EQ(kinds(plain), Names{"data_race"});
  Options promote = go_on();
  promote.after_race = heddle::AfterRace::kPromote;
  const Report shown = heddle::explore(races_on_a_flag, promote);
  EXPECT_EQ(kinds(shown), Names{"data_race"});
  EXPECT_EQ(values(shown, "flag"), (Names{"0", "1"}));
}

void races_on_a_range() {
  char text[24] = {};
  volatile std::size_t size = sizeof text;  // Or g++ writes it in line and unannounced.
  const std::size_t bytes = size;
  std::thread other([&] { std::memset(text, 1, bytes); });
  std::memset(text, 2, bytes);
  other.join();
}

TEST(AfterRace, WhatCannotBePromotedIsSaid) {
  Options promote = go_on();
  promote.after_race = heddle::AfterRace::kPromote;
  const Report report = heddle::explore(races_on_a_range, promote);
  EXPECT_EQ(kinds(report), Names{"data_race"});
  const auto says_so = [](const std::string& warning) {
    return warning.find("what it leads to is not explored") != std::string::npos;
  };
  EXPECT_EQ(std::count_if(report.warnings.begin(), report.warnings.end(), says_so), 1);
  const Report stop = heddle::explore(races_on_a_range, go_on());
  EXPECT_EQ(std::count_if(stop.warnings.begin(), stop.warnings.end(), says_so), 0);
}

}  // namespace
