// SPDX-License-Identifier: Apache-2.0
// Searches that draw executions or bound their schedules, through the whole stack: what they find,
// what they say when they find nothing, and that their tokens replay.
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::SearchKind;
using heddle::Verdict;

constexpr SearchKind kDrawing[] = {SearchKind::kRandom, SearchKind::kPct, SearchKind::kPos,
                                   SearchKind::kSurw, SearchKind::kPortfolio};
constexpr SearchKind kBounding[] = {SearchKind::kPreemptions, SearchKind::kDelays};

Options with(SearchKind kind, std::uint64_t executions = 2000) {
  Options options;
  options.search = kind;
  options.sampling.executions = executions;
  options.sampling.estimate = 50;
  return options;
}

void lost_update() {
  std::atomic<int> x{0};
  const auto add = [&] { x.store(x.load() + 1); };
  std::thread other(add);
  add();
  other.join();
  assert(x == 2);
}

/// The lock keeps both apart; each spins on what the other one sets.
void spins_and_locks() {
  std::atomic<bool> ready{false};
  std::mutex mutex;
  int total = 0;
  std::thread other([&] {
    while (!ready.load(std::memory_order_acquire)) {
    }
    const std::lock_guard<std::mutex> guard(mutex);
    ++total;
  });
  {
    const std::lock_guard<std::mutex> guard(mutex);
    ++total;
  }
  ready.store(true, std::memory_order_release);
  other.join();
  assert(total == 2);
}

void opposite_locks() {
  std::mutex a;
  std::mutex b;
  std::thread other([&] {
    const std::lock_guard<std::mutex> first(b);
    const std::lock_guard<std::mutex> second(a);
  });
  {
    const std::lock_guard<std::mutex> first(a);
    const std::lock_guard<std::mutex> second(b);
  }
  other.join();
}

void waits_in_vain() {
  std::atomic<int> flag{0};
  std::thread other([&] {
    while (flag.load() != 2) {
    }
  });
  flag.store(1);
  other.join();
}

void weak_publication() {
  std::atomic<int> data{0};
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data.store(1, std::memory_order_relaxed);
    ready.store(true, std::memory_order_relaxed);
  });
  while (!ready.load(std::memory_order_relaxed)) {
  }
  assert(data.load(std::memory_order_relaxed) == 1);
  writer.join();
}

heddle::Finding expect_found(void (*body)(), const Options& options, FindingKind kind) {
  const Report report = heddle::explore(body, options);
  EXPECT_EQ(report.verdict, Verdict::kBug) << report.search << "\n" << to_text(report);
  if (report.findings.size() != 1) {
    ADD_FAILURE() << report.search << "\n" << to_text(report);
    return {};
  }
  const heddle::Finding& finding = report.findings.front();
  EXPECT_EQ(finding.kind, kind) << to_text(report);
  EXPECT_GT(finding.found_at, 0u);
  EXPECT_EQ(finding.random_runs, options.sampling.estimate);
  const Report again = heddle::replay(finding.token, body, options);
  EXPECT_EQ(again.findings.size(), 1u) << report.search << "\n" << to_text(again);
  EXPECT_TRUE(!again.findings.empty() && again.findings.front().kind == kind) << to_text(again);
  return finding;
}

TEST(Drawing, FindsBugsAndTheirTokensReplay) {
  for (const SearchKind kind : kDrawing) {
    const heddle::Finding finding = expect_found(lost_update, with(kind), FindingKind::kAssertion);
    EXPECT_EQ(finding.preemptions, 1);  // Reduced to what the bug needs.
    EXPECT_GT(finding.random_hits, 0u);
  }
  const Options options = with(SearchKind::kPortfolio);
  expect_found(opposite_locks, options, FindingKind::kDeadlock);
  expect_found(waits_in_vain, options, FindingKind::kSpin);
  const heddle::Finding finding = expect_found(weak_publication, options, FindingKind::kAssertion);
  // The same seed finds the same.
  EXPECT_EQ(heddle::explore(weak_publication, options).findings.at(0).token, finding.token);
}

