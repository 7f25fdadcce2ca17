// SPDX-License-Identifier: Apache-2.0
// Progress, read and shown.
#include "tools/progress_line.h"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "heddle/parse_options.h"

namespace heddle::tools {
namespace {

SearchKind search_of(const std::string& name) {
  Options options;
  try {
    parse_option("search", name, options);
  } catch (const std::invalid_argument&) {
    return SearchKind::kExhaustive;
  }
  return options.search;
}

}  // namespace

Progress parse_progress(std::string_view line) {
  std::istringstream in{std::string(line)};
  Progress progress;
  std::string search;
  if (!(in >> progress.executions >> progress.blocked >> progress.findings >> progress.seconds)) {
    return {};
  }
  if (in >> progress.states >> search) {
    progress.search = search_of(search);
  }
  Estimate estimate;
  if (in >> estimate.descents >> estimate.executions >> estimate.error >> estimate.largest) {
    progress.estimate = estimate;
  }
  return progress;
}

std::string progress_text(const Progress& progress) {
  const bool of_states = progress.search == SearchKind::kCycles;
  const std::uint64_t count = of_states ? progress.states : progress.executions;
  std::string text = fmt::format("{}: {} {}", name_of(progress.search), count,
                                 of_states ? "states" : "executions");
  if (const std::string in_all = to_short_text(progress.estimate, count); !in_all.empty()) {
    text += " " + in_all;
  }
  if (progress.seconds > 0) {
    text += fmt::format(", {:.0f}/s", static_cast<double>(count) / progress.seconds);
  }
  text += progress.findings == 0   ? ", no findings"
          : progress.findings == 1 ? ", 1 finding"
                                   : fmt::format(", {} findings", progress.findings);
  return text + fmt::format(", {:.0f} s", progress.seconds);
}

}  // namespace heddle::tools
