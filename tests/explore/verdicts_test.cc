// SPDX-License-Identifier: Apache-2.0
// What explore() says about small bodies, through the whole stack: verdicts, findings, counts,
// limits.
#include <gtest/gtest.h>

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

using heddle::FindingKind;
using heddle::Model;
using heddle::Options;
using heddle::Report;
using heddle::Verdict;

Options everything(Model model = Model::kRc11) {
  Options options;
  options.model = model;
  options.stop_at_first_bug = false;
  options.after_race = heddle::AfterRace::kPromote;
  return options;
}

std::set<std::string> kinds(const Report& report) {
  std::set<std::string> names;
  for (const heddle::Finding& finding : report.findings) {
    names.emplace(to_string(finding.kind));
  }
  return names;
}

/// Explores, replays every finding from its token, and returns the report.
Report explore_and_replay(void (*body)(), const Options& options = everything()) {
  Report report = heddle::explore(body, options);
  for (const heddle::Finding& finding : report.findings) {
    if (finding.token.empty()) {
      continue;
    }
    const Report again = heddle::replay(finding.token, body, options);
    EXPECT_TRUE(kinds(again).contains(std::string(to_string(finding.kind))))
        << finding.message << "\n"
        << to_text(again);
  }
  return report;
}

using Names = std::set<std::string>;

void store_buffering() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int r0 = 0;
  int r1 = 0;
  std::thread one([&] {
    x.store(1, std::memory_order_relaxed);
    r0 = y.load(std::memory_order_relaxed);
  });
  std::thread two([&] {
    y.store(1, std::memory_order_relaxed);
    r1 = x.load(std::memory_order_relaxed);
  });
  one.join();
  two.join();
  heddle::observe("r0", r0);
  heddle::observe("r1", r1);
}

TEST(Verdicts, StoreBufferingHasFourExecutionsUnderRc11AndThreeUnderSc) {
  const Report relaxed = explore_and_replay(store_buffering);
  EXPECT_EQ(relaxed.verdict, Verdict::kOk) << to_text(relaxed);
  EXPECT_EQ(relaxed.executions, 4u);
  EXPECT_EQ(relaxed.outcomes.size(), 4u);
  const Report strong = explore_and_replay(store_buffering, everything(Model::kSc));
  EXPECT_EQ(strong.verdict, Verdict::kOk) << to_text(strong);
  EXPECT_EQ(strong.executions, 3u);
  EXPECT_EQ(strong.outcomes.size(), 3u);
}

TEST(Verdicts, OutcomesReplayFromTheirTokens) {
  const Report report = heddle::explore(store_buffering, everything());
  for (const heddle::Outcome& outcome : report.outcomes) {
    const Report again = heddle::replay(outcome.token, store_buffering);
    ASSERT_EQ(again.outcomes.size(), 1u);
    EXPECT_EQ(again.outcomes[0].values, outcome.values);
  }
}

void lost_update() {
  int counter = 0;
  std::thread one([&] { counter = counter + 1; });
  std::thread two([&] { counter = counter + 1; });
  one.join();
  two.join();
  assert(counter == 2);
}

TEST(Verdicts, ARaceOnAPlainCounterLosesAnUpdate) {
  const Report report = explore_and_replay(lost_update);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_EQ(kinds(report), (Names{"assertion", "data_race"})) << to_text(report);
  for (const heddle::Finding& finding : report.findings) {
    EXPECT_FALSE(finding.trace.empty());
    if (finding.kind == FindingKind::kDataRace) {
      ASSERT_EQ(finding.participants.size(), 2u);
      EXPECT_FALSE(finding.participants[0].stack.empty());
      EXPECT_FALSE(finding.participants[1].stack.empty());
    }
  }
}

void opposite_order() {
  std::mutex a;
  std::mutex b;
  std::thread one([&] {
    const std::lock_guard first(a);
    const std::lock_guard second(b);
  });
  std::thread two([&] {
    const std::lock_guard first(b);
    const std::lock_guard second(a);
  });
  one.join();
  two.join();
}

TEST(Verdicts, OppositeLockOrdersDeadlockInOneOfThreeExecutions) {
  const Report report = explore_and_replay(opposite_order);
  EXPECT_EQ(kinds(report), Names{"deadlock"}) << to_text(report);
  EXPECT_EQ(report.executions, 3u);
  EXPECT_EQ(report.deadlocked, 1u);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].cause, heddle::DeadlockCause::kCycle);
}

void message_passing_by_spinning() {
  int data = 0;
  std::atomic<bool> ready{false};
  std::thread reader([&] {
    while (!ready.load(std::memory_order_acquire)) {
    }
    assert(data == 42);
  });
  data = 42;
  ready.store(true, std::memory_order_release);
  reader.join();
}

TEST(Verdicts, APureSpinLoopIsExploredCompletely) {
  const Report report = explore_and_replay(message_passing_by_spinning);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 1u);
}

