// SPDX-License-Identifier: Apache-2.0
// The search of cycles on native code: livelock, starvation and eternal spinning as lassos, their
// absence proved, what ends the search early, and that everything a program can depend on is part
// of its state.
#include <gtest/gtest.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "support/uninstrumented.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::Verdict;

Options cycles() {
  Options options;
  options.search = heddle::SearchKind::kCycles;
  return options;
}

void expect_found(FindingKind kind, const Report& report) {
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  EXPECT_EQ(report.findings[0].kind, kind) << to_text(report);
}

void expect_ok(const Report& report) { EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report); }

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

TEST(Cycles, TwoPoliteThreadsGoRoundInCircles) {
  const Report report = heddle::explore(two_polite_threads, cycles());
  expect_found(FindingKind::kLivelock, report);
  EXPECT_EQ(report.search, "cycles");
  EXPECT_LT(report.states, 300u);
  const heddle::Finding& found = report.findings[0];
  EXPECT_EQ(found.participants.size(), 2u);
  ASSERT_GE(found.cycle_from, 1);
  std::set<std::string> threads;
  for (auto i = static_cast<std::size_t>(found.cycle_from); i < found.trace.size(); ++i) {
    threads.insert(found.trace[i].thread);
    EXPECT_TRUE(found.trace[i].important);
  }
  EXPECT_EQ(threads, (std::set<std::string>{"main", "T1"}));
  EXPECT_NE(to_text(report).find("`-- and so on from step"), std::string::npos) << to_text(report);
}

TEST(Cycles, ALassoIsReplayedFromItsToken) {
  const Report report = heddle::explore(two_polite_threads, cycles());
  expect_found(FindingKind::kLivelock, report);
  const Report again = heddle::replay(report.findings[0].token, two_polite_threads);
  ASSERT_EQ(again.findings.size(), 1u);
  heddle::Finding found = report.findings[0];
  found.decision = {};  // Of one path no way out is known.
  EXPECT_EQ(again.findings[0], found);
  EXPECT_EQ(again.verdict, Verdict::kBug);
}

void both_take_the_same_lock_first() {
  static std::mutex a;
  static std::mutex b;
  std::thread other([] { polite(a, b); });
  polite(a, b);
  other.join();
}

TEST(Cycles, AnOrderOfLocksIsProvedFreeOfThem) {
  const Report report = heddle::explore(both_take_the_same_lock_first, cycles());
  expect_ok(report);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.states, 10u);
}

void spins_on_a_flag_that_is_set() {
  static std::atomic<bool> ready{false};
  std::thread other([] { ready.store(true); });
  while (!ready.load()) {
  }
  other.join();
}

TEST(Cycles, SpinningThatAFairSchedulerEndsIsNoFinding) {
  expect_ok(heddle::explore(spins_on_a_flag_that_is_set, cycles()));
}

void spins_on_a_flag_that_is_taken_back() {
  static std::atomic<int> flag{0};
  std::thread other([] {
    flag.store(1);
    flag.store(2);
  });
  while (flag.load() != 1) {
  }
  other.join();
}

TEST(Cycles, SpinningForEverOnAValueThatNeverComesIsASpin) {
  expect_found(FindingKind::kSpin, heddle::explore(spins_on_a_flag_that_is_taken_back, cycles()));
}

class TestAndSet {
 public:
  void lock() {
    heddle::waits_for(this);
    while (locked_.exchange(true)) {
    }
    heddle::acquired(this);
  }
  void unlock() { locked_.store(false); }

 private:
  std::atomic<bool> locked_{false};
};

class Ticket {
 public:
  void lock() {
    const unsigned ticket = next_.fetch_add(1) % kTickets;
    heddle::waits_for(this);
    while (now_.load() != ticket) {
    }
    heddle::acquired(this);
    if (ticket == kTickets - 1) {
      next_.fetch_sub(kTickets);
    }
  }
  void unlock() { now_.store((now_.load() + 1) % kTickets); }

 private:
  static constexpr unsigned kTickets = 4;
  std::atomic<unsigned> next_{0};
  std::atomic<unsigned> now_{0};
};

