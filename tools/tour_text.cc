// SPDX-License-Identifier: Apache-2.0
// Steps of the tour as text.
#include <errno.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/measured_table.h"
#include "tools/tour_steps.h"

namespace heddle::tools {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

/// "4 executions", "18 states".
std::string explored(const Report& report) {
  const std::uint64_t count = explored_count(report);
  const bool states = report.search == "cycles";
  return fmt::format("{} {}{}", count, states ? "state" : "execution", count == 1 ? "" : "s");
}

std::string outcome_words(const std::vector<OutcomeValue>& values) {
  std::vector<std::string> words;
  for (const OutcomeValue& value : values) {
    words.push_back(fmt::format("{} {}", value.name, value.value));
  }
  return joined(words, ", ");
}

/// "who waits for lock is passed by 1 time at most".
std::string bypass_words(const WaitBound& wait) {
  return fmt::format(
      "who waits for {} is passed by {}", wait.object,
      wait.bounded ? fmt::format("{} time{} at most", wait.bypasses, wait.bypasses == 1 ? "" : "s")
                   : "without end");
}

std::string deviation_lines(const VariantResult& result, const Terminal& terminal) {
  std::string text;
  for (const std::string& deviation : result.deviations) {
    text += fmt::format("  {} {}\n", terminal.paint(Colour::kRed, "!"), deviation);
  }
  return text;
}

std::string finding_text(const VariantResult& result, Finding finding, const Request& request,
                         const Terminal& terminal) {
  const std::string token = gallery_token(result.selected, finding.token);
  finding.token.clear();  // It is printed below, in the form that the command takes.
  std::string text = to_text(
      finding, {.colour = terminal.colour(), .columns = terminal.columns(), .full = request.full});
  text += text.ends_with('\n') ? "" : "\n";
  return text + fmt::format("  {} replay '{}'\n", program_invocation_name, token);
}

std::string explore_text(const StepResult& result, const Request& request,
                         const Terminal& terminal) {
  std::string text;
  for (const ExploredVariant& own : result.variants) {
    const VariantResult& variant = own.result;
    const Report& report = variant.report;
    text += fmt::format("  {}: {}, {}\n", variant.selected.full_name(),
                        joined(verdict_words(variant), " "), explored(report));
    text += deviation_lines(variant, terminal);
    for (const Finding& finding : report.findings) {
      text += "\n" + finding_text(variant, finding, request, terminal);
    }
    for (const WaitBound& wait : report.wait_bounds) {
      text += fmt::format("  {}\n", bypass_words(wait));
    }
  }
  return text;
}

std::string outcomes_text(const StepResult& result, const Terminal& terminal) {
  std::string text;
  for (const ExploredVariant& variant : result.variants) {
    const Report& report = variant.result.report;
    text += fmt::format("  {}: {}, {} distinct outcomes\n", variant.result.selected.full_name(),
                        explored(report), report.outcomes.size());
    text += deviation_lines(variant.result, terminal);
    for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
      text += fmt::format(
          "    {:<34} in {:>4}{}\n", outcome_words(report.outcomes[i].values),
          report.outcomes[i].count,
          variant.outcome_fails[i] ? terminal.paint(Colour::kRed, "  fails") : std::string());
    }
  }
  return text;
}

std::string replay_text(const StepResult& result, const Request& request,
                        const Terminal& terminal) {
  const VariantResult& variant = result.variants.front().result;
  if (variant.report.findings.empty()) {
    return deviation_lines(variant, terminal);
  }
  std::string text = fmt::format("  {}: the first bug came up after {}\n\n",
                                 variant.selected.full_name(), explored(variant.report));
  text += finding_text(variant, variant.report.findings.back(), request, terminal) + "\n";
  for (std::size_t i = 0; i < result.replays.size(); ++i) {
    const Replayed& replay = result.replays[i];
    text += fmt::format("  replay {}: {} after {} steps, {}\n", i + 1, replay.found, replay.steps,
                        replay.same ? terminal.paint(Colour::kGreen, "the same to the last one")
                                    : terminal.paint(Colour::kRed, "not the same"));
  }
  return text;
}

/// What of a variant's executions fails, or which outcomes there are.
std::string compared(const ExploredVariant& variant) {
  const Report& report = variant.result.report;
  std::vector<std::string> words;
  if (report.deadlocked != 0) {
    words.push_back(fmt::format("{} of them deadlocked", report.deadlocked));
  }
  for (const WaitBound& wait : report.wait_bounds) {
    words.push_back(bypass_words(wait));
  }
  constexpr std::size_t kMost = 6;
  for (std::size_t i = 0; i < std::min(kMost, report.outcomes.size()); ++i) {
    const Outcome& outcome = report.outcomes[i];
    words.push_back(fmt::format("{} in {}{}", outcome_words(outcome.values), outcome.count,
                                variant.outcome_fails[i] ? " (fails)" : ""));
  }
  if (report.outcomes.size() > kMost) {
    words.push_back(fmt::format("{} more outcomes", report.outcomes.size() - kMost));
  }
  return joined(words, "; ");
}

std::string compare_text(const StepResult& result, const Terminal& terminal) {
  std::size_t width = 0;
  for (const ExploredVariant& variant : result.variants) {
    width = std::max(width, variant.result.selected.variant->name.size());
  }
  std::string text;
  for (const ExploredVariant& variant : result.variants) {
    const VariantInfo& info = *variant.result.selected.variant;
    const std::string shown = compared(variant);
    const std::string line =
        fmt::format("{}; {}{}{}", joined(verdict_words(variant.result), " "),
                    explored(variant.result.report), shown.empty() ? "" : ": ", shown);
    text += fmt::format("  {}  {}\n",
                        terminal.paint(info.is_bug() ? Colour::kRed : Colour::kGreen,
                                       fmt::format("{:<{}}", info.name, width)),
                        hanging(line, width + 4, terminal.columns()));
    if (!info.adds.empty()) {
      text += fmt::format(
          "  {:<{}}  {}\n", "", width,
          terminal.paint(Colour::kDim, hanging(info.adds, width + 4, terminal.columns())));
    }
    text += deviation_lines(variant.result, terminal);
  }
  return text;
}

}  // namespace

std::string step_text(const TourStep& step, const StepResult& result, const Request& request,
                      const Terminal& terminal) {
  std::string text;
  switch (step.kind) {
    case StepKind::kMeasure:
      for (const MeasuredTable& table : result.tables) {
        text += (text.empty() ? "" : "\n") + table_text(table, terminal);
      }
      return text + doubt_note(request.quick);
    case StepKind::kExplore:
      return explore_text(result, request, terminal);
    case StepKind::kOutcomes:
      return outcomes_text(result, terminal);
    case StepKind::kReplay:
      return replay_text(result, request, terminal);
    case StepKind::kCompare:
      return compare_text(result, terminal);
  }
  return text;
}

}  // namespace heddle::tools