void waits_for_nobody() {
  std::atomic<bool> ready{false};
  std::thread reader([&] {
    while (!ready.load(std::memory_order_acquire)) {
    }
  });
  reader.join();
}

TEST(Verdicts, SpinningForEverIsFound) {
  const Report report = explore_and_replay(waits_for_nobody);
  EXPECT_EQ(kinds(report), Names{"spin"}) << to_text(report);
}

void throws_out() {
  std::thread one([] {});
  one.join();
  throw std::runtime_error("no luck");
}

TEST(Verdicts, AnUncaughtExceptionIsAFinding) {
  const Report report = explore_and_replay(throws_out);
  ASSERT_EQ(kinds(report), Names{"exception"}) << to_text(report);
  EXPECT_NE(report.findings[0].message.find("no luck"), std::string::npos);
}

void aborts() {
  std::thread one([] { std::abort(); });
  one.join();
}

void dereferences_null() {
  std::atomic<int*> pointer{nullptr};
  std::thread one([&] { *pointer.load() = 1; });
  one.join();
}

int recurse(volatile int* depth) {
  volatile char frame[1024] = {};
  *depth = *depth + 1;
  return recurse(depth) + frame[0];
}

void overflows_the_stack() {
  std::thread one([] {
    volatile int depth = 0;
    recurse(&depth);
  });
  one.join();
}

TEST(Verdicts, CrashesAndAbortsAreFindings) {
  EXPECT_EQ(kinds(explore_and_replay(aborts)), Names{"abort"});
  EXPECT_EQ(kinds(explore_and_replay(dereferences_null)), Names{"crash"});
  const Report overflow = explore_and_replay(overflows_the_stack);
  ASSERT_EQ(kinds(overflow), Names{"crash"}) << to_text(overflow);
  EXPECT_NE(overflow.findings[0].message.find("stack overflow"), std::string::npos);
}

void uses_after_free() {
  auto* value = new int(1);
  std::atomic<int> seen{0};
  std::thread reader([&] { seen = *value; });
  delete value;
  reader.join();
}

struct Guarded {
  std::mutex mutex;
  bool used = false;

  void use() {
    std::lock_guard lock(mutex);
    used = true;
  }
};

void locks_after_free() {
  auto* guarded = new Guarded;
  delete guarded;
  guarded->mutex.lock();
  guarded->mutex.unlock();
}

// The user comes first where it is found, and last in the schedule with the fewest switches.
void frees_beside_a_lock() {
  auto* guarded = new Guarded;
  std::thread user([guarded] { guarded->use(); });
  std::thread other([guarded] { guarded->use(); });
  other.join();
  delete guarded;
  user.join();
}

void frees_twice() {
  int* volatile value = new int(1);
  delete value;
  delete value;
}

void frees_nonsense() {
  int* values = new int[4];
  ::operator delete(values + 1);
  delete[] values;
}

void leaks() {
  int* volatile value = new int(1);
  value = nullptr;
}

TEST(Verdicts, MisuseOfTheHeapIsFound) {
  EXPECT_EQ(kinds(explore_and_replay(uses_after_free)), Names{"use_after_free"});
  EXPECT_EQ(kinds(explore_and_replay(locks_after_free)), Names{"use_after_free"});
  EXPECT_EQ(kinds(explore_and_replay(frees_beside_a_lock)), Names{"use_after_free"});
  EXPECT_EQ(kinds(explore_and_replay(frees_twice)), Names{"double_free"});
  EXPECT_EQ(kinds(explore_and_replay(frees_nonsense)), Names{"bad_free"});
  EXPECT_EQ(kinds(explore_and_replay(leaks)), Names{"leak"});
}

void chooses() {
  const std::uint64_t a = heddle::choose(3);
  const std::uint64_t b = heddle::choose(2);
  heddle::assume(a != 2 || b == 0);
  heddle::observe("sum", a + b);
}

TEST(Hints, ChoicesAreEnumeratedAndAssumptionsCut) {
  const Report report = explore_and_replay(chooses);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 5u);
  EXPECT_EQ(report.blocked, 1u);
  std::map<std::string, std::uint64_t> sums;
  for (const heddle::Outcome& outcome : report.outcomes) {
    sums[outcome.values[0].value] = outcome.count;
  }
  EXPECT_EQ(sums, (std::map<std::string, std::uint64_t>{{"0", 1}, {"1", 2}, {"2", 2}}));
}

TEST(Hints, OutsideCollectsWhatOutlivesTheExecutions) {
  std::vector<int> values;
  const Report report = heddle::explore(
      [&values] {
        std::atomic<int> x{0};
        std::thread one([&] { x.fetch_add(1); });
        x.fetch_add(2);
        one.join();
        const int result = x.load();
        heddle::outside([&] { values.push_back(result); });
      },
      everything());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(values, (std::vector<int>{3, 3, 3})) << "two executions, the first of them twice";
}

