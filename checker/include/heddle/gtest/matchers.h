// SPDX-License-Identifier: Apache-2.0
// Matchers over a heddle::Report. Part of heddle/gtest.h.
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "heddle/report.h"

namespace heddle {

/// Shows a whole report where GoogleTest prints a value.
inline void PrintTo(const Report& report, std::ostream* out) { *out << '\n' << to_text(report); }

namespace gtest {

/// What describes and prints itself with two texts and a predicate over a Report.
class ReportMatcher {
 public:
  using is_gtest_matcher = void;

  ReportMatcher(std::string what, std::function<bool(const Report&)> matches)
      : what_(std::move(what)), matches_(std::move(matches)) {}

  bool MatchAndExplain(const Report& report, std::ostream*) const { return matches_(report); }
  void DescribeTo(std::ostream* out) const { *out << what_; }
  void DescribeNegationTo(std::ostream* out) const { *out << "not: " << what_; }

 private:
  std::string what_;
  std::function<bool(const Report&)> matches_;
};

/// One outcome: name and value pairs, in no order.
using OutcomeValues = std::set<std::pair<std::string, std::string>>;

inline std::set<OutcomeValues> outcomes_of(const Report& report) {
  std::set<OutcomeValues> outcomes;
  for (const Outcome& outcome : report.outcomes) {
    OutcomeValues values;
    for (const OutcomeValue& value : outcome.values) {
      values.emplace(value.name, value.value);
    }
    outcomes.insert(std::move(values));
  }
  return outcomes;
}

/// "a=1 b=2".
inline OutcomeValues parse_outcome(std::string_view text) {
  OutcomeValues values;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
    if (text.empty()) {
      return values;
    }
    const std::string_view pair = text.substr(0, text.find_first_of(", "));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) {
      throw std::invalid_argument("HasOutcomes: \"" + std::string(pair) + "\" is not name=value");
    }
    values.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    text.remove_prefix(pair.size());
  }
}

}  // namespace gtest

/// Every execution was explored, and none failed.
inline gtest::ReportMatcher IsOk() {
  return {"is ok: every execution explored, none failed",
          [](const Report& report) { return report.verdict == Verdict::kOk; }};
}

/// None failed of the executions within the bounds, and a bound did cut some.
inline gtest::ReportMatcher IsBounded() {
  return {"is bounded: no execution within the bounds failed, and a bound was met",
          [](const Report& report) { return report.verdict == Verdict::kBounded; }};
}

/// There is a finding of this kind.
inline gtest::ReportMatcher FindsBug(FindingKind kind) {
  return {"finds a bug of the kind " + std::string(to_string(kind)), [kind](const Report& report) {
            return std::any_of(report.findings.begin(), report.findings.end(),
                               [kind](const Finding& finding) { return finding.kind == kind; });
          }};
}

/// The search was complete, and what heddle::observe collected is exactly these outcomes, each
/// written "a=1 b=2". Throws std::invalid_argument for one that is not.
inline gtest::ReportMatcher HasOutcomes(std::initializer_list<std::string_view> outcomes) {
  std::set<gtest::OutcomeValues> expected;
  std::string what = "is complete with exactly the outcomes";
  for (const std::string_view outcome : outcomes) {
    expected.insert(gtest::parse_outcome(outcome));
    what += " {" + std::string(outcome) + "}";
  }
  return {what, [expected](const Report& report) {
            return report.complete && gtest::outcomes_of(report) == expected;
          }};
}

}  // namespace heddle
