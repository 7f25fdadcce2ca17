// SPDX-License-Identifier: Apache-2.0
// A finding's trace as a table with one column a thread, one row a step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/report/text_layout.h"
#include "heddle/report.h"

namespace heddle::report {

/// The file in which most steps are; their lines are shown without its name. Empty if none is
/// known.
std::string main_file(const std::vector<TraceStep>& trace);

/// Appends the table. Unless `options.full`, only steps that matter: the important ones and those
/// they read from; all of them if none is important. Too many threads for the page: one column. The
/// steps of a cycle are marked, and the one that decides.
void append_trace(std::string& out, const Finding& finding, const TextOptions& options,
                  SourceFiles& sources);

}  // namespace heddle::report