TEST(Hints, WritingOlderMemoryIsAFinding) {
  auto older = std::make_unique<int>(0);
  const Report report = heddle::explore(
      [&older] {
        std::thread one([] {});
        one.join();
        *older = 1;
      },
      everything());
  EXPECT_EQ(kinds(report), Names{"state_outlives_execution"}) << to_text(report);
}

int global_counter = 7;

void changes_a_global() {
  assert(global_counter == 7);
  std::thread one([] { global_counter += 1; });
  one.join();
  assert(global_counter == 8);
  heddle::choose(3);
}

TEST(Verdicts, GlobalsAreRestoredBetweenExecutions) {
  const Report report = explore_and_replay(changes_a_global);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 3u);
  EXPECT_EQ(global_counter, 7);
}

void endless() {
  std::atomic<int> x{0};
  std::thread one([&] { x.store(1); });
  for (int i = 0;; ++i) {
    x.store(i);
  }
}

TEST(Limits, EachMakesTheVerdictIncomplete) {
  Options events = everything();
  events.limits.events_per_execution = 200;
  events.limits.executions = 3;
  EXPECT_EQ(heddle::explore(endless, events).verdict, Verdict::kIncomplete);
  Options executions = everything();
  executions.limits.executions = 2;
  const Report few = heddle::explore(store_buffering, executions);
  EXPECT_EQ(few.verdict, Verdict::kIncomplete);
  EXPECT_EQ(few.executions, 2u);
  EXPECT_FALSE(few.complete);
}

void many_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([] {});
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(Limits, TooManyThreadsAreReported) {
  Options options = everything();
  options.limits.threads = 4;
  const Report report = heddle::explore(many_threads, options);
  EXPECT_EQ(kinds(report), Names{"unsupported"}) << to_text(report);
  EXPECT_NE(report.findings[0].message.find("threads"), std::string::npos);
}

TEST(BadInput, IsRefusedWithAReason) {
  EXPECT_THROW(heddle::explore(nullptr), std::invalid_argument);
  Options options;
  options.limits.threads = 65;
  EXPECT_THROW(heddle::explore(store_buffering, options), std::invalid_argument);
  EXPECT_THROW(heddle::replay("nonsense", store_buffering), std::invalid_argument);
  EXPECT_THROW(heddle::replay("", store_buffering), std::invalid_argument);
}

TEST(BadInput, ATokenOfAnotherBodyIsRefused) {
  const Report report = heddle::explore(opposite_order, everything());
  ASSERT_FALSE(report.findings.empty());
  EXPECT_THROW(heddle::replay(report.findings[0].token, chooses), std::invalid_argument);
}

void opposite_orders_that_do_not_meet() {
  std::mutex a;
  std::mutex b;
  std::atomic<int> noise{0};
  std::thread one([&] {
    const std::lock_guard first(a);
    const std::lock_guard second(b);
  });
  std::thread two([&] {
    noise.fetch_add(1);
    const std::lock_guard first(b);
    const std::lock_guard second(a);
  });
  noise.fetch_add(1);
  one.join();
  two.join();
}

void gated_orders() {
  std::mutex gate;
  std::mutex a;
  std::mutex b;
  std::thread one([&] {
    const std::lock_guard guard(gate);
    const std::lock_guard first(a);
    const std::lock_guard second(b);
  });
  std::thread two([&] {
    const std::lock_guard guard(gate);
    const std::lock_guard first(b);
    const std::lock_guard second(a);
  });
  one.join();
  two.join();
}

bool warns_of_lock_order(const Report& report) {
  for (const std::string& warning : report.warnings) {
    if (warning.find("lock order") != std::string::npos) {
      return true;
    }
  }
  return false;
}

TEST(Warnings, LockOrdersAreMentionedWhenTheSearchIsNotComplete) {
  Options one_execution = everything();
  one_execution.limits.executions = 1;
  EXPECT_TRUE(
      warns_of_lock_order(heddle::explore(opposite_orders_that_do_not_meet, one_execution)));
  EXPECT_FALSE(warns_of_lock_order(heddle::explore(gated_orders, one_execution)));
  EXPECT_FALSE(warns_of_lock_order(heddle::explore(gated_orders, everything())));
}

TEST(Warnings, OneThreadIsMentioned) {
  const Report report = heddle::explore(chooses, everything());
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].find("one thread"), std::string::npos);
}

void writes_to_nowhere() {
  std::atomic<int> x{0};
  std::thread one([] { *reinterpret_cast<volatile int*>(0x10) = 1; });
  x.store(1);
  x.store(2);
  one.join();
}

TEST(Verdicts, AWriteToNowhereIsTheProgramsCrashWhileOthersGoOn) {
  const Report report = explore_and_replay(writes_to_nowhere);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_TRUE(kinds(report).contains("crash")) << to_text(report);
}

}  // namespace
