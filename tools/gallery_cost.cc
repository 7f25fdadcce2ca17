// SPDX-License-Identifier: Apache-2.0
// heddle gallery cost: what the fixes of some exhibits cost, measured.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "heddle/output_file.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/measured_table.h"
#include "tools/tour_steps.h"

namespace heddle::tools {
namespace {

/// Names of priced programs that `names` ask for by program or exhibit; no names: all of them.
std::vector<std::string> priced_programs(const Tour& tour, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  std::vector<std::string> chosen;
  std::vector<std::string> unknown = names;
  for (const TourProgram& program : tour.programs) {
    if (program.exhibits.empty()) {
      continue;
    }
    std::vector<std::string> own = program.exhibits;
    own.push_back(program.name);
    const auto asked = [&](const std::string& name) {
      return std::find(own.begin(), own.end(), name) != own.end();
    };
    if (names.empty() || std::any_of(names.begin(), names.end(), asked)) {
      chosen.push_back(program.name);
    }
    std::erase_if(unknown, asked);
    known.insert(known.end(), own.begin(), own.end());
  }
  if (!unknown.empty()) {
    throw UsageError(fmt::format("the price of \"{}\" is not measured; there are {}",
                                 unknown.front(), fmt::join(known, ", ")));
  }
  return chosen;
}

}  // namespace

int gallery_cost(const Request& request) {
  const TourRunner tour_runner;
  const std::vector<std::string> programs = priced_programs(tour_runner.list(), request.names);
  std::optional<OutputFile> json;
  std::optional<OutputFile> svg;
  if (!request.json.empty()) {
    json.emplace(request.json);
  }
  if (!request.svg.empty()) {
    svg.emplace(request.svg);
  }
  const bool busy = (json && json->is_standard_output()) || (svg && svg->is_standard_output());
  Terminal terminal(busy ? stderr : stdout, request.colour);
  std::vector<MeasuredTable> tables;
  for (const std::string& program : programs) {
    terminal.progress("measuring " + program);
    for (MeasuredTable& table : tour_runner.measure(program, request.quick)) {
      terminal.print((tables.empty() ? "" : "\n") + table_text(table, terminal));
      tables.push_back(std::move(table));
    }
  }
  terminal.print(doubt_note(request.quick));
  if (svg) {
    svg->write(tables_svg(tables));
  }
  if (json) {
    json->write(tables_json(tables));
  }
  return 0;
}

}  // namespace heddle::tools
