// SPDX-License-Identifier: Apache-2.0
// The gallery's catalogue: rows, their place in a page, and what a check of it says.
#include "tools/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kEmptyPage =
    "# The gallery\n<!-- catalogue: begin -->\n<!-- catalogue: end -->\nthe rest\n";

ExhibitInfo exhibit(const std::string& klass, const std::string& name) {
  ExhibitInfo exhibit;
  exhibit.klass = klass;
  exhibit.name = name;
  exhibit.kind = "lock | order";
  exhibit.cwe = "833";
  exhibit.origin = "textbook";
  VariantInfo buggy;
  buggy.name = "buggy";
  buggy.verdict = Verdict::kBug;
  buggy.tsan = {"lock_order", "hang"};
  VariantInfo fix;
  fix.name = "scoped_lock";
  exhibit.variants = {buggy, fix};
  return exhibit;
}

class CatalogueTest : public testing::Test {
 protected:
  CatalogueTest() {
    for (const ExhibitInfo& exhibit : exhibits_) {
      for (const VariantInfo& variant : exhibit.variants) {
        VariantResult result;
        result.selected = {&exhibit, &variant};
        result.report.verdict = variant.is_bug() ? Verdict::kBug : Verdict::kBounded;
        result.report.executions = variant.is_bug() ? 3 : 18;
        if (variant.is_bug()) {
          Finding finding;
          finding.kind = FindingKind::kDeadlock;
          finding.cause = DeadlockCause::kCycle;
          result.report.findings = {finding};
        }
        results_.push_back(result);
      }
    }
  }

  std::vector<ExhibitInfo> exhibits_{exhibit("deadlocks", "abba"), exhibit("races", "lost")};
  std::vector<VariantResult> results_;
};

TEST_F(CatalogueTest, ARowSaysWhatWasFoundAndWhatIsDeclared) {
  EXPECT_EQ(catalogue_rows(results_).at("deadlocks/abba"),
            "| [abba](deadlocks/abba.cc) | lock \\| order | 833 | textbook | deadlock(cycle) (3) | "
            "lock_order or hang | scoped_lock (bounded, 18) |\n");
}

TEST_F(CatalogueTest, SeveralBugsHaveTheirNamesAndStatesAreCalledStates) {
  exhibits_[0].variants[1].verdict = Verdict::kBug;
  exhibits_[0].variants[1].tsan = {"data_race"};
  exhibits_[0].variants[1].tsan_certain = false;
  results_[1].report.verdict = Verdict::kBug;
  results_[1].report.search = "cycles";
  results_[1].report.states = 7;
  const std::string row = catalogue_rows(results_).at("deadlocks/abba");
  EXPECT_THAT(row, HasSubstr("| buggy: deadlock(cycle) (3)<br>scoped_lock: bug (cycles) |"));
  EXPECT_THAT(row,
              HasSubstr("| buggy: lock_order or hang<br>scoped_lock: data_race, in some runs |"));
}

TEST_F(CatalogueTest, ACorrectProgramStandsWhereBugsDo) {
  exhibits_[0].variants.erase(exhibits_[0].variants.begin());
  results_.erase(results_.begin());
  results_[0].selected.variant = &exhibits_[0].variants[0];
  exhibits_[0].variants[0].tsan = {"lock_order"};
  EXPECT_THAT(catalogue_rows(results_).at("deadlocks/abba"),
              HasSubstr("| bounded (18) | lock_order |  |"));
}

TEST_F(CatalogueTest, APageThatWasUpdatedIsUpToDate) {
  const CatalogueRows rows = catalogue_rows(results_);
  const std::string page = updated_catalogue(kEmptyPage, "page", exhibits_, rows);
  EXPECT_THAT(page, HasSubstr("### deadlocks\n\n| exhibit |"));
  EXPECT_THAT(page, HasSubstr("<!-- catalogue: end -->\nthe rest\n"));
  EXPECT_THAT(catalogue_differences(page, "page", exhibits_, rows), IsEmpty());
  EXPECT_EQ(updated_catalogue(page, "page", exhibits_, rows), page);
}

TEST_F(CatalogueTest, RowsOfOthersStayAndThoseOfNobodyGo) {
  CatalogueRows rows = catalogue_rows(results_);
  const std::string page = updated_catalogue(kEmptyPage, "page", exhibits_, rows);
  rows.erase("deadlocks/abba");
  EXPECT_EQ(updated_catalogue(page, "page", exhibits_, rows), page);
  const std::vector<ExhibitInfo> only_races{exhibits_[1]};
  EXPECT_THAT(updated_catalogue(page, "page", only_races, rows), testing::Not(HasSubstr("abba")));
  EXPECT_THAT(catalogue_differences(page, "page", only_races, rows),
              ElementsAre("page has a row for deadlocks/abba, which does not exist"));
}

TEST_F(CatalogueTest, DifferencesAreNamed) {
  const std::string page =
      updated_catalogue(kEmptyPage, "page", exhibits_, catalogue_rows(results_));
  EXPECT_THAT(catalogue_differences(kEmptyPage, "page", exhibits_, catalogue_rows(results_)),
              ElementsAre("page has no row for deadlocks/abba", "page has no row for races/lost"));
  results_[0].report.executions = 4;
  EXPECT_THAT(catalogue_differences(page, "page", exhibits_, catalogue_rows(results_)),
              ElementsAre(HasSubstr("out of date for deadlocks/abba")));
}

TEST_F(CatalogueTest, PagesWithoutMarkersAndHalvesOfExhibitsAreRefused) {
  EXPECT_THROW(updated_catalogue("no markers\n", "page", exhibits_, {}), UsageError);
  EXPECT_THROW(catalogue_differences("<!-- catalogue: begin -->\n", "page", exhibits_, {}),
               UsageError);
  results_.pop_back();
  EXPECT_THROW(catalogue_rows(results_), UsageError);
}

TEST_F(CatalogueTest, WhatThreadSanitizerSaysIsComparedWithWhatIsDeclared) {
  for (VariantResult& result : results_) {
    result.tsan_asked = true;
    result.tsan.runs = 1;
  }
  results_[0].tsan.reports = {{"lock_order", 1}, {"assertion", 1}};
  results_[2].tsan.hung = 1;
  EXPECT_THAT(tsan_differences(results_), IsEmpty());
  results_[2].tsan.hung = 0;
  results_[2].tsan.reports = {{"assertion", 1}};
  results_[3].tsan.reports = {{"data_race", 1}};
  EXPECT_THAT(tsan_differences(results_),
              ElementsAre(HasSubstr("says nothing of races/lost/buggy"),
                          HasSubstr("says data_race of races/lost/scoped_lock")));
  exhibits_[1].variants[0].tsan_certain = false;
  EXPECT_THAT(tsan_differences(results_), ElementsAre(HasSubstr("data_race")));
}

}  // namespace
}  // namespace heddle::tools
