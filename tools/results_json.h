// SPDX-License-Identifier: Apache-2.0
// The results of a gallery run as one JSON object, documented in tools/README.md, and as entries of
// report files.
#pragma once

#include <string>
#include <vector>

#include "heddle/report_files.h"
#include "tools/judge.h"

namespace heddle::tools {

/// Pretty-printed, with a newline at the end. Text that is not UTF-8 is repaired.
std::string results_to_json(const std::vector<VariantResult>& results, const std::string& model);

/// An entry a variant: what it declares is expected, and where it deviates it has failed.
std::vector<ReportEntry> entries_of(const std::vector<VariantResult>& results);

}  // namespace heddle::tools
