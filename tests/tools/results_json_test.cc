// SPDX-License-Identifier: Apache-2.0
// Shape of the JSON of gallery run and matrix, and the words and totals of the tables.
#include "tools/results_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/gallery.h"

namespace heddle::tools {
namespace {

using nlohmann::json;

class ResultsTest : public testing::Test {
 protected:
  ResultsTest() {
    exhibit_.klass = "races";
    exhibit_.name = "lost_update";
    VariantInfo buggy;
    buggy.name = "buggy";
    buggy.verdict = Verdict::kBug;
    buggy.kinds = {FindingKind::kDeadlock};
    buggy.causes = {DeadlockCause::kCycle};
    buggy.tsan = {"lock_order"};
    VariantInfo mutex;
    mutex.name = "mutex";
    exhibit_.variants = {buggy, mutex};

    Finding finding;
    finding.kind = FindingKind::kDeadlock;
    finding.cause = DeadlockCause::kCycle;
    finding.message = "bytes that are no UTF-8: \xff";
    finding.token = "h1:x";
    results_.resize(2);
    results_[0].selected = {&exhibit_, &exhibit_.variants[0]};
    results_[0].report.verdict = Verdict::kBug;
    results_[0].report.executions = 3;
    results_[0].report.findings = {finding};
    results_[0].tsan_asked = true;
    results_[0].tsan.runs = 3;
    results_[0].tsan.hung = 1;
    results_[0].tsan.reports = {{"lock_order", 2}};
    results_[1].selected = {&exhibit_, &exhibit_.variants[1]};
    results_[1].deviations = {"declared ok, found bounded"};
    results_[1].report.verdict = Verdict::kBounded;
    results_[1].report.bounds = {"try_lock rounds: 2"};
  }

  ExhibitInfo exhibit_;
  std::vector<VariantResult> results_;
};

TEST_F(ResultsTest, HasTheDocumentedShape) {
  const json all = json::parse(results_to_json(results_, "sc"));
  EXPECT_EQ(all.at("heddle"), HEDDLE_VERSION);
  EXPECT_EQ(all.at("model"), "sc");
  const json& bug = all.at("exhibits").at(0);
  EXPECT_EQ(bug.at("class"), "races");
  EXPECT_EQ(bug.at("name"), "lost_update");
  EXPECT_EQ(bug.at("variant"), "buggy");
  EXPECT_EQ(bug.at("declared").at("verdict"), "bug");
  EXPECT_EQ(bug.at("declared").at("kinds"), json({"deadlock"}));
  EXPECT_EQ(bug.at("verdict"), "bug");
  EXPECT_EQ(bug.at("as_declared"), true);
  EXPECT_EQ(bug.at("executions"), 3);
  EXPECT_EQ(bug.at("findings").at(0).at("cause"), "cycle");
  EXPECT_EQ(bug.at("findings").at(0).at("token"), "races/lost_update/buggy@h1:x");
  EXPECT_EQ(bug.at("tsan").at("runs"), 3);
  EXPECT_EQ(bug.at("tsan").at("hung"), 1);
  EXPECT_EQ(bug.at("tsan").at("reports").at(0), json({{"kind", "lock_order"}, {"runs", 2}}));
  const json& fix = all.at("exhibits").at(1);
  EXPECT_EQ(fix.at("as_declared"), false);
  EXPECT_EQ(fix.at("deviations").size(), 1u);
  EXPECT_EQ(fix.at("bounds").at(0), "try_lock rounds: 2");
  EXPECT_TRUE(fix.at("tsan").is_null());
  EXPECT_EQ(fix.at("findings"), json::array());
}

TEST_F(ResultsTest, Words) {
  EXPECT_EQ(verdict_words(results_[0]), (std::vector<std::string>{"bug", "deadlock(cycle)"}));
  EXPECT_EQ(tsan_words(results_[0]), (std::vector<std::string>{"lock_order(2/3)", "hang(1/3)"}));
  EXPECT_EQ(tsan_words(results_[1]), std::vector<std::string>{"-"});
  results_[0].tsan.reports.clear();
  results_[0].tsan.hung = 0;
  EXPECT_EQ(tsan_words(results_[0]), std::vector<std::string>{"silent"});
}

TEST_F(ResultsTest, ALateWaitIsABugThatWasFound) {
  exhibit_.variants[0].deadline = 15;
  Report& report = results_[0].report;
  report = {.verdict = Verdict::kOk, .search = "cycles", .executions = 3, .states = 8};
  report.wait_bounds = {{.object = "log", .thread = "T1", .bypasses = 1, .steps = 16}};
  EXPECT_EQ(verdict_words(results_[0]), (std::vector<std::string>{"bug", "late"}));
  EXPECT_EQ(totals_of(results_).heddle_found, 1u);
  EXPECT_EQ(explored_count(report), 8u);
  const json bug = json::parse(results_to_json(results_, "sc")).at("exhibits").at(0);
  EXPECT_EQ(bug.at("late"), true);
  EXPECT_EQ(bug.at("verdict"), "ok");
  EXPECT_EQ(bug.at("states"), 8);
  EXPECT_EQ(bug.at("wait_bounds").at(0), json({{"object", "log"},
                                               {"thread", "T1"},
                                               {"bounded", true},
                                               {"bypasses", 1},
                                               {"steps_bounded", true},
                                               {"steps", 16}}));
}

TEST_F(ResultsTest, Totals) {
  const Totals totals = totals_of(results_);
  EXPECT_EQ(totals.variants, 2u);
  EXPECT_EQ(totals.as_declared, 1u);
  EXPECT_EQ(totals.bugs, 1u);
  EXPECT_EQ(totals.heddle_found, 1u);
  EXPECT_EQ(totals.tsan_reported, 1u);
  EXPECT_EQ(totals.tsan_hung, 0u) << "it hung in one run, but reported in another";
  EXPECT_EQ(totals.correct, 1u);
  EXPECT_EQ(totals.heddle_accused, 0u);
  EXPECT_EQ(totals.tsan_accused, 0u);
}

TEST(Wrap, BreaksBetweenWords) {
  EXPECT_EQ(wrap({"aa", "bb", "cc"}, 5), (std::vector<std::string>{"aa bb", "cc"}));
  EXPECT_EQ(wrap({"longer", "b"}, 3), (std::vector<std::string>{"longer", "b"}));
  EXPECT_EQ(wrap({}, 3), std::vector<std::string>{""});
  EXPECT_EQ(wrap_text("  one\n two  three ", 7), (std::vector<std::string>{"one two", "three"}));
}

}  // namespace
}  // namespace heddle::tools
