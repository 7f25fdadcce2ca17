// SPDX-License-Identifier: Apache-2.0
// The gallery as one HTML page: its matrix, and a page for each exhibit.
#pragma once

#include <string>
#include <vector>

#include "tools/gallery.h"

namespace heddle::tools {

/// The page for `results`. Attempts the failing schedules on the fixes first, Request::jobs
/// processes at a time; shows progress on `terminal`.
std::string gallery_html(const Runner& runner, const std::vector<VariantResult>& results,
                         const Request& request, Terminal& terminal);

}  // namespace heddle::tools
