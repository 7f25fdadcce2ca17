// SPDX-License-Identifier: Apache-2.0
// heddle report: results of before, shown again and written in other forms.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tools/gallery.h"
#include "tools/old_results.h"
#include "tools/report_files.h"
#include "tools/terminal.h"

namespace heddle::tools {
namespace {

/// That of the worst one, where what is expected counts as nothing.
int exit_code_of(const std::vector<ReportEntry>& entries) {
  constexpr int kWorstFirst[] = {3, 1, 4};
  for (const int code : kWorstFirst) {
    if (std::any_of(entries.begin(), entries.end(), [&](const ReportEntry& entry) {
          return !entry.is_expected && exit_code(entry.report.verdict) == code;
        })) {
      return code;
    }
  }
  return 0;
}

}  // namespace

int show_results(const Request& request) {
  std::vector<ReportEntry> entries;
  for (const std::string& path : request.names) {
    for (ReportEntry& entry : read_results(path)) {
      for (const std::string& what : what_is_missing(entry.report, path)) {
        entry.report.warnings.push_back(fmt::format("missing in {}: {}", path, what));
      }
      entries.push_back(std::move(entry));
    }
  }
  ReportFiles files("", request.reports, "results");
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  for (const ReportEntry& entry : entries) {
    if (entries.size() > 1) {
      terminal.print(
          fmt::format("== {}{}{}\n", entry.suite, entry.suite.empty() ? "" : "/", entry.name));
    }
    terminal.print(to_text(
        entry.report,
        {.colour = terminal.colour(), .columns = terminal.columns(), .full = request.full}));
  }
  files.write([] { return std::string(); }, entries);
  return files.exit_code(exit_code_of(entries));
}

}  // namespace heddle::tools
