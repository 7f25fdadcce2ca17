// SPDX-License-Identifier: Apache-2.0
// Results as files that other programs read: SARIF for code-scanning pages, JUnit XML for the test
// pages of CI, DOT for graphviz, JSON, and the text that a terminal shows.
//
// Every form is written from the same entries, so a new one is a function and a row in the table of
// checker/report/report_files.cc. What is written depends on the entries and on the folder of the
// sources alone; times are in JSON and JUnit only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// The report of one exploration, and what a file says beside it.
struct ReportEntry {
  std::string suite;  ///< "Queue", "races/lost_update"; may be empty.
  std::string name;   ///< "KeepsOrder", "buggy", "./program --threads 2".
  Report report;
  /// For each finding, what a person types to see its execution again; may be shorter.
  std::vector<std::string> replays;
  /// What is wrong although no finding says so, a line each: then the entry has failed.
  std::vector<std::string> complaints;
  /// The findings are what is wanted (buggy code of the gallery): they do not make the entry fail,
  /// and code scanning shows them as suppressed.
  bool is_expected = false;
  bool accepts_incomplete = false;  ///< A search that a limit stopped has not failed.
};

/// Whether the entry is a failure in test reports: a finding that is not expected, a complaint, a
/// search that failed, was stopped or explored nothing.
bool has_failed(const ReportEntry& entry);

/// "text", "json", "html", "sarif", "junit", "dot".
std::string_view to_string(ReportForm form);
/// "sarif:out.sarif"; throws std::invalid_argument with one line that names the option `report`.
ReportFile parse_report_file(std::string_view text);
/// The file that `wanted` gets: its path, or in the folder that it names the file for `subject`, a
/// name of any characters.
std::string path_of(const ReportFile& wanted, std::string_view subject);

/// The contents of a file. Invalid UTF-8 is replaced by U+FFFD. Paths in SARIF and JUnit XML are
/// relative to HEDDLE_SOURCE_ROOT, or else to the folder with .git above the current one, or else
/// to that.
std::string render(ReportForm form, const std::vector<ReportEntry>& entries);

/// Writes one file, its folder included if path_of() has named it. Throws OutputError.
void write_report_file(const ReportFile& wanted, std::string_view subject,
                       const std::vector<ReportEntry>& entries);

std::string to_sarif(const std::vector<ReportEntry>& entries, const std::string& source_root);
/// One test case an entry.
std::string to_junit(const std::vector<ReportEntry>& entries, const std::string& source_root);
/// One digraph a finding: po, rf, mo and hb edges between the steps of its execution. An entry
/// without findings is a digraph without edges that says so.
std::string to_dot(const std::vector<ReportEntry>& entries);

}  // namespace heddle
