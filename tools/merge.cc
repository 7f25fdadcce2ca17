// SPDX-License-Identifier: Apache-2.0
// heddle merge: the results of shards, added up.
#include <fmt/format.h>

#include <stdexcept>

#include "heddle/report.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/old_results.h"
#include "tools/report_files.h"
#include "tools/terminal.h"

namespace heddle::tools {

int merge_reports(const Request& request) {
  std::vector<Report> parts;
  for (const std::string& path : request.names) {
    parts.push_back(read_report(path));
    if (parts.back().shard.empty()) {
      throw UsageError(
          fmt::format("{} is not the result of a shard; heddle report shows other results", path));
    }
  }
  ReportFiles files(request.json, request.reports, "shards");
  ReportEntry entry;
  entry.suite = "heddle merge";
  entry.name = fmt::format("{}", fmt::join(request.names, " "));
  try {
    entry.report = merge(parts);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  const Report& sum = entry.report;
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  terminal.print(to_text(
      sum, {.colour = terminal.colour(), .columns = terminal.columns(), .full = request.full}));
  files.write([&] { return to_json(sum, 2) + "\n"; }, {entry});
  return files.exit_code(exit_code(sum.verdict));
}

}  // namespace heddle::tools
