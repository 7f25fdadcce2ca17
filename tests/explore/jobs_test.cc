// SPDX-License-Identifier: Apache-2.0
// One exploration in several processes, in shards, and from checkpoints: the same executions, each
// once.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "heddle/heddle.h"
#include "tests/support/explored/fresh_replay.h"

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

/// Waits that are redundant, and choices of the memory model; in another order also deadlocks.
void lock(std::mutex& a, std::mutex& b, std::mutex& c, std::mutex& d) {
  std::atomic<int> x{0};
  const auto both = [&x](std::mutex& first, std::mutex& second) {
    const std::scoped_lock one(first);
    x.fetch_add(1, std::memory_order_relaxed);
    second.lock();
    second.unlock();
  };
  std::thread one([&] { both(a, b); });
  std::thread two([&] { both(c, d); });
  std::thread three([&] {
    while (x.load(std::memory_order_acquire) == 0) {
    }
    observe("x", x.load(std::memory_order_relaxed));
  });
  one.join();
  two.join();
  three.join();
}

void waits() {
  std::mutex a;
  std::mutex b;
  lock(a, b, a, b);
}

void deadlocks() {
  std::mutex a;
  std::mutex b;
  lock(a, b, b, a);
}

/// Dies in the executions in which the store comes before the load.
template <class Die>
void dies_in_some(Die die) {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  std::thread one([&] {
    y.fetch_add(1);
    x.store(1);
  });
  y.fetch_add(1);
  y.fetch_add(1);
  if (x.load() == 1) {
    die();
  }
  one.join();
}

int g_parent = 0;  // Set before the exploration: all jobs have it. None where a token is replayed.

/// In a job; not in the process that asked.
void exit_in_job() {
  outside([] {
    if (getpid() != g_parent) {
      _exit(7);
    }
  });
}

void exits_in_some() {
  dies_in_some([] { exit_in_job(); });
}

void crashes_in_some() {
  dies_in_some([] {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
  });
}

unsigned g_pause = 0;  ///< Microseconds that an execution takes.

void slow() {
  adders();
  outside([] { usleep(g_pause); });
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
  for (const auto body : {adders, waits, deadlocks}) {
    Options options;
    options.stop_at_first_bug = false;
    const Report whole = explore(body, options);
    EXPECT_TRUE(whole.complete);
    for (const std::uint32_t jobs : {2, 3, 7}) {
      options.jobs = jobs;
      expect_same(explore(body, options), whole);
    }
  }
  EXPECT_EQ(explore(adders).executions, 36u);
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

TEST(Jobs, InWhichTheBodyCrashesFindIt) {
  Options options;
  options.jobs = 2;
  const Report report = explore(crashes_in_some, options);
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kCrash);
  const Report again = replay(report.findings[0].token, crashes_in_some);
  ASSERT_EQ(again.findings.size(), 1u);
  EXPECT_EQ(again.findings[0].kind, FindingKind::kCrash);
}

/// The exit status of a process that replays the token.
int status_of_replay(const std::string& token, void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    replay(token, body);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Jobs, ThatDieAreAFindingWithATokenThatReplays) {
  g_parent = fresh_replay::is_fresh() ? 0 : getpid();
  Options options;
  options.jobs = 2;
  const Report report = explore(exits_in_some, options);
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_FALSE(report.complete);
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  EXPECT_EQ(report.findings[0].kind, FindingKind::kCrash);
  EXPECT_NE(report.findings[0].message.find("ended with status 7"), std::string::npos);
  EXPECT_EQ(status_of_replay(report.findings[0].token, exits_in_some), 7);
}

/// No more executions than those in which no job dies, though what was to follow from one in which
/// it does may be missing; and the finding once.
TEST(Jobs, ThatDieDoNotEndTheSearch) {
  g_parent = fresh_replay::is_fresh() ? 0 : getpid();
  Options options;
  options.stop_at_first_bug = false;
  const Report whole = explore([] { dies_in_some([] { observe("dies", true); }); }, options);
  ASSERT_EQ(whole.outcomes.size(), 1u);
  options.jobs = 2;
  const Report report = explore(exits_in_some, options);
  EXPECT_LE(report.executions, whole.executions - whole.outcomes[0].count) << to_text(report);
  EXPECT_GT(report.executions, 0u);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.findings.size(), 1u);
  for (const Finding& finding : report.findings) {
    EXPECT_EQ(status_of_replay(finding.token, exits_in_some), 7);
  }
}

