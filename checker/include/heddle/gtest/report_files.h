// SPDX-License-Identifier: Apache-2.0
// The files of the option `report`, for the tests of a program. Part of heddle/gtest.h.
//
// A folder gets a file for each test, at once: tests that ctest runs one by one in processes of
// their own do not overwrite each other's. Any other file gets all tests, when the last has ended.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "heddle/gtest/flags.h"
#include "heddle/output_file.h"
#include "heddle/report_files.h"

namespace heddle::gtest {

/// A failure of GoogleTest's if it cannot be written.
inline void try_to_write(const ReportFile& file, const std::string& subject,
                         const std::vector<ReportEntry>& entries) {
  try {
    write_report_file(file, subject, entries);
  } catch (const OutputError& error) {
    ADD_FAILURE() << "option \"report\": " << error.what();
  }
}

/// The files that are written at the end, with the results so far. One that cannot be written makes
/// the program fail, like a test.
class FilesAtTheEnd : public testing::EmptyTestEventListener {
 public:
  static FilesAtTheEnd& instance() {
    static FilesAtTheEnd* const made = [] {
      auto* const listener = new FilesAtTheEnd;
      testing::UnitTest::GetInstance()->listeners().Append(listener);  // Takes it over.
      return listener;
    }();
    return *made;
  }

  void add(const ReportFile& file, const ReportEntry& entry) {
    const auto is_it = [&](const auto& known) { return known.first == file; };
    auto found = std::find_if(files_.begin(), files_.end(), is_it);
    if (found == files_.end()) {
      found = files_.insert(files_.end(), {file, {}});
    }
    found->second.push_back(entry);
  }

  void OnTestIterationStart(const testing::UnitTest&, int) override { files_.clear(); }

  void OnTestIterationEnd(const testing::UnitTest&, int) override {
    for (const auto& [file, entries] : files_) {
      try_to_write(file, "", entries);
    }
  }

 private:
  std::vector<std::pair<ReportFile, std::vector<ReportEntry>>> files_;
};

/// "counter_test-Counter.Unlocked".
inline std::string subject_of(const ReportEntry& entry) {
  const std::string& program = flags().program;
  return program.substr(program.rfind('/') + 1) + "-" + entry.suite + "." + entry.name;
}

/// Writes, or keeps for the end, one result. What cannot be written fails the running test.
inline void write_report_files(const std::vector<ReportFile>& files, const ReportEntry& entry) {
  for (const ReportFile& file : files) {
    if (!file.path.ends_with('/')) {
      FilesAtTheEnd::instance().add(file, entry);
    } else {
      try_to_write(file, subject_of(entry), {entry});
    }
  }
}

}  // namespace heddle::gtest
