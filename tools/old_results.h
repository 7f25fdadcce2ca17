// SPDX-License-Identifier: Apache-2.0
// Results of before: what --json and --report json:FILE have written, read again.
#pragma once

#include <string>
#include <vector>

#include "heddle/report_files.h"

namespace heddle::tools {

/// The report in a file. Throws UsageError with the file's name and what is wrong.
Report read_report(const std::string& path);

/// The same of a file with one report, which is then called after the file, or with several.
std::vector<ReportEntry> read_results(const std::string& path);

/// What a page made of the report will lack, a sentence each: fields that an older Heddle did not
/// write, and sources that cannot be read or are newer than `written`, the results' file.
std::vector<std::string> what_is_missing(const Report& report, const std::string& written);

}  // namespace heddle::tools
