// SPDX-License-Identifier: Apache-2.0
// A result file that appears whole or not at all, and that is known to be writable before the work
// for it begins.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace heddle::tools {

/// Owns the place for one output: the constructor tries it, write() puts the contents there.
/// Nothing of it is on disk in between, so that an interrupted command leaves nothing behind.
class OutputFile {
 public:
  /// `path` "-" is standard output. A regular file is written beside itself and renamed at the end;
  /// a device or pipe is written directly. Throws UsageError when it cannot be written.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Removes what an unfinished write left behind.
  ~OutputFile();

  bool is_standard_output() const { return path_ == "-"; }

  /// Writes all of it and makes it visible under its name. Call once. Throws UsageError.
  void write(std::string_view contents);

 private:
  void open_temporary();
  void discard_temporary();

  std::string path_;
  std::string temporary_;  ///< Empty when the file is written directly.
  std::FILE* file_ = nullptr;
};

}  // namespace heddle::tools
