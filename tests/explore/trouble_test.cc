// SPDX-License-Identifier: Apache-2.0
// What a body can do that Heddle cannot explore: each is one finding, never `ok` and never a hang.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "support/uninstrumented.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::Verdict;

bool has(const Report& report, FindingKind kind) {
  for (const heddle::Finding& finding : report.findings) {
    if (finding.kind == kind) {
      return true;
    }
  }
  return false;
}

TEST(Trouble, ABodyWithoutInstrumentationIsNeverOk) {
  const Report report = uninstrumented::explore_quiet_body();
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_TRUE(has(report, FindingKind::kUninstrumented)) << to_text(report);
}

TEST(Trouble, ALoopWithoutAnyHookIsInterrupted) {
  Options options;
  options.limits.quiet_seconds = 0.5;
  const Report report = heddle::explore(
      [] {
        std::thread one([] { uninstrumented::spin_for_ever(); });
        one.join();
      },
      options);
  EXPECT_TRUE(has(report, FindingKind::kNoVisibleOperation)) << to_text(report);
}

TEST(Trouble, ABodyThatDependsOnTheOutsideIsNondeterministic) {
  int runs = 0;
  Options options;
  options.stop_at_first_bug = false;
  const Report report = heddle::explore(
      [&runs] {
        std::atomic<int> x{0};
        int now = 0;
        heddle::outside([&] { now = ++runs; });
        std::thread one([&] { x.store(1); });
        if (now % 2 == 0) {
          x.store(2);
        }
        x.load();
        one.join();
      },
      options);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_TRUE(has(report, FindingKind::kNondeterminism)) << to_text(report);
}

/// The first execution, which is run twice, is the same both times.
TEST(Trouble, ABodyThatChangesLaterIsNondeterministic) {
  int runs = 0;
  Options options;
  options.stop_at_first_bug = false;
  const Report report = heddle::explore(
      [&runs] {
        bool late = false;
        heddle::outside([&] { late = ++runs > 2; });
        std::atomic<int> x{0};
        std::atomic<int> y{0};
        std::thread one([&] { x.store(1); });
        if (late) {
          y.fetch_add(1);
        } else {
          y.store(1);
        }
        x.load();
        one.join();
      },
      options);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_TRUE(has(report, FindingKind::kNondeterminism)) << to_text(report);
}

TEST(Trouble, AThreadFromBeforeIsForeign) {
  std::atomic<bool> stop{false};
  std::atomic<int> rounds{0};
  std::thread foreign([&] {
    while (!stop.load()) {
      rounds.fetch_add(1);
    }
  });
  // Model code waits, on whatever core and however busy, until the thread has passed its hooks.
  Options options;
  options.limits.quiet_seconds = 60;
  const Report report =
      heddle::explore([&rounds] { uninstrumented::wait_for_a_whole_round(rounds); }, options);
  stop.store(true);
  foreign.join();
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_TRUE(has(report, FindingKind::kForeignThread)) << to_text(report);
}

TEST(Trouble, ExplorationsMayFollowEachOtherButNotNest) {
  const auto body = [] {
    std::thread one([] {});
    one.join();
  };
  EXPECT_EQ(heddle::explore(body).verdict, Verdict::kOk);
  EXPECT_EQ(heddle::explore(body).verdict, Verdict::kOk);
}

}  // namespace
