// SPDX-License-Identifier: Apache-2.0
// heddle gallery run: one row a variant, grouped by class and exhibit.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "heddle/output_file.h"
#include "tools/catalogue.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/gallery_html.h"
#include "tools/report_files.h"
#include "tools/results_json.h"

namespace heddle::tools {
namespace {

// A row fits into 80 columns with the gallery's longest names.
constexpr std::size_t kVerdictWidth = 19;
constexpr std::size_t kTsanWidth = 15;

/// One row; `verdict` is padded by the caller, because colour codes have no width.
std::string format_row(const std::string& name, std::size_t name_width, const std::string& verdict,
                       const std::string& executions, const std::string& blocked,
                       const std::string& seconds, const std::string& tsan) {
  std::string row = fmt::format("  {:<{}} {} {:>7} {:>7} {:>5} {}", name, name_width, verdict,
                                executions, blocked, seconds, tsan);
  row.erase(row.find_last_not_of(' ') + 1);
  return row + "\n";
}

std::size_t name_width(const std::vector<Selected>& chosen) {
  std::size_t width = 12;
  for (const Selected& selected : chosen) {
    width = std::max(width, selected.variant->name.size());
  }
  return std::min<std::size_t>(width, 24);
}

Colour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
    case Verdict::kBounded:
      return Colour::kGreen;
    case Verdict::kBug:
      return Colour::kRed;
    default:
      return Colour::kYellow;
  }
}

std::string line_at(const std::vector<std::string>& lines, std::size_t index) {
  return index < lines.size() ? lines[index] : "";
}

std::string row(const VariantResult& result, std::size_t width, const Terminal& terminal) {
  const Report& report = result.report;
  const std::vector<std::string> verdict = wrap(verdict_words(result), kVerdictWidth);
  const std::vector<std::string> tsan = wrap(tsan_words(result), kTsanWidth);
  const auto paint_verdict = [&](std::size_t index) {
    return terminal.paint(colour_of(judged_verdict(*result.selected.variant, report)),
                          fmt::format("{:<{}}", line_at(verdict, index), kVerdictWidth));
  };
  std::string text =
      format_row(result.selected.variant->name, width, paint_verdict(0),
                 std::to_string(explored_count(report)), std::to_string(report.blocked),
                 fmt::format("{:.2f}", report.seconds), tsan[0]);
  for (std::size_t i = 1; i < std::max(verdict.size(), tsan.size()); ++i) {
    text += format_row("", width, paint_verdict(i), "", "", "", line_at(tsan, i));
  }
  if (!result.as_declared()) {
    text += fmt::format("    {}\n", terminal.paint(Colour::kRed, "NOT AS DECLARED"));
  }
  for (const std::string& deviation : result.deviations) {
    text += fmt::format("      {} {}\n", terminal.paint(Colour::kRed, "!"), deviation);
  }
  return text;
}

/// Prints rows in order, with a heading wherever class or exhibit change.
class Table {
 public:
  Table(Terminal& terminal, std::size_t name_width) : terminal_(terminal), name_width_(name_width) {
    terminal_.print(format_row("variant", name_width_,
                               fmt::format("{:<{}}", "Heddle finds", kVerdictWidth), "execut.",
                               "blocked", "sec", "TSan says"));
  }

  void add(const VariantResult& result) {
    const ExhibitInfo& exhibit = *result.selected.exhibit;
    std::string text;
    if (exhibit.klass != klass_) {
      text += fmt::format("\n{}\n", terminal_.paint(Colour::kBold, exhibit.klass));
    }
    if (&exhibit != exhibit_) {
      text += fmt::format(" {}  {}\n", terminal_.paint(Colour::kCyan, exhibit.name),
                          hanging(exhibit.title, exhibit.name.size() + 3, terminal_.columns()));
    }
    klass_ = exhibit.klass;
    exhibit_ = &exhibit;
    terminal_.print(text + row(result, name_width_, terminal_));
  }

 private:
  Terminal& terminal_;
  std::size_t name_width_;
  std::string klass_;
  const ExhibitInfo* exhibit_ = nullptr;
};

