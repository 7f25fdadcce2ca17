// SPDX-License-Identifier: Apache-2.0
// Colour codes, window size and the carriage return.
#include "tools/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

bool is_capable_terminal(std::FILE* file) {
  const char* term = std::getenv("TERM");
  return isatty(fileno(file)) == 1 && term != nullptr && std::strcmp(term, "dumb") != 0;
}

unsigned width_of(std::FILE* file) {
  winsize size{};
  unsigned long columns = 0;
  if (isatty(fileno(file)) == 1 && ioctl(fileno(file), TIOCGWINSZ, &size) == 0) {
    columns = size.ws_col;
  } else if (const char* wanted = std::getenv("COLUMNS"); wanted != nullptr) {
    columns = std::strtoul(wanted, nullptr, 10);
  }
  return columns == 0 ? 100 : static_cast<unsigned>(std::clamp(columns, 60ul, 160ul));
}

std::string_view code(Colour colour) {
  switch (colour) {
    case Colour::kPlain:
      return "";
    case Colour::kBold:
      return "1";
    case Colour::kGreen:
      return "32";
    case Colour::kRed:
      return "31";
    case Colour::kYellow:
      return "33";
    case Colour::kCyan:
      return "36";
    case Colour::kDim:
      return "2";
  }
  return "";
}

}  // namespace

Terminal::Terminal(std::FILE* out, ColourChoice choice) : out_(out), columns_(width_of(out)) {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  colour_ = choice == ColourChoice::kAlways ||
            (choice == ColourChoice::kAuto && !refused && is_capable_terminal(out));
  shows_progress_ = is_capable_terminal(stderr);
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  if (!colour_ || colour == Colour::kPlain) {
    return std::string(text);
  }
  return fmt::format("\033[{}m{}\033[0m", code(colour), text);
}

void Terminal::print(std::string_view text) {
  clear_progress();
  const bool good = std::fwrite(text.data(), 1, text.size(), out_) == text.size();
  if (!good || std::fflush(out_) != 0) {
    throw UsageError(fmt::format("cannot write to standard {}: {}",
                                 out_ == stdout ? "output" : "error", std::strerror(errno)));
  }
}

void Terminal::progress(std::string_view text) {
  if (const auto now = std::chrono::steady_clock::now(); lines_ && now >= next_line_) {
    next_line_ = now + std::chrono::seconds(1);
    fmt::print(stderr, "{}\n", text);
  }
  if (!shows_progress_) {
    return;
  }
  const std::string line = fmt::format("\r\033[K{:.{}}", text, width_of(stderr) - 1);
  std::fwrite(line.data(), 1, line.size(), stderr);
  progress_shown_ = true;
}

void Terminal::clear_progress() {
  if (progress_shown_) {
    std::fputs("\r\033[K", stderr);
    progress_shown_ = false;
  }
}

}  // namespace heddle::tools
