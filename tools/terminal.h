// SPDX-License-Identifier: Apache-2.0
// What the command knows about the terminal it writes to: colour, width, one line of progress.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace heddle::tools {

enum class ColourChoice { kAuto, kAlways, kNever };

enum class Colour { kPlain, kBold, kGreen, kRed, kYellow, kCyan, kDim };

/// One output stream for people. Not thread-safe: the caller serialises.
class Terminal {
 public:
  /// Colour in kAuto: on a terminal, unless NO_COLOR is set or TERM is "dumb".
  Terminal(std::FILE* out, ColourChoice choice);

  bool colour() const { return colour_; }
  /// Width to lay out for, within [60, 160]: the terminal's; COLUMNS when it is none; or else 100.
  unsigned columns() const { return columns_; }

  /// `text` between the codes for `colour`, or as it is.
  std::string paint(Colour colour, std::string_view text) const;

  /// Removes the progress line and writes `text`.
  void print(std::string_view text);
  /// Shows `text` as the progress line on standard error, if that is a terminal; cut to its width.
  void progress(std::string_view text);
  /// With `always` progress is also shown where there is no terminal: as a line a second.
  void show_progress(bool always) { lines_ = always && !shows_progress_; }
  void clear_progress();

 private:
  std::FILE* out_;
  bool colour_ = false;
  bool shows_progress_ = false;
  bool progress_shown_ = false;
  bool lines_ = false;
  std::chrono::steady_clock::time_point next_line_{};
  unsigned columns_ = 100;
};

}  // namespace heddle::tools
