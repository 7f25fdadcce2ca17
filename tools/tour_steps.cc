// SPDX-License-Identifier: Apache-2.0
// Steps through the runners.
#include "tools/tour_steps.h"

#include <algorithm>
#include <utility>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

constexpr int kReplays = 3;

/// What the gallery finds by itself; it goes on behind the first bug, and does without
/// ThreadSanitizer.
Request request_for(const TourStep& step, const Request& request) {
  Request own = request;
  own.explore.stop_at_first_bug = step.kind == StepKind::kReplay;
  own.tsan.runs = 0;
  return own;
}

bool same_story(Finding again, const Finding& wanted) {
  again.token = wanted.token;
  return again == wanted;
}

std::vector<Replayed> replays_of(const VariantResult& result, const Runner& runner,
                                 const Request& request) {
  std::vector<Replayed> replays;
  if (result.report.findings.empty()) {
    return replays;
  }
  // A race does not end the search; what it leads to is the more interesting story.
  const Finding& wanted = result.report.findings.back();
  for (int i = 0; i < kReplays; ++i) {
    const Report again = runner.replay(result.selected, wanted.token, request.explore);
    const auto found =
        std::find_if(again.findings.begin(), again.findings.end(),
                     [&](const Finding& finding) { return finding.kind == wanted.kind; });
    if (found == again.findings.end()) {
      replays.push_back({std::string(to_string(again.verdict)), 0, false});
    } else {
      replays.push_back(
          {std::string(to_string(found->kind)), found->trace.size(), same_story(*found, wanted)});
    }
  }
  return replays;
}

/// Whether the execution of each outcome ends in a finding other than a race, which is in others,
/// too.
std::vector<bool> failing_outcomes(const VariantResult& result, const Runner& runner,
                                   const Request& request) {
  std::vector<bool> fails;
  for (const Outcome& outcome : result.report.outcomes) {
    if (!result.selected.variant->is_bug()) {
      fails.push_back(false);
      continue;
    }
    const Report again = runner.replay(result.selected, outcome.token, request.explore);
    fails.push_back(
        std::any_of(again.findings.begin(), again.findings.end(),
                    [](const Finding& finding) { return finding.kind != FindingKind::kDataRace; }));
  }
  return fails;
}

}  // namespace

bool StepResult::deviates() const {
  return std::any_of(
             variants.begin(), variants.end(),
             [](const ExploredVariant& variant) { return !variant.result.as_declared(); }) ||
         std::any_of(replays.begin(), replays.end(),
                     [](const Replayed& replay) { return !replay.same; });
}

StepResult run_step(const TourStep& step, const std::vector<ExhibitInfo>& exhibits,
                    const Runner& runner, const TourRunner& tour, const Request& request,
                    Terminal& terminal) {
  StepResult result;
  if (step.kind == StepKind::kMeasure) {
    terminal.progress("measuring " + step.subject);
    result.tables = tour.measure(step.subject, request.quick);
    terminal.clear_progress();
    return result;
  }
  const Request own = request_for(step, request);
  const std::vector<Selected> chosen = select(exhibits, {step.subject}, "");
  const bool counts_outcomes = step.kind == StepKind::kOutcomes || step.kind == StepKind::kCompare;
  for (VariantResult& variant :
       run_variants(runner, chosen, own, terminal, [](const VariantResult&) {})) {
    std::vector<bool> fails;
    if (counts_outcomes) {
      fails = failing_outcomes(variant, runner, own);
    }
    result.variants.push_back({std::move(variant), std::move(fails)});
  }
  if (step.kind == StepKind::kReplay) {
    result.replays = replays_of(result.variants.front().result, runner, own);
  }
  return result;
}

}  // namespace heddle::tools