void print_totals(const std::vector<VariantResult>& results, bool tsan_asked, Terminal& terminal) {
  const Totals totals = totals_of(results);
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
  double seconds = 0;
  for (const VariantResult& result : results) {
    executions += result.report.executions;
    blocked += result.report.blocked;
    seconds += result.report.seconds;
  }
  const unsigned off = totals.variants - totals.as_declared;
  terminal.print(fmt::format(
      "\n{}{} variants: {} as declared, {}\n{} executions, {} blocked, {:.1f} s of exploring\n",
      comparison_text(totals, tsan_asked), totals.variants, totals.as_declared,
      off == 0 ? "0 not" : terminal.paint(Colour::kRed, fmt::format("{} not", off)), executions,
      blocked, seconds));
}

/// The page that --catalogue or --check-catalogue names, and what is to be done with it.
class CataloguePage {
 public:
  /// Reads it, so that a page that does not do is refused before the exploring. Throws UsageError.
  CataloguePage(const Request& request, const std::vector<ExhibitInfo>& exhibits)
      : exhibits_(exhibits), writes_(!request.catalogue.empty()) {
    name_ = writes_ ? request.catalogue : request.check_catalogue;
    if (name_.empty()) {
      return;
    }
    if (writes_ && !request.check_catalogue.empty()) {
      throw UsageError("--catalogue and --check-catalogue exclude each other");
    }
    if (request.explore.model != "rc11" || request.explore.stop_at_first_bug ||
        request.explore.executions != 0) {
      throw UsageError(
          "the catalogue tells of whole searches under rc11: no --model, --executions or "
          "--stop-at-first-bug with it");
    }
    std::ifstream file(name_, std::ios::binary);
    std::ostringstream contents;
    contents << file.rdbuf();
    if (!file) {
      throw UsageError(fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
    }
    page_ = contents.str();
    catalogue_differences(page_, name_, exhibits_, {});
    if (writes_) {
      output_.emplace(name_);
    }
  }

  /// Writes the rows of `results`, or says on `terminal` where they are not what the page has.
  /// False if they are not.
  bool settle(const std::vector<VariantResult>& results, Terminal& terminal) {
    if (name_.empty()) {
      return true;
    }
    const CatalogueRows rows = catalogue_rows(results);
    if (writes_) {
      output_->write(updated_catalogue(page_, name_, exhibits_, rows));
      return true;
    }
    std::vector<std::string> lines = catalogue_differences(page_, name_, exhibits_, rows);
    if (!lines.empty()) {
      lines.push_back(
          fmt::format("to bring it up to date: heddle gallery run --catalogue {}", name_));
    }
    for (const std::string& line : tsan_differences(results)) {
      lines.push_back(line);
    }
    for (const std::string& line : lines) {
      terminal.print(fmt::format("{} {}\n", terminal.paint(Colour::kRed, "!"), line));
    }
    return lines.empty();
  }

 private:
  const std::vector<ExhibitInfo>& exhibits_;
  bool writes_;
  std::string name_;
  std::string page_;
  std::optional<OutputFile> output_;  ///< When it writes.
};

bool any_internal_error(const std::vector<VariantResult>& results) {
  return std::any_of(results.begin(), results.end(), [](const VariantResult& result) {
    return result.report.verdict == Verdict::kInternalError;
  });
}

}  // namespace

int gallery_run(const Request& request) {
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  const std::vector<Selected> chosen = select(exhibits, request.names, request.variant);
  ReportFiles files(request.json, request.reports, "gallery");
  CataloguePage catalogue(request, exhibits);
  // Standard output belongs to the JSON when that goes there.
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  Table table(terminal, name_width(chosen));
  const std::vector<VariantResult> results = run_variants(
      runner, chosen, request, terminal, [&](const VariantResult& result) { table.add(result); });
  print_totals(results, request.tsan.runs != 0, terminal);
  files.render_by(ReportForm::kHtml,
                  [&] { return gallery_html(runner, results, request, terminal); });
  files.write([&] { return results_to_json(results, request.explore.model); }, entries_of(results));
  if (any_internal_error(results)) {
    return kExitInternal;
  }
  const bool as_catalogued = catalogue.settle(results, terminal);
  const Totals totals = totals_of(results);
  const bool all_well = as_catalogued && totals.as_declared == totals.variants;
  return files.exit_code(all_well ? 0 : kExitDeviation);
}

}  // namespace heddle::tools
