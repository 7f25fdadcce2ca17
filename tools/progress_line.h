// SPDX-License-Identifier: Apache-2.0
// How a running search tells where it is, and what a person sees of it.
#pragma once

#include <string>
#include <string_view>

#include "heddle/options.h"

namespace heddle::tools {

/// A line as an exploring process writes it: numbers of executions, blocked ones and findings,
/// seconds; then, from some of them, states, search and estimate. Fields that cannot be read keep
/// their default.
Progress parse_progress(std::string_view line);

/// "exhaustive: 1200 executions of about 5.3e+05 (4.1e+05 to 6.4e+05), 9876/s, no findings, 12 s"
std::string progress_text(const Progress& progress);

}  // namespace heddle::tools
