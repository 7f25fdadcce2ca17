// SPDX-License-Identifier: Apache-2.0
// Compares sets of names.
#include "tools/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace heddle::tools {
namespace {

using Names = std::set<std::string>;

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.emplace_back(name);
  }
}

template <class Enumerator>
Names declared_names(const std::vector<Enumerator>& values) {
  Names names;
  for (const Enumerator value : values) {
    names.emplace(to_string(value));
  }
  return names;
}

Names as_set(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

/// "missing data_race", "unexpected crash".
void compare(const Names& declared, const Names& found, bool may_miss, const char* what,
             std::vector<std::string>& deviations) {
  for (const std::string& name : declared) {
    if (!found.contains(name) && !may_miss) {
      deviations.push_back(fmt::format("declared {} {} was not found", what, name));
    }
  }
  for (const std::string& name : found) {
    if (!declared.contains(name)) {
      deviations.push_back(fmt::format("{} {} is not declared", what, name));
    }
  }
}

bool verdict_fits(const VariantInfo& variant, Verdict found, bool under_sc) {
  if (found == variant.verdict) {
    return true;
  }
  const bool weaker = found == Verdict::kOk || found == Verdict::kBounded;
  return under_sc && weaker && variant.verdict != Verdict::kOk;
}

/// "2 bypasses", "no bound".
std::string bypass_words(const Report& report) {
  std::uint64_t most = 0;
  for (const WaitBound& wait : report.wait_bounds) {
    if (!wait.bounded) {
      return "no bound";
    }
    most = std::max(most, wait.bypasses);
  }
  return report.wait_bounds.empty() ? "no wait" : fmt::format("{} bypasses", most);
}

void compare_waits(const VariantInfo& variant, const Report& report,
                   std::vector<std::string>& lines) {
  const std::string found = bypass_words(report);
  const bool bounded = found != "no bound" && found != "no wait";
  if (variant.waits == "unbounded" && found != "no bound") {
    lines.push_back(fmt::format("declared waits without bound, found {}", found));
  } else if (variant.waits == "bounded" && !bounded) {
    lines.push_back(fmt::format("declared bounded waits, found {}", found));
  } else if (variant.bypasses != 0 && found != fmt::format("{} bypasses", variant.bypasses)) {
    lines.push_back(fmt::format("declared {} bypasses, found {}", variant.bypasses, found));
  }
  const bool late = is_late(variant, report);
  if (late != variant.late) {
    lines.push_back(fmt::format("declared {}, found {}: {} steps are allowed",
                                variant.late ? "late" : "in time", late ? "late" : "in time",
                                variant.deadline));
  }
}

}  // namespace

bool is_late(const VariantInfo& variant, const Report& report) {
  return variant.deadline != 0 && std::any_of(report.wait_bounds.begin(), report.wait_bounds.end(),
                                              [&](const WaitBound& wait) {
                                                return !wait.steps_bounded ||
                                                       wait.steps > variant.deadline;
                                              });
}

Verdict judged_verdict(const VariantInfo& variant, const Report& report) {
  const bool clean = report.verdict == Verdict::kOk || report.verdict == Verdict::kBounded;
  return clean && is_late(variant, report) ? Verdict::kBug : report.verdict;
}

std::vector<std::string> deviations(const VariantInfo& variant, const Report& report,
                                    const ExploreOptions& options) {
  std::vector<std::string> lines;
  const bool under_sc = options.model == "sc" && !variant.cycles;
  const Verdict verdict = judged_verdict(variant, report);
  if (!verdict_fits(variant, verdict, under_sc)) {
    lines.push_back(
        fmt::format("declared {}, found {}", to_string(variant.verdict), to_string(verdict)));
    if (report.verdict == Verdict::kInternalError) {
      lines.insert(lines.end(), report.warnings.begin(), report.warnings.end());
      return lines;
    }
  }
  const bool may_miss = under_sc || options.stop_at_first_bug;
  compare(declared_names(variant.kinds), as_set(kinds_of(report)), may_miss, "kind", lines);
  compare(declared_names(variant.causes), as_set(causes_of(report)), may_miss, "cause", lines);
  compare_waits(variant, report, lines);
  const bool counted = under_sc && variant.sc_executions != 0 && !options.stop_at_first_bug;
  if (counted && report.executions != variant.sc_executions) {
    lines.push_back(fmt::format("declared {} executions under sc, found {}", variant.sc_executions,
                                report.executions));
  }
  return lines;
}

std::vector<std::string> kinds_of(const Report& report) {
  std::vector<std::string> names;
  for (const Finding& finding : report.findings) {
    add_once(names, to_string(finding.kind));
  }
  return names;
}

std::vector<std::string> causes_of(const Report& report) {
  std::vector<std::string> names;
  for (const Finding& finding : report.findings) {
    if (finding.cause != DeadlockCause::kNone) {
      add_once(names, to_string(finding.cause));
    }
  }
  return names;
}

}  // namespace heddle::tools
