// SPDX-License-Identifier: Apache-2.0
// Titles and reasons; what counts as failed.
#include "checker/report/entries.h"

#include <fmt/format.h>

#include <algorithm>

namespace heddle {
namespace report {

std::string title_of(const ReportEntry& entry) {
  return entry.suite.empty() ? entry.name : fmt::format("{}/{}", entry.suite, entry.name);
}

std::string why_incomplete(const Report& report) {
  const auto doubt = std::find_if(
      report.warnings.begin(), report.warnings.end(),
      [](const std::string& warning) { return warning.starts_with("nothing is proved"); });
  return doubt != report.warnings.end() ? *doubt : "a limit stopped the search: nothing is proved";
}

}  // namespace report

bool has_failed(const ReportEntry& entry) {
  const Report& report = entry.report;
  const bool is_nothing = report.executions == 0 && report.states == 0;
  return !entry.complaints.empty() || report.verdict == Verdict::kInternalError ||
         (report.verdict == Verdict::kBug && !entry.is_expected) ||
         (report.verdict == Verdict::kIncomplete && !entry.accepts_incomplete) ||
         (is_nothing && !entry.is_expected);
}

}  // namespace heddle
