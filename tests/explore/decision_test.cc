// SPDX-License-Identifier: Apache-2.0
// What decides: the nearest passing execution of a failing one, and schedules attempted on fixes.
#include <gtest/gtest.h>

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"

namespace {

using heddle::Finding;
using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::TraceStep;

Options everything() {
  Options options;
  options.stop_at_first_bug = false;
  options.after_race = heddle::AfterRace::kPromote;
  return options;
}

Finding finding_of(const Report& report, FindingKind kind) {
  for (const Finding& finding : report.findings) {
    if (finding.kind == kind) {
      return finding;
    }
  }
  ADD_FAILURE() << to_text(report);
  return {};
}

/// The decision must be about steps that there are, and its execution must pass.
void check_decision(const Finding& finding, void (*body)(), const Options& options) {
  const heddle::Decision& decision = finding.decision;
  ASSERT_FALSE(decision.kind.empty()) << to_text(finding);
  ASSERT_GE(decision.step, 0);
  ASSERT_LT(decision.step, static_cast<std::int64_t>(finding.trace.size()));
  ASSERT_GE(decision.passing_step, 0);
  ASSERT_LT(decision.passing_step, static_cast<std::int64_t>(decision.passing.size()));
  EXPECT_GT(decision.tried, 0u);
  const Report again = heddle::replay(decision.token, body, options);
  EXPECT_TRUE(again.findings.empty()) << decision.message << "\n" << to_text(again);
  EXPECT_EQ(again.executions, 1u);
}

void store_buffering() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int left = 1;
  int right = 1;
  std::thread first([&] {
    x.store(1, std::memory_order_release);
    left = y.load(std::memory_order_acquire);
  });
  std::thread second([&] {
    y.store(1, std::memory_order_release);
    right = x.load(std::memory_order_acquire);
  });
  first.join();
  second.join();
  assert(left == 1 || right == 1);
}

TEST(Decision, a_stale_read) {
  const Report report = heddle::explore(store_buffering, everything());
  const Finding finding = finding_of(report, FindingKind::kAssertion);
  check_decision(finding, store_buffering, everything());
  EXPECT_EQ(finding.decision.kind, "reads_from");
  EXPECT_NE(finding.decision.message.find("reads 0, the initial value; in the nearest execution "
                                          "that passes it reads 1, which"),
            std::string::npos)
      << finding.decision.message;
}

void opposite_order() {
  std::mutex a;
  std::mutex b;
  std::thread other([&] {
    const std::lock_guard first(b);
    const std::lock_guard second(a);
  });
  {
    const std::lock_guard first(a);
    const std::lock_guard second(b);
  }
  other.join();
}

TEST(Decision, who_takes_a_lock_first) {
  const Report report = heddle::explore(opposite_order, everything());
  const Finding finding = finding_of(report, FindingKind::kDeadlock);
  check_decision(finding, opposite_order, everything());
  EXPECT_EQ(finding.decision.kind, "lock_order");
  const TraceStep& step = finding.trace[static_cast<std::size_t>(finding.decision.step)];
  EXPECT_EQ(step.what, "lock mutex");
  const std::string text = to_text(finding);
  EXPECT_NE(text.find("wait-for cycle: "), std::string::npos) << text;
  EXPECT_NE(text.find("^ this decides"), std::string::npos) << text;
  EXPECT_NE(text.find("what went wrong: Each waits"), std::string::npos) << text;
}

int hits = 0;  // Not on the stack, where what lay there before is an access, too.

void lost_update() {
  auto clerk = [] { hits = hits + 1; };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  assert(hits == 2);
}

TEST(Decision, of_a_race_that_no_order_avoids) {
  const Report report = heddle::explore(lost_update, everything());
  const Finding race = finding_of(report, FindingKind::kDataRace);
  EXPECT_TRUE(race.decision.kind.empty());
  EXPECT_NE(race.decision.message.find("not the order of steps"), std::string::npos)
      << race.decision.message;
}

/// The race stays; what it leads to depends on what is read.
TEST(Decision, of_what_a_race_leads_to) {
  const Report report = heddle::explore(lost_update, everything());
  const Finding finding = finding_of(report, FindingKind::kAssertion);
  EXPECT_EQ(finding.decision.kind, "reads_from") << finding.decision.message;
  EXPECT_NE(finding.decision.message.find("it reads 1, which T"), std::string::npos)
      << finding.decision.message;
}

void no_predicate() {
  std::mutex door;
  std::condition_variable call;
  std::atomic<bool> ready{false};
  std::thread customer([&] {
    if (!ready) {
      std::unique_lock lock(door);
      call.wait(lock);
    }
  });
  ready = true;
  call.notify_one();
  customer.join();
}

TEST(Decision, a_wait_that_could_have_come_first) {
  const Report report = heddle::explore(no_predicate, everything());
  check_decision(finding_of(report, FindingKind::kDeadlock), no_predicate, everything());
}

TEST(Decision, can_be_left_out) {
  Options options = everything();
  options.explain = false;
  const Report report = heddle::explore(store_buffering, options);
  EXPECT_EQ(finding_of(report, FindingKind::kAssertion).decision, heddle::Decision{});
}

/// Looking around changes nothing of what the search says.
TEST(Decision, does_not_change_the_search) {
  Options options = everything();
  const Report with = heddle::explore(opposite_order, options);
  options.explain = false;
  const Report without = heddle::explore(opposite_order, options);
  EXPECT_EQ(with.executions, without.executions);
  EXPECT_EQ(with.blocked, without.blocked);
  EXPECT_EQ(with.events, without.events);
  EXPECT_EQ(with.findings.size(), without.findings.size());
}

