// SPDX-License-Identifier: Apache-2.0
// Verdicts and reports as words, words as lines, results as totals.
#include <fmt/format.h>

#include <sstream>

#include "tools/gallery.h"

namespace heddle::tools {

std::uint64_t explored_count(const Report& report) {
  return report.search == "cycles" ? report.states : report.executions;
}

std::vector<std::string> verdict_words(const VariantResult& result) {
  const VariantInfo& variant = *result.selected.variant;
  const Report& report = result.report;
  std::vector<std::string> words = {std::string(to_string(judged_verdict(variant, report)))};
  for (const std::string& kind : kinds_of(report)) {
    std::string causes;
    if (kind == to_string(FindingKind::kDeadlock)) {
      for (const std::string& cause : causes_of(report)) {
        causes += (causes.empty() ? "" : ",") + cause;
      }
    }
    words.push_back(causes.empty() ? kind : fmt::format("{}({})", kind, causes));
  }
  if (is_late(variant, report)) {
    words.push_back("late");
  }
  return words;
}

std::vector<std::string> tsan_words(const VariantResult& result) {
  const TsanSummary& tsan = result.tsan;
  if (!result.tsan_asked) {
    return {"-"};
  }
  if (!tsan.problem.empty()) {
    return {"could", "not", "run"};
  }
  std::vector<std::string> words;
  const auto add = [&](const std::string& kind, unsigned runs) {
    words.push_back(runs == tsan.runs ? kind : fmt::format("{}({}/{})", kind, runs, tsan.runs));
  };
  for (const auto& [kind, runs] : tsan.reports) {
    add(kind, runs);
  }
  if (tsan.hung != 0) {
    add("hang", tsan.hung);
  }
  return words.empty() ? std::vector<std::string>{"silent"} : words;
}

std::vector<std::string> wrap(const std::vector<std::string>& words, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string& word : words) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

std::vector<std::string> wrap_text(const std::string& text, std::size_t width) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return wrap(words, width);
}

std::string hanging(const std::string& text, std::size_t indent, std::size_t columns) {
  std::string joined;
  for (const std::string& line : wrap_text(text, columns > indent ? columns - indent : 1)) {
    joined += (joined.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
  }
  return joined;
}

Totals totals_of(const std::vector<VariantResult>& results) {
  Totals totals;
  for (const VariantResult& result : results) {
    const bool found = judged_verdict(*result.selected.variant, result.report) == Verdict::kBug;
    const bool tsan_reported = !result.tsan.reports.empty();
    ++totals.variants;
    totals.as_declared += result.as_declared() ? 1 : 0;
    if (result.selected.variant->is_bug()) {
      ++totals.bugs;
      totals.heddle_found += found ? 1 : 0;
      totals.tsan_reported += tsan_reported ? 1 : 0;
      totals.tsan_hung += !tsan_reported && result.tsan.hung != 0 ? 1 : 0;
      totals.tsan_failed +=
          !tsan_reported && result.tsan.hung == 0 && !result.tsan.problem.empty() ? 1 : 0;
    } else {
      ++totals.correct;
      totals.heddle_accused += found ? 1 : 0;
      totals.tsan_accused += tsan_reported ? 1 : 0;
    }
  }
  return totals;
}

std::string comparison_text(const Totals& totals, bool tsan_asked) {
  std::string text;
  if (totals.bugs != 0) {
    text += fmt::format("{} buggy variants: Heddle finds {}", totals.bugs, totals.heddle_found);
    if (tsan_asked) {
      text +=
          fmt::format(";\n  under ThreadSanitizer {} show something, {} only hang, {} stay silent",
                      totals.tsan_reported, totals.tsan_hung,
                      totals.bugs - totals.tsan_reported - totals.tsan_hung - totals.tsan_failed);
      text += totals.tsan_failed != 0 ? fmt::format(", {} could not run", totals.tsan_failed) : "";
    }
    text += "\n";
  }
  if (totals.correct != 0) {
    text += fmt::format("{} correct variants: Heddle accuses {}", totals.correct,
                        totals.heddle_accused);
    text += tsan_asked ? fmt::format("; ThreadSanitizer accuses {}", totals.tsan_accused) : "";
    text += "\n";
  }
  return text;
}

}  // namespace heddle::tools
