// SPDX-License-Identifier: Apache-2.0
// The difference between two pieces of source, as unified hunks.
#pragma once

#include <string>
#include <vector>

namespace heddle::tools {

/// One line of source and where it stands in its file, counted from 1.
struct SourceLine {
  unsigned number = 0;
  std::string text;
};

/// One line of a unified difference, without its newline.
struct DiffLine {
  enum class Kind { kHunk, kSame, kRemoved, kAdded };
  Kind kind = Kind::kSame;
  std::string text;  ///< With its first column: " ", "-", "+"; or "@@ -12,3 +40,5 @@".
};

/// Longest common subsequence of lines, with `context` equal lines around each change. Equal inputs
/// give nothing. Hunk headers hold the lines' own numbers. Time and memory: O(|before| * |after|).
std::vector<DiffLine> unified_diff(const std::vector<SourceLine>& before,
                                   const std::vector<SourceLine>& after, unsigned context = 3);

}  // namespace heddle::tools