Options cycles() {
  Options options;
  options.search = heddle::SearchKind::kCycles;
  return options;
}

void polite(std::mutex& first, std::mutex& second) {
  for (;;) {
    first.lock();
    if (second.try_lock()) {
      break;
    }
    first.unlock();
  }
  second.unlock();
  first.unlock();
}

void two_polite_threads() {
  static std::mutex a;
  static std::mutex b;
  std::thread other([] { polite(a, b); });
  polite(b, a);
  other.join();
}

TEST(Decision, of_a_livelock_is_who_goes_on) {
  const Finding finding =
      finding_of(heddle::explore(two_polite_threads, cycles()), FindingKind::kLivelock);
  check_decision(finding, two_polite_threads, cycles());
  const heddle::Decision& decision = finding.decision;
  EXPECT_EQ(decision.kind, "schedule");
  EXPECT_EQ(decision.message.find("the loop ends if "), 0u) << decision.message;
  EXPECT_NE(decision.message.find("the program ends"), std::string::npos) << decision.message;
  const TraceStep& step = finding.trace[static_cast<std::size_t>(decision.step)];
  const TraceStep& there = decision.passing[static_cast<std::size_t>(decision.passing_step)];
  EXPECT_NE(step.thread, there.thread);
  EXPECT_EQ(step.object, there.object) << decision.message;
  EXPECT_GE(decision.step, finding.cycle_from);
  EXPECT_NE(to_text(finding).find("what decides it: the loop ends if"), std::string::npos);
}

void misses_the_moment() {
  static std::atomic<int> flag{0};
  std::thread other([] {
    flag.store(1);
    flag.store(2);
  });
  while (flag.load() != 1) {
  }
  other.join();
}

/// From the loop nothing leads out; before it there was a choice.
TEST(Decision, of_a_loop_without_a_way_out_is_before_it) {
  const Finding finding =
      finding_of(heddle::explore(misses_the_moment, cycles()), FindingKind::kSpin);
  check_decision(finding, misses_the_moment, cycles());
  EXPECT_EQ(finding.decision.message.find("nothing leads out of the loop; it is avoided if "), 0u)
      << finding.decision.message;
  EXPECT_LT(finding.decision.step, finding.cycle_from);
  const TraceStep& step = finding.trace[static_cast<std::size_t>(finding.decision.step)];
  EXPECT_EQ(step.value, "2") << finding.decision.message;
}

/// Nobody sets it, which compilers are not to know.
std::atomic<bool>& never_set() {
  static std::atomic<bool> flag{false};
  asm volatile("" : : "r"(&flag) : "memory");
  return flag;
}

void waits_for_nobody() {
  while (!never_set().load()) {
  }
}

TEST(Decision, that_nothing_leads_out_of_a_loop) {
  const Finding finding =
      finding_of(heddle::explore(waits_for_nobody, cycles()), FindingKind::kSpin);
  EXPECT_TRUE(finding.decision.kind.empty());
  EXPECT_TRUE(finding.decision.passing.empty());
  EXPECT_EQ(finding.decision.message.find("nothing leads out of the loop: "), 0u)
      << finding.decision.message;
}

/// Some states are not known: one of them might lead out.
TEST(Decision, nothing_is_said_of_ways_that_are_not_known) {
  Options options = cycles();
  options.cycles.states = 10;
  const Report report = heddle::explore(
      [] {
        static std::atomic<long> rounds{0};
        if (heddle::choose(2) == 0) {
          while (!never_set().load()) {
          }
        }
        for (;;) {
          rounds.fetch_add(1);
        }
      },
      options);
  EXPECT_EQ(finding_of(report, FindingKind::kSpin).decision, heddle::Decision{});
}

void takes_turns_for_ever() {
  static std::atomic<bool> held{false};
  const auto work = [] {
    for (;;) {
      heddle::waits_for(&held);
      while (held.exchange(true)) {
      }
      heddle::acquired(&held);
      heddle::progress();
      held.store(false);
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
}

TEST(Decision, of_starvation_is_where_the_thread_gets_on) {
  const Finding finding =
      finding_of(heddle::explore(takes_turns_for_ever, cycles()), FindingKind::kStarvation);
  const heddle::Decision& decision = finding.decision;
  EXPECT_EQ(decision.kind, "schedule") << to_text(finding);
  EXPECT_NE(decision.message.find("gets what it waits for"), std::string::npos) << decision.message;
  ASSERT_LT(static_cast<std::size_t>(decision.passing_step), decision.passing.size());
  const TraceStep& there = decision.passing[static_cast<std::size_t>(decision.passing_step)];
  EXPECT_NE(there.what.find("exchange"), std::string::npos) << decision.message;
  EXPECT_NE(there.value.find("-> 1"), std::string::npos) << there.value;
  EXPECT_TRUE(decision.token.empty()) << "it does not end there";
}

void tosses_until_heads() {
  while (heddle::choose(2) == 0) {
  }
}

TEST(Decision, of_a_loop_that_luck_ends_is_the_outcome) {
  const Finding finding =
      finding_of(heddle::explore(tosses_until_heads, cycles()), FindingKind::kSpin);
  check_decision(finding, tosses_until_heads, cycles());
  EXPECT_EQ(finding.decision.kind, "choice");
  EXPECT_NE(finding.decision.message.find("gives 1 instead of 0"), std::string::npos)
      << finding.decision.message;
}

TEST(Decision, of_a_loop_can_be_left_out) {
  Options options = cycles();
  options.explain = false;
  const Report report = heddle::explore(two_polite_threads, options);
  EXPECT_EQ(finding_of(report, FindingKind::kLivelock).decision, heddle::Decision{});
}

}  // namespace
