// SPDX-License-Identifier: Apache-2.0
// Doing what a step of the tour says: measuring, exploring, replaying; and the result as text and
// JSON.
#pragma once

#include <string>
#include <vector>

#include "tools/gallery.h"
#include "tools/tour.h"

namespace heddle::tools {

/// One replay of the first finding.
struct Replayed {
  std::string found;      ///< "assertion", "deadlock".
  std::size_t steps = 0;  ///< Of its trace.
  bool same = false;      ///< The same finding after the same steps.
};

/// A variant that was explored, and which of its outcomes failing executions have: each outcome of
/// a buggy variant was replayed for that.
struct ExploredVariant {
  VariantResult result;
  std::vector<bool> outcome_fails;  ///< One for each of result.report.outcomes.
};

/// What a step came to: tables, or variants, and of kReplay also the replays.
struct StepResult {
  std::vector<MeasuredTable> tables;
  std::vector<ExploredVariant> variants;
  std::vector<Replayed> replays;

  /// A variant is not what it is declared to be, or a replay showed something else.
  bool deviates() const;
};

/// Runs a step. Throws UsageError if its subject is not in `exhibits`.
StepResult run_step(const TourStep& step, const std::vector<ExhibitInfo>& exhibits,
                    const Runner& runner, const TourRunner& tour, const Request& request,
                    Terminal& terminal);

/// What is shown of it; whole lines.
std::string step_text(const TourStep& step, const StepResult& result, const Request& request,
                      const Terminal& terminal);

/// The chapter with what its steps came to, for other front ends: JSON as tools/README.md says.
/// `results` has one entry a step, or none: then nothing has been run.
std::string chapter_json(const Tour& tour, std::size_t chapter,
                         const std::vector<StepResult>& results);
/// All chapters, none of them run.
std::string tour_json(const Tour& tour);
/// Tables alone, for `heddle gallery cost`.
std::string tables_json(const std::vector<MeasuredTable>& tables);

}  // namespace heddle::tools
