// SPDX-License-Identifier: Apache-2.0
// Compares reports with declarations.
#include "tools/judge.h"

#include <gtest/gtest.h>

namespace heddle::tools {
namespace {

using Lines = std::vector<std::string>;

VariantInfo declared(Verdict verdict, std::vector<FindingKind> kinds = {},
                     std::vector<DeadlockCause> causes = {}) {
  VariantInfo variant;
  variant.verdict = verdict;
  variant.kinds = std::move(kinds);
  variant.causes = std::move(causes);
  return variant;
}

Report found(Verdict verdict, const std::vector<FindingKind>& kinds = {},
             DeadlockCause cause = DeadlockCause::kNone) {
  Report report;
  report.verdict = verdict;
  for (const FindingKind kind : kinds) {
    Finding finding;
    finding.kind = kind;
    finding.cause = kind == FindingKind::kDeadlock ? cause : DeadlockCause::kNone;
    report.findings.push_back(finding);
  }
  return report;
}

ExploreOptions under(const std::string& model) {
  ExploreOptions options;
  options.model = model;
  return options;
}

const std::vector<FindingKind> kRaceAndAssertion = {FindingKind::kDataRace,
                                                    FindingKind::kAssertion};

TEST(Judge, AcceptsWhatIsDeclared) {
  EXPECT_EQ(deviations(declared(Verdict::kOk), found(Verdict::kOk), under("rc11")), Lines{});
  EXPECT_EQ(deviations(declared(Verdict::kBug, kRaceAndAssertion),
                       found(Verdict::kBug, {FindingKind::kAssertion, FindingKind::kDataRace,
                                             FindingKind::kDataRace}),
                       under("rc11")),
            Lines{});
}

TEST(Judge, RefusesEveryOtherVerdict) {
  EXPECT_EQ(deviations(declared(Verdict::kOk), found(Verdict::kBounded), under("rc11")),
            Lines{"declared ok, found bounded"});
  EXPECT_EQ(deviations(declared(Verdict::kBounded), found(Verdict::kOk), under("rc11")),
            Lines{"declared bounded, found ok"});
  EXPECT_EQ(deviations(declared(Verdict::kOk), found(Verdict::kIncomplete), under("rc11")),
            Lines{"declared ok, found incomplete"});
}

TEST(Judge, ComparesKindsAndCausesAsSets) {
  EXPECT_EQ(deviations(declared(Verdict::kBug, kRaceAndAssertion),
                       found(Verdict::kBug, {FindingKind::kDataRace, FindingKind::kCrash}),
                       under("rc11")),
            (Lines{"declared kind assertion was not found", "kind crash is not declared"}));
  EXPECT_EQ(deviations(declared(Verdict::kBug, {FindingKind::kDeadlock}, {DeadlockCause::kCycle}),
                       found(Verdict::kBug, {FindingKind::kDeadlock}, DeadlockCause::kJoin),
                       under("rc11")),
            (Lines{"declared cause cycle was not found", "cause join is not declared"}));
}

TEST(Judge, TellsWhyHeddleFailed) {
  Report report = found(Verdict::kInternalError);
  report.warnings = {"the runner died: signal 11 (Segmentation fault)"};
  EXPECT_EQ(deviations(declared(Verdict::kBug, kRaceAndAssertion), report, under("rc11")),
            (Lines{"declared bug, found internal_error", report.warnings[0]}));
}

TEST(Judge, LetsAWeakMemoryBugVanishUnderSc) {
  const VariantInfo bug = declared(Verdict::kBug, {FindingKind::kAssertion});
  EXPECT_EQ(deviations(bug, found(Verdict::kOk), under("sc")), Lines{});
  EXPECT_NE(deviations(bug, found(Verdict::kOk), under("rc11")), Lines{});
  EXPECT_NE(deviations(bug, found(Verdict::kBug, {FindingKind::kCrash}), under("sc")), Lines{});
  EXPECT_NE(deviations(bug, found(Verdict::kIncomplete), under("sc")), Lines{});
  EXPECT_NE(deviations(declared(Verdict::kOk), found(Verdict::kBounded), under("sc")), Lines{});
}

TEST(Judge, CountsExecutionsUnderScOnly) {
  VariantInfo variant = declared(Verdict::kOk);
  variant.sc_executions = 6;
  Report report = found(Verdict::kOk);
  report.executions = 4;
  EXPECT_EQ(deviations(variant, report, under("sc")),
            Lines{"declared 6 executions under sc, found 4"});
  EXPECT_EQ(deviations(variant, report, under("rc11")), Lines{});
  report.executions = 6;
  EXPECT_EQ(deviations(variant, report, under("sc")), Lines{});
}

TEST(Judge, AllowsMissingKindsAfterAFirstBug) {
  ExploreOptions options = under("rc11");
  options.stop_at_first_bug = true;
  const VariantInfo bug = declared(Verdict::kBug, kRaceAndAssertion);
  EXPECT_EQ(deviations(bug, found(Verdict::kBug, {FindingKind::kDataRace}), options), Lines{});
  EXPECT_NE(deviations(bug, found(Verdict::kBug, {FindingKind::kLeak}), options), Lines{});
}

Report waited(std::vector<WaitBound> waits) {
  Report report = found(Verdict::kOk);
  report.search = "cycles";
  report.wait_bounds = std::move(waits);
  return report;
}

TEST(Judge, AWaitThatIsTooLongIsABug) {
  VariantInfo slow = declared(Verdict::kBug);
  slow.deadline = 15;
  slow.late = true;
  VariantInfo quick = declared(Verdict::kOk);
  quick.deadline = 15;
  const Report late = waited({{.steps = 3}, {.steps = 16}});
  const Report endless = waited({{.steps_bounded = false}});
  const Report in_time = waited({{.steps = 15}});
  EXPECT_EQ(judged_verdict(slow, late), Verdict::kBug);
  EXPECT_EQ(deviations(slow, late, under("rc11")), Lines{});
  EXPECT_EQ(deviations(slow, endless, under("rc11")), Lines{});
  EXPECT_EQ(deviations(quick, in_time, under("rc11")), Lines{});
  EXPECT_EQ(
      deviations(slow, in_time, under("rc11")),
      (Lines{"declared bug, found ok", "declared late, found in time: 15 steps are allowed"}));
  EXPECT_EQ(
      deviations(quick, late, under("rc11")),
      (Lines{"declared ok, found bug", "declared in time, found late: 15 steps are allowed"}));
}

TEST(Judge, ComparesBypasses) {
  VariantInfo fair = declared(Verdict::kOk);
  fair.waits = "bounded";
  fair.bypasses = 2;
  EXPECT_EQ(deviations(fair, waited({{.bypasses = 1}, {.bypasses = 2}}), under("rc11")), Lines{});
  EXPECT_EQ(deviations(fair, waited({{.bypasses = 3}}), under("rc11")),
            Lines{"declared 2 bypasses, found 3 bypasses"});
  EXPECT_EQ(deviations(fair, waited({{.bounded = false}}), under("rc11")),
            Lines{"declared bounded waits, found no bound"});
  EXPECT_EQ(deviations(fair, waited({}), under("rc11")),
            Lines{"declared bounded waits, found no wait"});
  VariantInfo unfair = declared(Verdict::kOk);
  unfair.waits = "unbounded";
  EXPECT_EQ(deviations(unfair, waited({{.bypasses = 3}}), under("rc11")),
            Lines{"declared waits without bound, found 3 bypasses"});
  EXPECT_EQ(deviations(unfair, waited({{}, {.bounded = false}}), under("rc11")), Lines{});
}

TEST(Judge, TheSearchOfCyclesKnowsNoModel) {
  VariantInfo bug = declared(Verdict::kBug, {FindingKind::kStarvation});
  bug.cycles = true;
  EXPECT_EQ(deviations(bug, found(Verdict::kOk), under("sc")),
            (Lines{"declared bug, found ok", "declared kind starvation was not found"}));
}

}  // namespace
}  // namespace heddle::tools
