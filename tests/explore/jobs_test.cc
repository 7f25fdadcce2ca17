// SPDX-License-Identifier: Apache-2.0
// One exploration in several processes, in shards, and from checkpoints: the same executions, each
// once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "heddle/heddle.h"

namespace heddle {
namespace {

void adders() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  const auto add = [&] {
    x.fetch_add(1);
    observe("y", y.fetch_add(1));
  };
  std::thread one(add);
  std::thread two([&] { x.fetch_add(1), y.fetch_add(1); });
  std::thread three([&] { x.fetch_add(1), y.fetch_add(1); });
  one.join();
  two.join();
  three.join();
}

void fails() {
  std::atomic<int> x{0};
  std::thread one([&] { x.store(x.load() + 1); });
  x.store(x.load() + 1);
  one.join();
  if (x != 2) {
    fail("an update is lost");
  }
}

std::map<std::string, std::uint64_t> outcomes_of(const Report& report) {
  std::map<std::string, std::uint64_t> counts;
  for (const Outcome& outcome : report.outcomes) {
    counts[outcome.values.front().value] = outcome.count;
  }
  return counts;
}

void expect_same(const Report& report, const Report& whole) {
  EXPECT_EQ(report.verdict, whole.verdict) << to_text(report);
  EXPECT_EQ(report.executions, whole.executions);
  EXPECT_EQ(report.deadlocked, whole.deadlocked);
  EXPECT_EQ(report.blocked, whole.blocked);
  EXPECT_EQ(report.complete, whole.complete);
  EXPECT_EQ(outcomes_of(report), outcomes_of(whole));
}

struct File {
  std::string name = "/tmp/heddle-jobs-test." + std::to_string(getpid());
  ~File() { std::remove(name.c_str()); }
};

TEST(Jobs, CountLikeOne) {
  const Report whole = explore(adders);
  EXPECT_EQ(whole.verdict, Verdict::kOk);
  EXPECT_EQ(whole.executions, 36u);
  for (const std::uint32_t jobs : {2, 3}) {
    Options options;
    options.jobs = jobs;
    expect_same(explore(adders, options), whole);
  }
}

TEST(Jobs, FindWhatOneFinds) {
  Options options;
  options.stop_at_first_bug = false;
  const Report whole = explore(fails, options);
  options.jobs = 2;
  const Report report = explore(fails, options);
  expect_same(report, whole);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].message, whole.findings[0].message);
  EXPECT_EQ(replay(report.findings[0].token, fails).verdict, Verdict::kBug);
}

TEST(Jobs, HeedALimit) {
  Options options;
  options.jobs = 2;
  options.limits.executions = 20;
  const Report report = explore(adders, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete);
  EXPECT_EQ(report.executions, 20u);
}

TEST(Jobs, ThatDieAreAFinding) {
  const int parent = getpid();
  Options options;
  options.jobs = 2;
  const Report report = explore(
      [parent] {
        adders();
        outside([parent] {
          if (getpid() != parent) {
            _exit(7);
          }
        });
      },
      options);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_FALSE(report.complete);
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].kind, FindingKind::kCrash);
}

TEST(Shards, AddUp) {
  const Report whole = explore(adders);
  std::vector<Report> parts;
  for (std::uint32_t index = 0; index < 3; ++index) {
    Options options;
    options.shard = {index, 3};
    parts.push_back(explore(adders, options));
    EXPECT_EQ(parts.back().verdict,
              parts.back().executions == 0 ? Verdict::kIncomplete : Verdict::kBounded);
  }
  expect_same(merge(parts), whole);
  EXPECT_THROW(merge({parts[0], parts[0], parts[1]}), std::invalid_argument);
  parts.pop_back();
  EXPECT_EQ(merge(parts).verdict, Verdict::kIncomplete);
}

TEST(CheckpointFiles, AreResumed) {
  const Report whole = explore(adders);
  for (const std::uint32_t jobs : {1, 2}) {
    const File file;
    Options options;
    options.checkpoint_file = file.name;
    options.limits.executions = 5;
    EXPECT_EQ(explore(adders, options).verdict, Verdict::kIncomplete);
    options.limits.executions = 0;
    options.resume_file = file.name;
    options.jobs = jobs;
    expect_same(explore(adders, options), whole);
    expect_same(explore(adders, options), whole);  // Nothing was left.
  }
}

TEST(CheckpointFiles, OfAnotherBodyAreRefused) {
  const File file;
  Options options;
  options.checkpoint_file = file.name;
  explore(adders, options);
  options.resume_file = file.name;
  EXPECT_THROW(explore(fails, options), std::invalid_argument);
  options.model = Model::kSc;
  EXPECT_THROW(explore(adders, options), std::invalid_argument);
  options.model = Model::kRc11;
  std::ofstream(file.name, std::ios::app) << "x";
  EXPECT_THROW(explore(adders, options), std::invalid_argument);
}

TEST(CheckpointFiles, ThatCannotBeWrittenAreToldWithTheResults) {
  Options options;
  options.checkpoint_file = "/nowhere/checkpoint";
  const Report report = explore(adders, options);
  EXPECT_EQ(report.executions, 36u);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].find("could not be written"), std::string::npos);
}

TEST(Jobs, OfOtherSearchesAreRefused) {
  Options options;
  options.search = SearchKind::kCycles;
  options.jobs = 2;
  EXPECT_THROW(explore(adders, options), std::invalid_argument);
}

}  // namespace
}  // namespace heddle
