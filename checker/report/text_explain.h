// SPDX-License-Identifier: Apache-2.0
// What stands below the trace of a finding: what decides it, with its source, and the two sentences
// of heddle/explain.h.
#pragma once

#include <string>

#include "checker/report/text_layout.h"
#include "heddle/report.h"

namespace heddle::report {

void append_explanation(std::string& out, const Finding& finding, const TextOptions& options,
                        SourceFiles& sources);

}  // namespace heddle::report
