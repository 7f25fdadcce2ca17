// SPDX-License-Identifier: Apache-2.0
// Building blocks of the text form: wrapped lines with a style, columns side by side, and the lines
// of source files. Widths are counted in characters (code points of UTF-8), not bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::report {

enum class Style : std::uint8_t { kPlain, kBold, kDim, kGood, kDoubtful, kBad };

struct StyledLine {
  std::string text;
  Style style = Style::kPlain;
};

/// `text` as shown with the style; unchanged without colour.
std::string styled(std::string_view text, Style style, bool colour);

std::size_t width_of(std::string_view text);

/// The first characters of `text` up to `width`; "..." shows that something is cut off.
std::string shortened(std::string_view text, std::size_t width);

/// Lines of at most `width` characters, broken at spaces if possible; later lines are indented.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent = 0);

/// Appends `first` + `text`, wrapped to `columns`, continued under the end of `first`.
void append_wrapped(std::string& out, std::string_view first, std::string_view text,
                    std::size_t columns);

/// One row of cells side by side: cell i begins at `starts[i]` and holds lines that fit before
/// `starts[i + 1]`. Trailing spaces are left out.
void append_row(std::string& out, const std::vector<std::vector<StyledLine>>& cells,
                const std::vector<std::size_t>& starts, bool colour);

/// Lines of source files, read when first asked for.
class SourceFiles {
 public:
  /// The line without leading and trailing white space; empty if it cannot be read.
  std::string line(const std::string& file, std::uint32_t number);
  /// The same with its indentation.
  const std::string& whole_line(const std::string& file, std::uint32_t number);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace heddle::report
