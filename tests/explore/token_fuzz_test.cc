// SPDX-License-Identifier: Apache-2.0
// heddle::replay on ten thousand wrong tokens of programs that are really explored: each is refused
// with one line, or replays something. Nothing crashes, hangs or fails inside Heddle.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "support/wrong_tokens.h"
#include "tests/support/explored/fresh_replay.h"

namespace {

using heddle::Options;
using heddle::Report;

void reads_old_values_and_chooses() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int seen = 0;
  std::thread one([&] {
    x.store(1, std::memory_order_relaxed);
    std::thread inner([&] { y.fetch_add(2, std::memory_order_relaxed); });
    seen = y.load(std::memory_order_relaxed);
    inner.join();
  });
  y.store(1, std::memory_order_relaxed);
  heddle::observe("x", x.load(std::memory_order_relaxed));
  heddle::observe("choice", heddle::choose(3));
  one.join();
  heddle::observe("seen", seen);
}

int counter;

void races() {
  std::thread one([] { counter = counter + 1; });
  counter = counter + 1;
  one.join();
  heddle::observe("counter", counter);
}

void waits_for_some_time() {
  std::mutex mutex;
  std::condition_variable arrived;
  bool full = false;
  bool got = false;
  std::thread reader([&] {
    std::unique_lock lock(mutex);
    got = arrived.wait_for(lock, std::chrono::hours(1), [&] { return full; });
  });
  {
    const std::lock_guard lock(mutex);
    full = true;
    arrived.notify_one();
  }
  reader.join();
  heddle::observe("got", got);
}

/// `count` wrong tokens, made from those of all outcomes and findings.
void replay_wrong_tokens(void (*body)(), Options options, int count) {
  options.stop_at_first_bug = false;
  options.after_race = heddle::AfterRace::kPromote;
  const Report report = heddle::explore(body, options);
  if (fresh_replay::is_fresh()) {
    return;
  }
  std::vector<std::string> good;
  for (const heddle::Outcome& outcome : report.outcomes) {
    good.push_back(outcome.token);
  }
  for (const heddle::Finding& finding : report.findings) {
    good.push_back(finding.token);
  }
  const wrong_tokens::Tally tally = wrong_tokens::replay(good, body, options, count);
  EXPECT_EQ(tally.wrong, "");
  EXPECT_GT(tally.replayed, count / 100);
  EXPECT_GT(tally.refused, count / 4);
  EXPECT_EQ(tally.replayed + tally.refused, count);
}

TEST(TokenFuzz, OfReadsPlacesChoicesAndThreadNames) {
  replay_wrong_tokens(reads_old_values_and_chooses, {}, 5600);
  Options sc;
  sc.model = heddle::Model::kSc;
  replay_wrong_tokens(reads_old_values_and_chooses, sc, 1000);
}

TEST(TokenFuzz, OfPromotedRaces) { replay_wrong_tokens(races, {}, 400); }

TEST(TokenFuzz, OfTimeoutsAndSpuriousWakeUps) {
  Options options;
  options.spurious_wakeups = true;
  replay_wrong_tokens(waits_for_some_time, options, 2000);
  options.timeouts = heddle::Timeouts::kIdle;
  replay_wrong_tokens(waits_for_some_time, options, 1000);
}

}  // namespace
