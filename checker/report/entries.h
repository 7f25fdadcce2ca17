// SPDX-License-Identifier: Apache-2.0
// Words that several forms of report files share. Pure.
#pragma once

#include <string>

#include "heddle/report_files.h"

namespace heddle::report {

/// "Queue/KeepsOrder".
std::string title_of(const ReportEntry& entry);

/// Why a report with the verdict `incomplete` proves nothing.
std::string why_incomplete(const Report& report);

}  // namespace heddle::report