TEST(Jobs, ThatAreKilledLoseNothing) {
  const Report whole = explore(adders);
  for (const int nth : {1, 5, 20}) {
    const File file;
    std::ofstream(file.name) << std::string(static_cast<std::size_t>(nth), 'x');
    const auto killed_once = [&file] {
      adders();
      outside([&file] {
        struct stat status {};
        if (stat(file.name.c_str(), &status) == 0 &&
            truncate(file.name.c_str(), status.st_size - 1) == 0 && status.st_size == 1) {
          unlink(file.name.c_str());
          kill(getpid(), SIGKILL);
        }
      });
    };
    Options options;
    options.jobs = 2;
    const Report report = explore(killed_once, options);
    expect_same(report, whole);
    EXPECT_NE(to_text(report).find("killed by signal 9"), std::string::npos) << to_text(report);
  }
}

TEST(Shards, AddUp) {
  Options options;
  options.stop_at_first_bug = false;
  for (const auto body : {adders, waits}) {
    options.shard = {};
    const Report whole = explore(body, options);
    for (const std::uint32_t count : {2, 3, 5}) {
      std::vector<Report> parts;
      for (std::uint32_t index = 0; index < count; ++index) {
        options.shard = {index, count};
        const Report part = explore(body, options);
        EXPECT_TRUE(part.verdict == Verdict::kBug || part.verdict == Verdict::kBounded ||
                    part.executions == 0);
        EXPECT_EQ(explore(body, options).executions, part.executions);
        parts.push_back(report_from_json(to_json(part)));
      }
      expect_same(merge(parts), whole);
      EXPECT_THROW(merge({parts[0], parts[0], parts[1]}), std::invalid_argument);
      parts.pop_back();
      EXPECT_FALSE(merge(parts).complete);
    }
  }
}

