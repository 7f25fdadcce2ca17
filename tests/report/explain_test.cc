// SPDX-License-Identifier: Apache-2.0
// What findings say of themselves: what went wrong, what would fix it, and why.
#include "heddle/explain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checker/report/explain_facts.h"

namespace heddle {
namespace {

TraceStep step(std::string thread, std::string what, std::string object, std::string value,
               std::uint32_t line, std::string note = {}, std::int64_t reads_from = -1) {
  TraceStep result;
  result.thread = std::move(thread);
  result.what = std::move(what);
  result.object = std::move(object);
  result.value = std::move(value);
  result.note = std::move(note);
  result.reads_from = reads_from;
  result.important = true;
  result.stack = {{"body()", "/src/a.cc", line, 0, ""}};
  return result;
}

Finding race() {
  Finding finding;
  finding.kind = FindingKind::kDataRace;
  finding.participants = {{"T1", "writes 4 bytes at letter", {}},
                          {"main", "reads 4 bytes at letter", {}}};
  return finding;
}

TEST(Explain, a_race_by_its_accesses) {
  const Finding finding = race();
  const std::string wrong = what_went_wrong(finding);
  EXPECT_EQ(wrong.find("T1 writes letter and main reads it, and nothing"), 0u) << wrong;
  EXPECT_NE(what_would_fix(finding).find("Guard every access to letter"), std::string::npos);
}

TEST(Explain, a_message_that_orders_nothing_names_the_orders_to_strengthen) {
  Finding finding = race();
  finding.trace = {step("T1", "write", "letter", "42", 3, "race"),
                   step("T1", "store(relaxed)", "full", "1", 4),
                   step("main", "load(acquire)", "full", "1", 8, "", 1),
                   step("main", "read", "letter", "42", 9, "race")};
  EXPECT_EQ(what_would_fix(finding),
            "Make the store to full (line 4) a release: the message arrives, but orders nothing.");
  finding.trace[2].what = "load(relaxed)";
  EXPECT_EQ(what_would_fix(finding),
            "Make the store to full (line 4) a release and the load of full (line 8) an acquire: "
            "the message arrives, but orders nothing.");
  finding.trace[1].what = "store(release)";
  finding.trace[2].what = "load(acquire)";  // Orders: then this is not the way.
  EXPECT_EQ(what_would_fix(finding).find("Make the store"), std::string::npos);
}

TEST(Explain, one_access_without_the_lock_of_the_other) {
  Finding finding = race();
  finding.trace = {
      step("T1", "lock mutex", "door", "", 2), step("T1", "write", "letter", "42", 3, "race"),
      step("T1", "unlock mutex", "door", "", 4), step("main", "read", "letter", "42", 9, "race")};
  EXPECT_EQ(what_would_fix(finding), "Hold door, as T1 does, in main too (line 9).");
  finding.trace[3].note = "";
  finding.trace.insert(finding.trace.begin() + 3, step("main", "lock mutex", "gate", "", 8));
  finding.trace[4].note = "race";
  EXPECT_EQ(what_would_fix(finding),
            "Guard both accesses with the same lock: T1 holds door, main holds gate.");
}

Finding opposite_order() {
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.cause = DeadlockCause::kCycle;
  finding.participants = {{"T1", "waits for mutex b, held by T2", {}},
                          {"T2", "waits for mutex a, held by T1", {}},
                          {"main", "waits for T1 to end", {}}};
  return finding;
}

TEST(Explain, the_cycle_of_a_deadlock) {
  Finding finding = opposite_order();
  EXPECT_EQ(report::wait_for_cycle(finding), "T1 -> mutex b -> T2 -> mutex a -> T1");
  EXPECT_NE(what_went_wrong(finding).find("T1 -> mutex b -> T2"), std::string::npos);
  EXPECT_NE(what_would_fix(finding).find("Take mutex b and mutex a in the same order"),
            std::string::npos)
      << what_would_fix(finding);
  finding.participants = {{"main", "waits for T1 to end", {}},
                          {"T1", "waits for mutex a, held by main", {}}};
  EXPECT_EQ(report::wait_for_cycle(finding), "main -> T1 -> mutex a -> main");
  EXPECT_EQ(what_would_fix(finding),
            "Give back mutex a before waiting for the thread that needs it.");
}

TEST(Explain, other_deadlocks_by_their_cause) {
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.participants = {{"T1", "waits on condition variable call", {}}};
  finding.cause = DeadlockCause::kLostWakeup;
  EXPECT_NE(what_went_wrong(finding).find("T1 waits on condition variable call after"),
            std::string::npos);
  EXPECT_NE(what_would_fix(finding).find("wait with a predicate"), std::string::npos);
  finding.message = "T1 waits on condition variable call, but the notification woke another thread";
  EXPECT_EQ(what_went_wrong(finding),
            "T1 waits on condition variable call; the notification that came woke another thread, "
            "and there is no other, so it waits for ever.");
  EXPECT_NE(what_would_fix(finding).find("or notify all"), std::string::npos);
  finding.cause = DeadlockCause::kMissingSignal;
  EXPECT_NE(what_would_fix(finding).find("Notify condition variable call on every path"),
            std::string::npos);
  finding.participants[0].what = "waits at barrier gate (1 of 2 arrived)";
  finding.cause = DeadlockCause::kBarrier;
  EXPECT_EQ(what_went_wrong(finding), "T1 waits at barrier gate for threads that do not come.");
}

TEST(Explain, a_lost_update_is_recognised_by_its_values) {
  Finding finding;
  finding.kind = FindingKind::kAssertion;
  finding.participants = {{"main", "", {}}};
  finding.trace = {
      step("T1", "load(relaxed)", "hits", "0", 5), step("T2", "load(relaxed)", "hits", "0", 5),
      step("T1", "store(relaxed)", "hits", "1", 6), step("T2", "store(relaxed)", "hits", "1", 6)};
  EXPECT_NE(what_went_wrong(finding).find("T1 and T2 read the same value of hits"),
            std::string::npos)
      << what_went_wrong(finding);
  EXPECT_NE(what_would_fix(finding).find("Make reading and writing hits one step"),
            std::string::npos);
  finding.trace[1].reads_from = 2;  // Has seen the other one.
  std::swap(finding.trace[1], finding.trace[2]);
  finding.trace[2].reads_from = 1;
  EXPECT_EQ(what_would_fix(finding).find("Make reading and writing"), std::string::npos);
}

TEST(Explain, an_old_value_is_named) {
  Finding finding;
  finding.kind = FindingKind::kAssertion;
  finding.participants = {{"main", "", {}}};
  finding.trace = {step("T1", "store(relaxed)", "x", "1", 5),
                   step("T2", "load(relaxed)", "x", "0", 7,
                        "reads the initial value, not the newer 1 of T1 at a.cc:5")};
  EXPECT_EQ(what_went_wrong(finding),
            "main fails its check after T2 has got an old value of x (line 7), which the memory "
            "model allows.");
  EXPECT_EQ(what_would_fix(finding).find("Forbid T2 the old value of x (line 7)"), 0u);
}

TEST(Explain, every_kind_has_sentences) {
  for (int kind = 0; kind <= static_cast<int>(FindingKind::kNoVisibleOperation); ++kind) {
    Finding finding;
    finding.kind = static_cast<FindingKind>(kind);
    finding.trace = {step("main", "store(relaxed)", "x", "1", 3),
                     step("T1", "load(relaxed)", "x", "0", 5)};
    EXPECT_FALSE(what_went_wrong(finding).empty()) << kind;
    const bool none = finding.kind == FindingKind::kNondeterminism;
    EXPECT_EQ(what_would_fix(finding).empty(), none) << kind;
  }
}

}  // namespace
}  // namespace heddle