TEST(Bounding, FindsBugsAndTheirTokensReplay) {
  for (const SearchKind kind : kBounding) {
    expect_found(lost_update, with(kind), FindingKind::kAssertion);
    expect_found(opposite_locks, with(kind), FindingKind::kDeadlock);
  }
  expect_found(waits_in_vain, with(SearchKind::kPreemptions), FindingKind::kSpin);
}

TEST(Drawing, ProvesNothing) {
  for (const SearchKind kind : kDrawing) {
    const Report report = heddle::explore(spins_and_locks, with(kind, 300));
    EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
    EXPECT_EQ(report.executions, 300u) << to_text(report);
    EXPECT_EQ(report.blocked, 0u);
    EXPECT_GT(report.distinct, 1u);
    EXPECT_EQ(report.seed, 1u);
    EXPECT_FALSE(report.complete);
    std::uint64_t sum = 0;
    for (const heddle::Covered& covered : report.covered) sum += covered.executions;
    EXPECT_EQ(sum, 300u);
  }
}

TEST(Bounding, IsOkOnlyWhenTheBoundCutNothing) {
  for (const SearchKind kind : kBounding) {
    Options options = with(kind);
    Report report = heddle::explore(spins_and_locks, options);
    EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
    ASSERT_EQ(report.covered.size(), 1u);
    EXPECT_EQ(report.covered.front().completed, 2);
    EXPECT_EQ(report.model, "sc");
    options.sampling.bound = 100;
    report = heddle::explore(spins_and_locks, options);
    EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
    EXPECT_EQ(report.blocked, 0u);
    options.limits.executions = 5;
    report = heddle::explore(spins_and_locks, options);
    EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  }
}

/// Too many executions for any test.
void endless() {
  std::atomic<int> x{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 6; ++j) ++x;
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Auto, SamplesWhenHalfOfTheLimitDoesNotDo) {
  Options options = with(SearchKind::kAuto);
  options.limits.executions = 200;
  const Report report = heddle::explore(endless, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete) << to_text(report);
  EXPECT_EQ(report.search, "auto");
  EXPECT_EQ(report.executions + report.blocked, 200u);
  ASSERT_EQ(report.covered.size(), 6u) << to_text(report);
  EXPECT_EQ(report.covered.front().strategy, "exhaustive");
  EXPECT_LE(report.covered.front().executions, 100u);
  std::uint64_t sum = 0;
  for (const heddle::Covered& covered : report.covered) sum += covered.executions;
  EXPECT_EQ(sum, report.executions);
  EXPECT_GT(report.distinct, 60u);
  EXPECT_FALSE(report.complete);
}

TEST(Auto, IsTheExhaustiveSearchWhereThatEnds) {
  for (const std::uint64_t limit : {0u, 100000u}) {
    Options options = with(SearchKind::kAuto);
    options.limits.executions = limit;
    const Report report = heddle::explore(spins_and_locks, options);
    EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
    EXPECT_EQ(report.search, "exhaustive");
    EXPECT_TRUE(report.covered.empty());
  }
  Options options = with(SearchKind::kAuto);
  options.limits.executions = 100000;
  const Report found = heddle::explore(lost_update, options);
  Options exhaustive = options;
  exhaustive.search = SearchKind::kExhaustive;
  ASSERT_EQ(found.findings.size(), 1u) << to_text(found);
  EXPECT_EQ(found.findings.front().token,
            heddle::explore(lost_update, exhaustive).findings.at(0).token);
}

