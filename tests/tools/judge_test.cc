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

}  // namespace
}  // namespace heddle::tools
