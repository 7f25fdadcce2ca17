// SPDX-License-Identifier: Apache-2.0
// heddle gallery matrix: what Heddle finds beside what ThreadSanitizer says, and the totals.
#include <fmt/format.h>

#include <algorithm>

#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/report_files.h"
#include "tools/results_json.h"

namespace heddle::tools {
namespace {

constexpr std::size_t kCellWidth = 25;

std::size_t name_width(const std::vector<Selected>& chosen) {
  std::size_t width = 20;
  for (const Selected& selected : chosen) {
    width = std::max(width, selected.full_name().size());
  }
  return std::min<std::size_t>(width, 50);
}

std::string row(const VariantResult& result, std::size_t width, const Terminal& terminal) {
  const std::vector<std::string> heddle = wrap(verdict_words(result), kCellWidth);
  const std::vector<std::string> tsan = wrap(tsan_words(result), kCellWidth);
  const bool bug = result.selected.variant->is_bug();
  const bool heddle_right = result.as_declared();
  const bool tsan_right = result.tsan.reports.empty() != bug;
  std::string text;
  for (std::size_t i = 0; i < std::max(heddle.size(), tsan.size()); ++i) {
    const std::string left = i < heddle.size() ? heddle[i] : "";
    const std::string right = i < tsan.size() ? tsan[i] : "";
    std::string line =
        fmt::format("{:<{}}  {}  {}", i == 0 ? result.selected.full_name() : "", width,
                    terminal.paint(heddle_right ? Colour::kGreen : Colour::kRed,
                                   fmt::format("{:<{}}", left, kCellWidth)),
                    terminal.paint(tsan_right ? Colour::kGreen : Colour::kYellow, right));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace

int gallery_matrix(const Request& request) {
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  const std::vector<Selected> chosen = select(exhibits, request.names, request.variant);
  ReportFiles files(request.json, request.reports, "gallery");
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  const std::size_t width = name_width(chosen);
  terminal.print(fmt::format("{:<{}}  {:<{}}  ThreadSanitizer, {} runs\n", "", width, "Heddle",
                             kCellWidth, request.tsan.runs));
  const std::vector<VariantResult> results = run_variants(
      runner, chosen, request, terminal,
      [&](const VariantResult& result) { terminal.print(row(result, width, terminal)); });
  const Totals totals = totals_of(results);
  terminal.print(fmt::format("\n{}{} of {} variants are as declared\n",
                             comparison_text(totals, request.tsan.runs != 0), totals.as_declared,
                             totals.variants));
  files.write([&] { return results_to_json(results, request.explore.model); }, entries_of(results));
  const bool broken = std::any_of(results.begin(), results.end(), [](const VariantResult& result) {
    return result.report.verdict == Verdict::kInternalError;
  });
  return files.exit_code(broken                                  ? kExitInternal
                         : totals.as_declared == totals.variants ? 0
                                                                 : kExitDeviation);
}

}  // namespace heddle::tools
