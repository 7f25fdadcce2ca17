// SPDX-License-Identifier: Apache-2.0
// The schedule of a failing execution, attempted on fixes: what stops it there.
#include <gtest/gtest.h>

#include <atomic>
#include <cassert>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/attempt.h"
#include "heddle/heddle.h"

namespace {

using heddle::Attempt;
using heddle::Finding;
using heddle::FindingKind;
using heddle::Options;
using heddle::Report;

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

int hits = 0;  // Not on the stack, where what lay there before is an access, too.

void lost_update() {
  auto clerk = [] { hits = hits + 1; };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  assert(hits == 2);
}

void locked_update() {
  std::mutex counter;
  auto clerk = [&] {
    const std::lock_guard lock(counter);
    hits = hits + 1;
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  assert(hits == 2);
}

void atomic_update() {
  std::atomic<int> hits{0};
  auto clerk = [&] { hits.fetch_add(1, std::memory_order_relaxed); };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  assert(hits == 2);
}

TEST(AttemptOnFix, a_lock_stops_a_lost_update) {
  const Report report = heddle::explore(lost_update, everything());
  const Finding finding = finding_of(report, FindingKind::kAssertion);
  const Attempt attempt = heddle::attempt(finding, locked_update, everything());
  EXPECT_EQ(attempt.end, "passes");
  ASSERT_EQ(attempt.stops.size(), 1u);  // What is read afterwards follows from it.
  EXPECT_NE(attempt.stops[0].message.find("but waits: lock mutex counter, held by T"),
            std::string::npos)
      << attempt.stops[0].message;
  EXPECT_EQ(finding.trace[static_cast<std::size_t>(attempt.stops[0].wanted)].object, "hits");
  EXPECT_GT(attempt.followed, 4u);
  EXPECT_LE(attempt.followed, attempt.trace.size());
  EXPECT_EQ(attempt.follows.size(), attempt.trace.size());
  EXPECT_EQ(heddle::attempt_from_json(to_json(attempt)), attempt);
}

TEST(AttemptOnFix, one_atomic_step_stops_a_lost_update) {
  const Report report = heddle::explore(lost_update, everything());
  const Finding finding = finding_of(report, FindingKind::kAssertion);
  const Attempt attempt = heddle::attempt(finding, atomic_update, everything());
  EXPECT_EQ(attempt.end, "passes");
  ASSERT_FALSE(attempt.stops.empty());
  EXPECT_NE(attempt.stops[0].message.find("one step"), std::string::npos)
      << attempt.stops[0].message;
}

TEST(AttemptOnFix, the_same_program_is_followed_to_the_end) {
  const Report report = heddle::explore(lost_update, everything());
  const Finding finding = finding_of(report, FindingKind::kAssertion);
  const Attempt attempt = heddle::attempt(finding, lost_update, everything());
  EXPECT_TRUE(attempt.stops.empty()) << attempt.stops[0].message;
  EXPECT_EQ(attempt.end.find("fails: "), 0u) << attempt.end;
  EXPECT_EQ(attempt.followed, attempt.wanted);
}

}  // namespace
