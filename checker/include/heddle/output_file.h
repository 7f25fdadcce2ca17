// SPDX-License-Identifier: Apache-2.0
// A result file that appears whole or not at all, and that is known to be writable before the work
// for it begins.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace heddle {

/// A file cannot be written: "cannot write out/a.json: No such file or directory".
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Owns the place for one output: the constructor tries it, write() puts the contents there.
/// Nothing of it is on disk in between, so that an interrupted command leaves nothing behind.
class OutputFile {
 public:
  /// `path` "-" is standard output. A regular file is written beside itself and renamed at the end;
  /// a device or pipe is written directly, and so is what /dev/stdout, /dev/fd/N or /proc/self/fd/N
  /// stands for, a file included. Throws OutputError when it cannot be written.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Removes what an unfinished write left behind.
  ~OutputFile();

  bool is_standard_output() const { return is_standard_output_; }

  /// Writes all of it and makes it visible under its name. Call once. Throws OutputError.
  void write(std::string_view contents);

 private:
  bool open_descriptor();
  void open_temporary();
  void discard_temporary();

  std::string path_;
  std::string temporary_;  ///< Empty when the file is written directly.
  std::FILE* file_ = nullptr;
  bool is_standard_output_ = false;
};

}  // namespace heddle
