// SPDX-License-Identifier: Apache-2.0
// Longest common subsequence by dynamic programming, then hunks.
#include "tools/source_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace heddle::tools {
namespace {

using Lines = std::vector<SourceLine>;

/// One step of the script that turns `before` into `after`; the positions are those before the
/// step.
struct Step {
  DiffLine::Kind kind = DiffLine::Kind::kSame;
  std::size_t before = 0;
  std::size_t after = 0;
};

std::vector<Step> edit_script(const Lines& before, const Lines& after) {
  // common[i][j]: length of the longest common subsequence of before[i..] and after[j..].
  std::vector<std::vector<std::size_t>> common(before.size() + 1,
                                               std::vector<std::size_t>(after.size() + 1));
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      common[i][j] = before[i].text == after[j].text ? common[i + 1][j + 1] + 1
                                                     : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<Step> script;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (i < before.size() && j < after.size() && before[i].text == after[j].text) {
      script.push_back({DiffLine::Kind::kSame, i++, j++});
    } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
      script.push_back({DiffLine::Kind::kRemoved, i++, j});
    } else {
      script.push_back({DiffLine::Kind::kAdded, i, j++});
    }
  }
  return script;
}

/// Marks the steps that are within `context` of a change.
std::vector<bool> near_change(const std::vector<Step>& script, unsigned context) {
  std::vector<bool> near(script.size());
  for (std::size_t k = 0; k < script.size(); ++k) {
    if (script[k].kind == DiffLine::Kind::kSame) {
      continue;
    }
    const std::size_t first = k - std::min<std::size_t>(k, context);
    const std::size_t last = std::min(script.size() - 1, k + context);
    for (std::size_t i = first; i <= last; ++i) {
      near[i] = true;
    }
  }
  return near;
}

/// The file's number of line `index`; beyond the end, one after the last.
unsigned number_at(const Lines& lines, std::size_t index) {
  if (index < lines.size()) {
    return lines[index].number;
  }
  return lines.empty() ? 0 : lines.back().number + 1;
}

DiffLine header(const std::vector<Step>& script, std::size_t first, std::size_t end,
                const Lines& before, const Lines& after) {
  std::size_t removed = 0;
  std::size_t added = 0;
  for (std::size_t k = first; k < end; ++k) {
    removed += script[k].kind != DiffLine::Kind::kAdded ? 1 : 0;
    added += script[k].kind != DiffLine::Kind::kRemoved ? 1 : 0;
  }
  return {DiffLine::Kind::kHunk,
          fmt::format("@@ -{},{} +{},{} @@", number_at(before, script[first].before), removed,
                      number_at(after, script[first].after), added)};
}

DiffLine line_of(const Step& step, const Lines& before, const Lines& after) {
  switch (step.kind) {
    case DiffLine::Kind::kRemoved:
      return {step.kind, "-" + before[step.before].text};
    case DiffLine::Kind::kAdded:
      return {step.kind, "+" + after[step.after].text};
    default:
      return {DiffLine::Kind::kSame, " " + before[step.before].text};
  }
}

}  // namespace

std::vector<DiffLine> unified_diff(const std::vector<SourceLine>& before,
                                   const std::vector<SourceLine>& after, unsigned context) {
  const std::vector<Step> script = edit_script(before, after);
  const std::vector<bool> near = near_change(script, context);
  std::vector<DiffLine> lines;
  for (std::size_t k = 0; k < script.size();) {
    if (!near[k]) {
      ++k;
      continue;
    }
    std::size_t end = k;
    while (end < script.size() && near[end]) {
      ++end;
    }
    lines.push_back(header(script, k, end, before, after));
    for (; k < end; ++k) {
      lines.push_back(line_of(script[k], before, after));
    }
  }
  return lines;
}

}  // namespace heddle::tools
