// SPDX-License-Identifier: Apache-2.0
// Opens, writes and complains.
#include "tools/report_files.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tools/errors.h"

namespace heddle::tools {

ReportFiles::ReportFiles(const std::string& json, const std::vector<ReportFile>& reports,
                         const std::string& subject) {
  int to_standard_output = 0;
  if (!json.empty()) {
    try {
      json_ = std::make_unique<OutputFile>(json);
    } catch (const OutputError& error) {
      throw UsageError(error.what());
    }
    to_standard_output += json_->is_standard_output() ? 1 : 0;
  }
  for (const ReportFile& wanted : reports) {
    if (wanted.path.ends_with('/')) {
      std::error_code error;  // The file will say what is wrong.
      std::filesystem::create_directories(wanted.path, error);
    }
    reports_.push_back({wanted.form, nullptr});
    try {
      reports_.back().file = std::make_unique<OutputFile>(path_of(wanted, subject));
      to_standard_output += reports_.back().file->is_standard_output() ? 1 : 0;
    } catch (const OutputError& error) {
      fail(error.what());
    }
  }
  if (to_standard_output > 1) {
    throw UsageError("only one result can go to standard output");
  }
}

bool ReportFiles::take_standard_output() const {
  bool takes = json_ != nullptr && json_->is_standard_output();
  for (const Wanted& wanted : reports_) {
    takes = takes || (wanted.file != nullptr && wanted.file->is_standard_output());
  }
  return takes;
}

void ReportFiles::write(const std::function<std::string()>& json,
                        const std::vector<ReportEntry>& entries) {
  const auto attempt = [this](OutputFile& file, const std::function<std::string()>& contents) {
    try {
      file.write(contents());
    } catch (const OutputError& error) {
      fail(error.what());
    }
  };
  if (json_ != nullptr) {
    attempt(*json_, json);
  }
  for (Wanted& wanted : reports_) {
    if (wanted.file != nullptr) {
      const auto own = renderers_.find(wanted.form);
      attempt(*wanted.file, [&] {
        return own != renderers_.end() ? own->second() : render(wanted.form, entries);
      });
    }
  }
}

int ReportFiles::exit_code(int code) const { return code == 0 && has_failed_ ? kExitUsage : code; }

void ReportFiles::fail(const std::string& reason) {
  has_failed_ = true;
  fmt::print(stderr, "heddle: {}\n", reason);
}

}  // namespace heddle::tools
