// SPDX-License-Identifier: Apache-2.0
// Wrapping, columns and colours.
#include "checker/report/text_layout.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace heddle::report {
namespace {

constexpr std::size_t kLongestSource = 16u << 20;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// Bytes that the first `width` characters take.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (begins_character(text[i]) && width-- == 0) {
      break;
    }
  }
  return i;
}

std::vector<std::string> read_lines(const std::string& file) {
  std::vector<std::string> lines;
  std::ifstream stream(file);
  std::string line;
  std::size_t size = 0;
  while (size < kLongestSource && std::getline(stream, line)) {
    size += line.size();
    lines.push_back(line.substr(0, line.find_last_not_of(" \t\r") + 1));
    std::replace_if(
        lines.back().begin(), lines.back().end(),
        [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  }
  return lines;
}

}  // namespace

std::string styled(std::string_view text, Style style, bool colour) {
  static constexpr std::array<std::string_view, 6> kCodes{"", "1", "2", "1;32", "1;33", "1;31"};
  if (!colour || style == Style::kPlain || text.empty()) {
    return std::string(text);
  }
  std::string result = "\033[";
  result += kCodes[static_cast<std::size_t>(style)];
  result += "m";
  result += text;
  return result + "\033[0m";
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string shortened(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) {
    return std::string(text);
  }
  if (width <= 3) {
    return std::string(text.substr(0, bytes_of(text, width)));
  }
  return std::string(text.substr(0, bytes_of(text, width - 3))) + "...";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines;
  width = std::max<std::size_t>(width, 4);
  indent = std::min(indent, width / 2);
  while (true) {
    const std::size_t room = lines.empty() ? width : width - indent;
    std::size_t end = bytes_of(text, room);
    const std::size_t newline = text.substr(0, end).find('\n');
    std::size_t next = end;
    if (newline != std::string_view::npos) {
      end = newline;
      next = newline + 1;
    } else if (end < text.size()) {
      const std::size_t space = text.substr(0, end + 1).rfind(' ');
      if (space != std::string_view::npos && space > 0) {
        end = space;
        next = space + 1;
      }
    }
    lines.push_back(std::string(lines.empty() ? 0 : indent, ' ') +
                    std::string(text.substr(0, end)));
    if (next >= text.size()) {
      return lines;
    }
    text.remove_prefix(next);
  }
}

void append_wrapped(std::string& out, std::string_view first, std::string_view text,
                    std::size_t columns) {
  const std::size_t indent = width_of(first);
  const std::size_t width = columns > indent ? columns - indent : 1;
  std::string margin(first);
  for (const std::string& line : wrapped(text, width)) {
    out += line.empty() ? margin.substr(0, margin.find_last_not_of(' ') + 1) : margin + line;
    out += '\n';
    margin.assign(indent, ' ');
  }
}

void append_row(std::string& out, const std::vector<std::vector<StyledLine>>& cells,
                const std::vector<std::size_t>& starts, bool colour) {
  std::size_t height = 0;
  for (const auto& cell : cells) {
    height = std::max(height, cell.size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (line >= cells[i].size() || cells[i][line].text.empty()) {
        continue;
      }
      const StyledLine& part = cells[i][line];
      if (at < starts[i]) {
        out.append(starts[i] - at, ' ');
        at = starts[i];
      }
      out += styled(part.text, part.style, colour);
      at += width_of(part.text);
    }
    out += '\n';
  }
}

std::string SourceFiles::line(const std::string& file, std::uint32_t number) {
  const std::string& whole = whole_line(file, number);
  const std::size_t begin = whole.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : whole.substr(begin);
}

const std::string& SourceFiles::whole_line(const std::string& file, std::uint32_t number) {
  static const std::string kNone;
  auto found = files_.find(file);
  if (found == files_.end()) {
    found = files_.emplace(file, read_lines(file)).first;
  }
  return number == 0 || number > found->second.size() ? kNone : found->second[number - 1];
}

}  // namespace heddle::report
