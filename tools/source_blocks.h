// SPDX-License-Identifier: Apache-2.0
// The declarations of a C++ file: where each function, class and variable at namespace scope begins
// and ends. A scanner, not a parser: enough for the gallery's own files, which are plain C++.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::tools {

/// One declaration at namespace scope.
struct Block {
  std::string scope;  ///< Enclosing namespaces, "bugs::races"; anonymous ones left out.
  std::vector<std::string> names;  ///< What it declares; several for `int a, b;`.
  std::size_t begin = 0;           ///< First character, as an offset into the file.
  std::size_t end = 0;             ///< One after the last.
};

/// `source` with comments, literals and preprocessor lines blanked out; same length, same lines.
std::string mask_source(std::string_view source);

/// The declarations of masked source, in order. Unbalanced braces end the list early.
std::vector<Block> find_blocks(std::string_view masked);

/// One after the bracket that closes the one at `open`, or the end of the text.
std::size_t matching_end(std::string_view masked, std::size_t open);

}  // namespace heddle::tools
