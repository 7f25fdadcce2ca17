// SPDX-License-Identifier: Apache-2.0
// The replay of every finding in a fresh process is done, and notices what differs there.
#include "tests/support/explored/fresh_replay.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cassert>
#include <stdexcept>
#include <thread>

#include "heddle/heddle.h"

namespace {

void fails_once_the_other_was_first() {
  std::atomic<int> x{0};
  std::thread other([&] { x.store(1); });
  const int seen = x.load();
  other.join();
  assert(seen == 0);
}

const bool fresh = fresh_replay::is_fresh();

void fails_in_the_first_process_only() { assert(fresh); }

void fails_elsewhere_in_a_fresh_process() {
  std::atomic<int> x{0};
  std::thread other([&] { x.store(fresh ? 2 : 1); });
  other.join();
  assert(x.load() == 0);
}

TEST(FreshReplay, HappensForEachFinding) {
  const std::size_t before = fresh_replay::count();
  const heddle::Report report = heddle::explore(fails_once_the_other_was_first);
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  EXPECT_EQ(fresh_replay::count(), before + 1);
}

TEST(FreshReplay, NoticesThatTheFindingIsNotThere) {
  EXPECT_THROW(heddle::explore(fails_in_the_first_process_only), std::runtime_error);
}

TEST(FreshReplay, NoticesAnotherTrace) {
  EXPECT_THROW(heddle::explore(fails_elsewhere_in_a_fresh_process), std::runtime_error);
}

}  // namespace
