// SPDX-License-Identifier: Apache-2.0
// Reports as one self-contained HTML page: no network, no other file. Failing executions as
// timelines that can be stepped through, with their source.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "heddle/attempt.h"
#include "heddle/report.h"
#include "heddle/report_files.h"

namespace heddle {

/// The schedule of one finding, attempted on another variant of the same program.
struct HtmlAttempt {
  std::string variant;      ///< Where it was attempted.
  std::string failing;      ///< The variant whose finding it is,
  std::size_t finding = 0;  ///< and which one: index into its Report::findings.
  Attempt attempt;
};

/// One program, or one of several forms of it.
struct HtmlVariant {
  std::string name;
  bool is_bug = false;  ///< It is expected to have a bug; else it is a fix, or correct.
  Report report;
  std::vector<std::pair<std::string, std::string>> facts;  ///< Name and text, as a small table.
  std::string other_tool;  ///< What another tool says of it, for the matrix.
  bool as_expected = true;
  std::vector<std::string> problems;  ///< Why not, one line each.
  std::string difference;             ///< To the buggy variant, as a unified diff.
  std::vector<std::string> replays;   ///< For each finding the command that replays it, or fewer.
};

struct HtmlProgram {
  std::string group;
  std::string name;
  std::string title;
  std::string story;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<HtmlVariant> variants;
  std::vector<HtmlAttempt> attempts;
};

struct HtmlSite {
  std::string title;
  std::vector<std::string> summary;  ///< Paragraphs of the front page.
  std::string other_tool;            ///< "ThreadSanitizer, 3 runs"; empty: no such column.
  std::vector<HtmlProgram> programs;
};

/// The page. With several programs or variants, a matrix of them comes first. Findings with the
/// same kind, cause and places are shown once, with their number. Sources are read from the paths
/// that the reports name; what cannot be read is left out. Strings need not be UTF-8. O(size).
std::string to_html(const HtmlSite& site);
/// The same for the results of one command or test program; see report_files.h.
std::string to_html(const std::vector<ReportEntry>& entries);

}  // namespace heddle