/// More than can be told apart when the pieces are cut: each has a share.
TEST(Shards, AllHaveWork) {
  const auto body = [] {
    std::atomic<int> x{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 6; ++k) {
      threads.emplace_back([&] { x.fetch_add(1); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  };
  std::uint64_t sum = 0;
  for (std::uint32_t index = 0; index < 2; ++index) {
    Options options;
    options.shard = {index, 2};
    const Report part = explore(body, options);
    EXPECT_GT(part.executions, 200u);
    sum += part.executions;
  }
  EXPECT_EQ(sum, 720u);
}

/// Ended again and again by the limit that `limit(run, options, last report)` sets, and gone on
/// with until it is complete. The checkpoint stays.
template <class Limit>
Report in_pieces(void (*body)(), Options& options, const File& file, Limit limit) {
  options.checkpoint_file = file.name;
  options.resume_file.clear();
  Report report;
  int run = 0;
  do {
    limit(run, options, report);
    report = explore(body, options);
    for (const std::string& warning : report.warnings) {
      EXPECT_TRUE(warning.starts_with("lock order")) << warning;
    }
    options.resume_file = file.name;
  } while (!report.complete && ++run < 1000);
  EXPECT_TRUE(run > 0 || options.limits.executions == 0);
  return report;
}

/// After few executions, or in the middle of them, which are then run again, and counted once; gone
/// on with by one job or two.
TEST(CheckpointFiles, AreResumed) {
  for (const auto body : {adders, waits}) {
    Options options;
    options.stop_at_first_bug = false;
    const Report whole = explore(body, options);
    for (const bool by_time : {false, true}) {
      SCOPED_TRACE(by_time ? "by time" : "by executions");
      const File file;
      const Report report =
          in_pieces(body, options, file, [&](int run, Options& next, const Report& last) {
            next.jobs = 1 + run / 2 % 2;
            next.limits.executions = by_time ? 0 : last.executions + last.blocked + 9;
            next.limits.seconds = by_time ? (run + 1) * 2e-4 : 0;
          });
      expect_same(report, whole);
      if (!by_time) {
        expect_same(explore(body, options), whole);  // Nothing was left.
      }
    }
  }
}

/// Killed when a second has passed, and so a checkpoint has been written on the way.
TEST(CheckpointFiles, SurviveAKill) {
  const Report whole = explore(slow);
  for (const std::uint32_t jobs : {1, 2}) {
    const File file;
    Options options;
    options.checkpoint_file = file.name;
    options.jobs = jobs;
    const pid_t child = fork();
    if (child == 0) {
      g_pause = 50000 * jobs;
      options.on_progress = [](const Progress& now) { now.seconds > 1.5 ? kill(getpid(), 9) : 0; };
      explore(slow, options);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    options.resume_file = file.name;
    options.limits.executions = 1;
    const Report so_far = explore(slow, options);
    EXPECT_GT(so_far.executions, 2u);
    EXPECT_LT(so_far.executions, 36u);
    options.limits.executions = 0;
    expect_same(explore(slow, options), whole);
  }
}

/// Schedules with few preemptions or delays.
class Enumerations : public ::testing::TestWithParam<std::tuple<SearchKind, void (*)()>> {
 protected:
  Enumerations() {
    options_.search = std::get<0>(GetParam());
    options_.stop_at_first_bug = false;
    options_.after_race = AfterRace::kStop;
    options_.sampling.reduce = 10;
    options_.sampling.estimate = 0;
  }
  Report explored() const { return explore(std::get<1>(GetParam()), options_); }

  Options options_;
};

TEST_P(Enumerations, AreDividedAmongJobsAndShards) {
  const Report whole = explored();
  ASSERT_TRUE(whole.complete) << to_text(whole);
  options_.jobs = 2;
  const Report report = explored();
  expect_same(report, whole);
  EXPECT_EQ(report.covered[0].completed, 2);
  options_.jobs = 1;
  std::vector<Report> parts;
  for (std::uint32_t index = 0; index < 3; ++index) {
    options_.shard = {index, 3};
    parts.push_back(report_from_json(to_json(explored())));
  }
  expect_same(merge(parts), whole);
  parts.pop_back();
  EXPECT_FALSE(merge(parts).complete);
}

TEST_P(Enumerations, AreResumed) {
  const Report whole = explored();
  for (const bool by_time : {false, true}) {
    SCOPED_TRACE(by_time ? "by time" : "by executions");
    const File file;
    const Report report = in_pieces(
        std::get<1>(GetParam()), options_, file, [&](int run, Options& next, const Report& last) {
          const std::uint64_t done = last.executions + last.blocked;
          next.limits.executions = by_time ? 0 : done + whole.executions / 3 + 1;
          next.limits.seconds = by_time ? (run + 1) * 5e-3 : 0;
        });
    expect_same(report, whole);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Enumerations,
                         ::testing::Combine(::testing::Values(SearchKind::kPreemptions,
                                                              SearchKind::kDelays),
                                            ::testing::Values(adders, waits, deadlocks)));

/// All jobs together have them.
TEST(Jobs, HeedALimitOfEvents) {
  Options options;
  const Report whole = explore(adders, options);
  options.jobs = 2;
  options.limits.events = whole.events / 2;
  const Report report = explore(adders, options);
  EXPECT_EQ(report.verdict, Verdict::kIncomplete);
  EXPECT_LT(report.events, whole.events * 2 / 3);
  EXPECT_GE(report.events, options.limits.events);
}

/// Whoever goes on has not seen the executions of the findings; their tokens show them.
TEST(CheckpointFiles, FindingsOfRunsBeforeAreExplainedToo) {
  Options options;
  options.stop_at_first_bug = false;
  const Report whole = explore(fails, options);
  ASSERT_EQ(whole.findings.size(), 1u);
  ASSERT_FALSE(whole.findings[0].decision.kind.empty());
  options.jobs = 2;
  EXPECT_EQ(explore(fails, options).findings.at(0).decision, whole.findings[0].decision);
  options.jobs = 1;
  const File file;
  options.checkpoint_file = file.name;
  Report report;
  do {
    ++options.limits.executions;
    report = explore(fails, options);
  } while (report.findings.empty() && !report.complete);
  ASSERT_FALSE(report.complete);
  options.limits.executions = 0;
  options.resume_file = file.name;
  for (const std::uint32_t jobs : {1, 2}) {
    options.jobs = jobs;
    report = explore(fails, options);
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.executions, whole.executions);
    EXPECT_EQ(report.findings[0].decision, whole.findings[0].decision) << to_text(report);
  }
  options.explain = false;
  report = explore(fails, options);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].decision, Decision{});
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
  const std::map<std::string, std::string> problems = {
      {"/nowhere/checkpoint", "No such file or directory"},
      {"/dev/full", "No space left on device"},
      {"/tmp", "it is no file"}};
  for (const auto& [file, problem] : problems) {
    for (const std::uint32_t jobs : {1, 2}) {
      Options options;
      options.checkpoint_file = file;
      options.jobs = jobs;
      const Report report = explore(adders, options);
      EXPECT_EQ(report.executions, 36u);
      EXPECT_EQ(report.verdict, Verdict::kOk);
      ASSERT_EQ(report.warnings.size(), 1u);
      EXPECT_EQ(report.warnings[0], "the checkpoint " + file + " could not be written: " + problem);
    }
  }
  struct stat status {};
  ASSERT_EQ(stat("/dev/full", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

/// What stands in place of it is not replaced.
TEST(CheckpointFiles, AreWrittenThroughLinks) {
  const File file;
  const File link{file.name + ".link"};
  std::ofstream(file.name) << "x";
  ASSERT_EQ(symlink(file.name.c_str(), link.name.c_str()), 0);
  Options options;
  options.checkpoint_file = link.name;
  explore(adders, options);
  struct stat status {};
  ASSERT_EQ(lstat(link.name.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  options.resume_file = file.name;
  expect_same(explore(adders, options), explore(adders));
}

std::string mistake_in(const Options& options) {
  try {
    explore(adders, options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(Jobs, ThatMakeNoSenseAreRefused) {
  Options options;
  options.jobs = 0;
  EXPECT_EQ(mistake_in(options), "heddle: jobs is 0; it must be from 1 to 256");
  options.jobs = 257;
  EXPECT_EQ(mistake_in(options), "heddle: jobs is 257; it must be from 1 to 256");
  options.jobs = 2;
  options.shard = {0, 2};
  EXPECT_EQ(mistake_in(options), "heddle: shard and jobs exclude each other: each shard is a job");
  options.jobs = 1;
  options.shard = {2, 2};
  EXPECT_NE(mistake_in(options).find("below the count"), std::string::npos);
  options.shard = {0, 2};
  options.after_race = AfterRace::kPromote;
  EXPECT_NE(mistake_in(options).find("add after_race=stop"), std::string::npos);
  options = {};
  options.resume_file = "/nowhere/checkpoint";
  EXPECT_NE(mistake_in(options).find("No such file"), std::string::npos);
  options.search = SearchKind::kCycles;
  EXPECT_NE(mistake_in(options).find("need a search with an end"), std::string::npos);
  options = {};
  options.search = SearchKind::kPreemptions;
  options.jobs = 2;
  options.checkpoint_file = "/tmp/never-written";
  EXPECT_NE(mistake_in(options).find("a file each"), std::string::npos);
  options = {};
  options.search = SearchKind::kCycles;
  options.jobs = 2;
  EXPECT_NE(mistake_in(options).find("run by one process"), std::string::npos);
}

TEST(Jobs, OfOtherSearchesAreRefused) {
  Options options;
  options.search = SearchKind::kCycles;
  options.jobs = 2;
  EXPECT_THROW(explore(adders, options), std::invalid_argument);
}

}  // namespace
}  // namespace heddle
