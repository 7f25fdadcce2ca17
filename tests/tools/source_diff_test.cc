// SPDX-License-Identifier: Apache-2.0
// Unified hunks.
#include "tools/source_diff.h"

#include <gtest/gtest.h>

#include <sstream>

namespace heddle::tools {
namespace {

std::vector<SourceLine> lines_from(unsigned first, const std::string& text) {
  std::istringstream stream(text);
  std::vector<SourceLine> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back({first++, line});
  }
  return lines;
}

std::string diff(const std::string& before, const std::string& after, unsigned context) {
  std::string text;
  for (const DiffLine& line :
       unified_diff(lines_from(10, before), lines_from(50, after), context)) {
    text += line.text + "\n";
  }
  return text;
}

TEST(UnifiedDiff, IsEmptyForEqualInputs) {
  EXPECT_EQ(diff("a\nb\n", "a\nb\n", 3), "");
  EXPECT_EQ(diff("", "", 3), "");
}

TEST(UnifiedDiff, ShowsAChangeInItsContextWithTheFilesNumbers) {
  EXPECT_EQ(diff("a\nb\nc\nd\ne\n", "a\nb\nX\nY\nd\ne\n", 1),
            "@@ -11,3 +51,4 @@\n b\n-c\n+X\n+Y\n d\n");
}

TEST(UnifiedDiff, SplitsDistantChanges) {
  EXPECT_EQ(diff("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n", 1),
            "@@ -10,2 +50,2 @@\n-a\n+A\n b\n@@ -13,2 +53,2 @@\n d\n-e\n+E\n");
}

TEST(UnifiedDiff, JoinsChangesWhoseContextsTouch) {
  EXPECT_EQ(diff("a\nb\nc\n", "A\nb\nC\n", 1), "@@ -10,3 +50,3 @@\n-a\n+A\n b\n-c\n+C\n");
}

TEST(UnifiedDiff, AddsAndRemovesEverything) {
  EXPECT_EQ(diff("", "a\n", 3), "@@ -0,0 +50,1 @@\n+a\n");
  EXPECT_EQ(diff("a\n", "", 3), "@@ -10,1 +0,0 @@\n-a\n");
}

}  // namespace
}  // namespace heddle::tools