template <class Lock>
void take_turns_for_ever() {
  static Lock lock;
  const auto work = [] {
    for (;;) {
      const std::lock_guard guard(lock);
      heddle::progress();
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
}

TEST(Cycles, ATestAndSetLockStarves) {
  const Report report = heddle::explore(take_turns_for_ever<TestAndSet>, cycles());
  expect_found(FindingKind::kStarvation, report);
  ASSERT_EQ(report.wait_bounds.size(), 1u);
  EXPECT_FALSE(report.wait_bounds[0].bounded);
}

TEST(Cycles, ATicketLockDoesNotAndIsPassedByOnceOnly) {
  const Report report = heddle::explore(take_turns_for_ever<Ticket>, cycles());
  expect_ok(report);
  ASSERT_EQ(report.wait_bounds.size(), 1u) << to_text(report);
  EXPECT_TRUE(report.wait_bounds[0].bounded);
  EXPECT_EQ(report.wait_bounds[0].bypasses, 1u);
}

TEST(Cycles, BlockingLocksAreFairUnlessAskedOtherwise) {
  expect_ok(heddle::explore(take_turns_for_ever<std::mutex>, cycles()));
  Options barging = cycles();
  barging.cycles.fair_locks = false;
  expect_found(FindingKind::kStarvation, heddle::explore(take_turns_for_ever<std::mutex>, barging));
}

void backs_off_at_random() {
  static std::mutex a;
  static std::mutex b;
  const auto random = [](std::mutex& first, std::mutex& second) {
    for (;;) {
      first.lock();
      if (second.try_lock()) {
        break;
      }
      first.unlock();
      if (heddle::choose(2) == 1) {
        const std::scoped_lock both(first);
      }
    }
    second.unlock();
    first.unlock();
  };
  std::thread other([&] { random(a, b); });
  random(b, a);
  other.join();
}

TEST(Cycles, RandomChoicesCannotAllComeOutBadlyForEver) {
  expect_found(FindingKind::kLivelock, heddle::explore(backs_off_at_random, cycles()));
}

void tosses_until_heads() {
  while (heddle::choose(2) == 0) {
  }
}

TEST(Cycles, WhatOnlyLuckCanProlongEndsWithProbabilityOne) {
  expect_found(FindingKind::kSpin, heddle::explore(tosses_until_heads, cycles()));
  Options random = cycles();
  random.cycles.choices = heddle::Choices::kRandom;
  expect_ok(heddle::explore(tosses_until_heads, random));
}

template <int kHolder>
void an_urgent_thread_wants_the_bus() {
  static std::mutex bus;
  static std::atomic<bool> held{false};
  std::thread idle([] {
    bus.lock();
    held.store(true);
    heddle::set_priority(kHolder);
    held.load();
    bus.unlock();
  });
  while (!held.load()) {
  }
  heddle::set_priority(3);
  std::thread busy([] {
    heddle::set_priority(2);
    static std::atomic<int> work{0};
    for (;;) {
      heddle::progress();
      work.fetch_xor(1);
    }
  });
  bus.lock();
  heddle::progress();
  bus.unlock();
  busy.join();
  idle.join();
}

TEST(Cycles, PriorityInversionStarvesTheMostUrgentThread) {
  Options options = cycles();
  options.cycles.priorities = true;
  expect_found(FindingKind::kStarvation,
               heddle::explore(an_urgent_thread_wants_the_bus<0>, options));
  expect_ok(heddle::explore(an_urgent_thread_wants_the_bus<4>, options));  // Priority ceiling.
}

void counts_for_ever() {
  static std::atomic<long> rounds{0};
  for (;;) {
    rounds.fetch_add(1);
    heddle::progress();
  }
}

TEST(Cycles, AStateSpaceWithoutEndIsIncompleteAndSaysWhatGrew) {
  Options options = cycles();
  options.cycles.states = 500;
  const Report report = heddle::explore(counts_for_ever, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  ASSERT_FALSE(report.warnings.empty());
  EXPECT_NE(report.warnings[0].find("rounds"), std::string::npos) << report.warnings[0];
}

void counts_for_ever_unseen() {
  static std::atomic<long> rounds{0};
  static std::atomic<int> other{0};
  heddle::ignore(rounds);
  const auto count = [] {  // Registers keep the old value for a while.
    rounds.fetch_add(1);
    return 0;
  };
  for (;;) {
    count();
    other.load();
    heddle::progress();
  }
}

TEST(Cycles, IgnoredMemoryIsNoPartOfTheState) {
#ifndef __OPTIMIZE__
  GTEST_SKIP() << "unoptimised code keeps copies of the ignored value on its stack";
#endif
  const Report report = heddle::explore(counts_for_ever_unseen, cycles());
  expect_ok(report);
  EXPECT_TRUE(std::any_of(
      report.assumptions.begin(), report.assumptions.end(),
      [](const std::string& text) { return text.find("heddle::ignore") != std::string::npos; }))
      << to_text(report);
}

TEST(Cycles, MemoryAndTimeThatAreUpMakeTheVerdictIncomplete) {
  Options memory = cycles();
  memory.cycles.bytes = 300 * 1024;
  EXPECT_EQ(heddle::explore(counts_for_ever, memory).verdict, Verdict::kIncomplete);
  Options time = cycles();
  time.cycles.states = 0;
  time.limits.seconds = 0.2;
  EXPECT_EQ(heddle::explore(counts_for_ever, time).verdict, Verdict::kIncomplete);
}

std::atomic<int> g_runs_outside{0};

void depends_on_an_earlier_run() {
  int run = 0;
  heddle::outside([&] { run = g_runs_outside.fetch_add(1); });
  static std::atomic<int> place{0};
  std::thread other([] { place.store(1); });
  place.store(run % 2 == 0 ? 2 : 3);
  other.join();
}

TEST(Cycles, ABodyThatDiffersWhenItIsRunAgainIsNondeterministic) {
  const Report report = heddle::explore(depends_on_an_earlier_run, cycles());
  ASSERT_FALSE(report.findings.empty()) << to_text(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kNondeterminism) << to_text(report);
}

TEST(Cycles, AThreadWithoutHooksIsNeverOk) {
  const Report report = uninstrumented::explore_uninstrumented_thread(cycles());
  ASSERT_FALSE(report.findings.empty()) << to_text(report);
  EXPECT_EQ(report.findings.back().kind, FindingKind::kUninstrumented) << to_text(report);
}

void goes_on_only_if_it_is_lucky() {
  static std::atomic<int> turns{0};
  const auto work = [] {
    heddle::assume(heddle::choose(2) == 0);
    for (int i = 0; i < 2; ++i) {
      turns.fetch_xor(1);
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(Cycles, ExecutionsThatAreAssumedAwayAreNoFindings) {
  expect_ok(heddle::explore(goes_on_only_if_it_is_lucky, cycles()));
}

void does_something_outside() {
  static std::atomic<int> place{0};
  std::thread other([] { place.store(1); });
  heddle::outside([] {});
  other.join();
}

TEST(Cycles, WhatNoStateShowsProvesNothing) {
  const Report report = heddle::explore(does_something_outside, cycles());
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
}

void serves_until_told() {
  static std::mutex lock;
  static std::condition_variable over;
  static bool told = false;
  std::thread server([] {
    static std::atomic<int> requests{0};
    for (;;) {
      requests.fetch_xor(1);
      heddle::progress();
    }
  });
  std::unique_lock guard(lock);
  over.wait(guard, [] { return told; });
  server.detach();
}

TEST(Cycles, AThreadThatWaitsForASignalToShutDownIsNotStarved) {
  expect_ok(heddle::explore(serves_until_told, cycles()));
}

void races() {
  static volatile int plain = 0;
  std::thread other([] { plain = 1; });
  plain = 2;
  other.join();
}
void deadlocks() {
  static std::mutex a;
  static std::mutex b;
  std::thread other([] {
    const std::scoped_lock first(a);
    const std::scoped_lock second(b);
  });
  {
    const std::scoped_lock first(b);
    const std::scoped_lock second(a);
  }
  other.join();
}
void fails_in_one_order() {
  static std::atomic<int> order{0};
  std::thread other([] { order.store(1); });
  assert(order.exchange(2) == 0);
  other.join();
}

TEST(Cycles, WhatIsWrongWithOneExecutionEndsTheSearch) {
  expect_found(FindingKind::kDataRace, heddle::explore(races, cycles()));
  expect_found(FindingKind::kDeadlock, heddle::explore(deadlocks, cycles()));
  expect_found(FindingKind::kAssertion, heddle::explore(fails_in_one_order, cycles()));
}

void allocates_for_ever() {
  static std::mutex lock;
  const auto work = [] {
    for (;;) {
      const auto number = std::make_unique<int>(1);
      const auto text = std::make_shared<std::string>("a text that needs a block of its own");
      const std::lock_guard guard(lock);
      heddle::progress();
    }
  };
  std::thread other(work);
  work();
}

TEST(Cycles, AllocatingLoopsComeBackToTheSameState) {
  expect_ok(heddle::explore(allocates_for_ever, cycles()));
}

void a_semaphore_for_ever() {
  static std::counting_semaphore<2> semaphore{1};
  const auto work = [] {
    for (;;) {
      semaphore.acquire();
      heddle::progress();
      semaphore.release();
    }
  };
  std::thread other(work);
  work();
}

TEST(Cycles, TheLibrarysSemaphoreLetsOthersBargeIn) {
  expect_found(FindingKind::kStarvation, heddle::explore(a_semaphore_for_ever, cycles()));
}

// Whatever a program can depend on must tell states apart. Each body has two ways to the same
// place, which differ in one thing only, and fails on one of them, which is tried second.

/// Registers and frames that remember the way are gone two operations later.
template <class Remember>
[[gnu::noinline]] void go_some_way(Remember& remember) {
  remember(heddle::choose(2) == 1);
}

template <class Remember, class Recall>
void two_ways(Remember remember, Recall recall) {
  go_some_way(remember);
  static std::atomic<int> step{0};
  step.load();
  step.load();
  assert(!recall());
}

void by_a_global() {
  static int kept;
  kept = 0;
  two_ways([](bool way) { kept = way ? 1 : 0; }, [] { return kept == 1; });
}
void by_a_local() {
  volatile int kept = 0;
  two_ways([&](bool way) { kept = way ? 1 : 0; }, [&] { return kept == 1; });
}
void by_the_heap() {
  const auto kept = std::make_unique<int>(0);
  two_ways([&](bool way) { *kept = way ? 1 : 0; }, [&] { return *kept == 1; });
}

thread_local int t_kept = 0;

void by_a_thread_local() {
  two_ways([](bool way) { t_kept = way ? 1 : 0; }, [] { return t_kept == 1; });
}
void by_errno() {
  two_ways([](bool way) { errno = way ? ERANGE : 0; }, [] { return errno == ERANGE; });
}

void by_a_register() {
  static std::atomic<int> step{0};
  register std::uint64_t kept asm("r13") = heddle::choose(2);
  asm volatile("" : "+r"(kept));
  step.load();
  asm volatile("" : "+r"(kept));
  step.load();
  asm volatile("" : "+r"(kept));
  assert(kept != 1);
}
void by_an_operand() {
  static std::atomic<int> place{0};
  static std::atomic<int> step{0};
  const std::uint64_t way = heddle::choose(2);
  step.load();
  place.store(way == 1 ? 7 : 0);
  assert(place.load() != 7);
}
void by_a_mutex() {
  static std::mutex kept;
  two_ways([](bool way) { way ? kept.lock() : void(); },
           [] {
             const bool locked = !kept.try_lock();
             kept.unlock();
             return locked;
           });
}

long g_first_second = 0;

/// Two ways that differ in the time only, which shows at the end.
void sleeps_or_not() {
  const auto way = [](bool sleeps) {
    const timespec second{1, 0};
    sleeps ? void(nanosleep(&second, nullptr)) : void();
  };
  const auto late = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec != g_first_second;
  };
  two_ways(way, late);
}

TEST(States, HaveTimeIfAClockIsRead) {
  const Report start = heddle::explore([] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    heddle::observe("second", now.tv_sec);
  });
  ASSERT_EQ(start.outcomes.size(), 1u);
  g_first_second = std::stol(start.outcomes[0].values.at(0).value);
  expect_found(FindingKind::kAssertion, heddle::explore(sleeps_or_not, cycles()));
}

int g_second_number = 0;

void draws_two_numbers() {
  static_cast<void>(std::rand());
  heddle::observe("second", std::rand());
}

void by_the_random_state() {
  two_ways([](bool way) { way ? void(std::rand()) : void(); },
           [] { return std::rand() == g_second_number; });
}

void by_a_thread_that_was_not_joined() {
  std::thread other([] {});
  two_ways([&](bool way) { way ? other.detach() : other.join(); }, [] { return false; });
}

TEST(States, AreToldApartByWhateverTheProgramCanDependOn) {
  const Report numbers = heddle::explore(draws_two_numbers);
  ASSERT_EQ(numbers.outcomes.size(), 1u);
  g_second_number = std::stoi(numbers.outcomes[0].values.at(0).value);
  for (void (*body)() : {by_a_global, by_a_local, by_the_heap, by_a_thread_local, by_errno,
                         by_a_register, by_an_operand, by_a_mutex, by_the_random_state}) {
    const Report report = heddle::explore(body, cycles());
    ASSERT_FALSE(report.findings.empty()) << to_text(report);
    EXPECT_EQ(report.findings[0].kind, FindingKind::kAssertion) << to_text(report);
  }
  expect_ok(heddle::explore(by_a_thread_that_was_not_joined, cycles()));
}

}  // namespace