/// 6! executions, each of which takes about a millisecond.
void slow_adders() {
  std::atomic<int> x{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([&] { ++x; });
  for (std::thread& thread : threads) thread.join();
  heddle::outside([] { usleep(1000); });
}

TEST(Exhaustive, GoesOnAfterAnEstimateAsIfThereHadBeenNone) {
  Options options;
  heddle::Estimate told;
  options.on_progress = [&](const heddle::Progress& progress) {
    EXPECT_EQ(progress.search, SearchKind::kExhaustive);
    told = progress.estimate;
  };
  Report report = heddle::explore(slow_adders, options);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 720u);
  EXPECT_EQ(report.blocked, 0u);
  EXPECT_EQ(report.estimate, heddle::Estimate{});  // It is known now.
  ASSERT_GT(told.descents, 1u);
  EXPECT_NEAR(told.executions, 720, 6 * told.error + 400);
  // Stopped, it says so.
  options.limits.executions = 700;
  report = heddle::explore(slow_adders, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete);
  EXPECT_GT(report.estimate.descents, 1u);
  EXPECT_NE(to_text(report).find("  covered: "), std::string::npos) << to_text(report);
  // Asked not to, it runs nothing but its own executions.
  options.sampling.estimate = 0;
  report = heddle::explore(slow_adders, options);
  EXPECT_EQ(report.executions, 700u);
  EXPECT_EQ(report.estimate, heddle::Estimate{});
}

std::uint64_t drawn(const Report& report) {
  std::uint64_t sum = 0;
  for (const heddle::Covered& covered : report.covered) sum += covered.executions;
  return sum;
}

TEST(Drawing, ShardsAndJobsDivideTheExecutions) {
  for (const SearchKind kind : {SearchKind::kRandom, SearchKind::kPortfolio}) {
    Options options = with(kind, 101);
    std::vector<Report> shards;
    for (const std::uint32_t index : {0u, 1u}) {
      options.shard = {index, 2};
      shards.push_back(heddle::explore(endless, options));
      EXPECT_EQ(drawn(shards.back()), index == 0 ? 51u : 50u);
      EXPECT_EQ(shards.back().verdict, Verdict::kIncomplete);
      // Again the same.
      EXPECT_EQ(heddle::explore(endless, options).distinct, shards.back().distinct);
    }
    const Report sum = heddle::merge(shards);
    EXPECT_EQ(drawn(sum), 101u);
    EXPECT_EQ(sum.verdict, Verdict::kIncomplete);
    options.shard = {};
    options.jobs = 2;
    const Report together = heddle::explore(endless, options);
    EXPECT_EQ(together.verdict, Verdict::kIncomplete) << to_text(together);
    EXPECT_EQ(together.covered, sum.covered);
    EXPECT_EQ(together.events, sum.events);
    EXPECT_EQ(together.distinct, sum.distinct);
    EXPECT_TRUE(together.shard.empty());
    // Another seed is another search.
    options.jobs = 1;
    options.shard = {1, 2};
    options.sampling.seed = 2;
    shards[1] = heddle::explore(endless, options);
    EXPECT_THROW(heddle::merge(shards), std::invalid_argument);
  }
}

TEST(Drawing, ABugOfOneJobIsTheReports) {
  Options options = with(SearchKind::kPortfolio, 0);
  options.jobs = 3;
  options.limits.seconds = 60;
  const Report report = heddle::explore(lost_update, options);
  EXPECT_EQ(report.verdict, Verdict::kBug) << to_text(report);
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(heddle::replay(report.findings.front().token, lost_update, options).verdict,
            Verdict::kBug);
}

TEST(Limits, OfEventsAndMemoryAreKept) {
  Options options = with(SearchKind::kRandom, 0);
  options.limits.events = 1000;
  Report report = heddle::explore(spins_and_locks, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete);
  EXPECT_GE(report.events, 1000u);
  EXPECT_LT(report.events, 1100u);
  options.limits.events = 0;
  options.limits.memory = 1;
  report = heddle::explore(spins_and_locks, options);
  EXPECT_EQ(report.executions, 1u);
  options = {};
  options.limits.events = 20;
  EXPECT_EQ(heddle::explore(spins_and_locks, options).verdict, Verdict::kIncomplete);
}

TEST(Drawing, RefusesDepthZero) {
  Options options = with(SearchKind::kPct);
  options.sampling.depth = 0;
  EXPECT_THROW(heddle::explore(lost_update, options), std::invalid_argument);
}

}  // namespace
