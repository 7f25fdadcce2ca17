// SPDX-License-Identifier: Apache-2.0
// The result files that a command was asked for, by --json and --report: tried before the work and
// written after it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "heddle/output_file.h"
#include "heddle/report_files.h"

namespace heddle::tools {

class ReportFiles {
 public:
  /// `json` is the file of --json, or empty. `subject` names the file where only a folder is given.
  /// Throws UsageError if `json` cannot be written, or two files go to standard output. A report
  /// that cannot be written is told on standard error, and the command goes on: what it finds out
  /// may have taken long.
  ReportFiles(const std::string& json, const std::vector<ReportFile>& reports,
              const std::string& subject);

  /// Files of that form get what contents() returns, not what render() makes of the entries.
  void render_by(ReportForm form, std::function<std::string()> contents) {
    renderers_[form] = std::move(contents);
  }

  /// Whether one of them is standard output, which then is no place for anything else.
  bool take_standard_output() const;
  bool wants_reports() const { return !reports_.empty(); }

  /// Writes all of them, `json` with what json() returns. What fails is told on standard error.
  void write(const std::function<std::string()>& json, const std::vector<ReportEntry>& entries);

  /// `code`, or kExitUsage if that is 0 and some file was not written.
  int exit_code(int code) const;

 private:
  struct Wanted {
    ReportForm form;
    std::unique_ptr<OutputFile> file;  ///< Null if it cannot be written.
  };

  void fail(const std::string& reason);

  std::unique_ptr<OutputFile> json_;
  std::vector<Wanted> reports_;
  std::map<ReportForm, std::function<std::string()>> renderers_;
  bool has_failed_ = false;
};

}  // namespace heddle::tools
