// SPDX-License-Identifier: Apache-2.0
// Loops that wait, count, draw or poll: recognised, bounded or given their turn; and what bodies do
// with memory, keys and threads from before the exploration.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::Verdict;

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

void draws_while_it_waits() {
  std::atomic<bool> ready{false};
  std::thread other([&] { ready.store(true); });
  while (!ready.load()) {
    assert(std::rand() % 4 != 1);
  }
  other.join();
}

TEST(Loops, AnIterationThatDrawsARandomNumberIsNotPure) {
  Options options = go_on();
  options.limits.events_per_execution = 500;
  options.limits.executions = 2000;
  EXPECT_EQ(kinds(heddle::explore(draws_while_it_waits, options)), Names{"assertion"});
}

struct Link {
  int value = 0;
  Link* next = nullptr;
};

/// What a failed exchange read, it keeps in memory and not in a register or on the stack.
void pushes_until_it_is_on_top() {
  std::atomic<Link*> top{nullptr};
  Link links[3];
  const auto push = [&](Link* link) {
    link->next = top.load(std::memory_order_relaxed);
    while (!top.compare_exchange_strong(link->next, link, std::memory_order_release,
                                        std::memory_order_relaxed)) {
    }
  };
  std::thread one([&] { push(&links[1]); });
  std::thread two([&] { push(&links[2]); });
  push(&links[0]);
  one.join();
  two.join();
  int count = 0;
  for (const Link* link = top.load(); link != nullptr; link = link->next) {
    ++count;
  }
  assert(count == 3);
}

TEST(Loops, AFailedExchangeThatChangesMemoryIsNotPure) {
  Options options;
  options.bounds.failed_rounds = 3;
  const Report report = heddle::explore(pushes_until_it_is_on_top, options);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

/// g++ announces neither what an exchange expects nor where it puts what it found.
void expects_what_another_writes() {
  std::atomic<int> word{0};
  int expected = 0;
  std::thread other([&] { expected = 1; });
  word.compare_exchange_strong(expected, 2);
  other.join();
}

TEST(Loops, WhatAnExchangeExpectsIsRead) {
  EXPECT_EQ(kinds(heddle::explore(expects_what_another_writes)), Names{"data_race"});
}

void counts_while_it_waits() {
  std::atomic<bool> ready{false};
  std::thread other([&] { ready.store(true); });
  int rounds = 0;
  while (!ready.load()) {
    ++rounds;
  }
  heddle::observe("seen", true);
  other.join();
}

TEST(Loops, AThreadThatCountsItsRoundsLetsOthersRun) {
  Options options = go_on();
  options.limits.executions = 50;
  const Report report = heddle::explore(counts_while_it_waits, options);
  EXPECT_GT(report.executions, 0u) << to_text(report);
  EXPECT_FALSE(report.outcomes.empty());
}

void polls_under_a_lock_for_nothing() {
  std::mutex mutex;
  bool ready = false;
  std::thread other([&] {
    while (true) {
      const std::lock_guard lock(mutex);
      if (ready) {
        return;
      }
    }
  });
  other.join();
}

TEST(Loops, AProgramThatNeverEndsIsNeverReportedAsExplored) {
  const Report report = heddle::explore(polls_under_a_lock_for_nothing, go_on());
  EXPECT_EQ(report.executions, 0u);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
}

std::vector<int> older{1, 2, 3};

void grows_an_older_vector() {
  std::thread other([] { older.push_back(4); });
  other.join();
  assert(older.size() == 4);
  heddle::choose(3);
}

TEST(OlderState, ABlockFromBeforeIsThereAgainInEachExecution) {
  const Report report = heddle::explore(grows_an_older_vector, go_on());
  EXPECT_EQ(report.executions, 3u) << to_text(report);
  EXPECT_TRUE(report.findings.empty()) << to_text(report);
  EXPECT_EQ(older, (std::vector<int>{1, 2, 3}));
}

void notifies_at_exit() {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  std::thread other([&] {
    std::unique_lock lock(mutex);
    ready = true;
    std::notify_all_at_thread_exit(condition, std::move(lock));
  });
  {
    std::unique_lock lock(mutex);
    condition.wait(lock, [&] { return ready; });
  }
  other.join();
}

TEST(OlderState, KeysThatTheLibraryMadeKeepTheirDestructors) {
  for (int round = 0; round < 2; ++round) {
    const Report report = heddle::explore(notifies_at_exit, go_on());
    EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  }
}

void* returns_nothing(void*) { return nullptr; }

void starts_a_thread_that_does_nothing() {
  pthread_t thread;
  pthread_create(&thread, nullptr, &returns_nothing, nullptr);
  pthread_join(thread, nullptr);
}

struct Signals {
  std::condition_variable first;
  std::condition_variable second;
};

// Another thread comes through a door last; main then destroys four condition variables in a row.
void destroys_condition_variables() {
  Signals left;
  Signals right;
  std::thread one([&] { left.first.notify_one(); });
  std::thread other([&] { right.first.notify_one(); });
  one.join();
  other.join();
}

TEST(Loops, DestroyingConditionVariablesIsNoRetryLoop) {
  const Report report = heddle::explore(destroys_condition_variables, go_on());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 1u);
}

void forgets_its_thread() {
  pthread_t thread;
  pthread_create(&thread, nullptr, &returns_nothing, nullptr);
}

TEST(Threads, ARoutineThatDoesNothingNeedsNoInstrumentation) {
  EXPECT_EQ(heddle::explore(starts_a_thread_that_does_nothing, go_on()).verdict, Verdict::kOk);
  EXPECT_EQ(kinds(heddle::explore(forgets_its_thread, go_on())), Names{"thread_leak"});
}

struct Pair {
  int first = 0;
  int second = 0;
};

void races_on_a_member() {
  Pair pair;
  std::thread other([&] { pair.second = 5; });
  const int seen = pair.second;
  other.join();
  heddle::observe("seen", seen);
}

TEST(Races, OnMembersOfLocalsAreSeen) {
  EXPECT_EQ(kinds(heddle::explore(races_on_a_member, go_on())), Names{"data_race"});
}

}  // namespace
