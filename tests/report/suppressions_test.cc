// SPDX-License-Identifier: Apache-2.0
// Suppressions: the patterns, the file, and what they apply to.
#include "checker/report/suppressions.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::report {
namespace {

TEST(Template, MatchesAnywhereUnlessTied) {
  EXPECT_TRUE(matches_template("push", "Queue::push(int)"));
  EXPECT_FALSE(matches_template("^push", "Queue::push(int)"));
  EXPECT_TRUE(matches_template("^Queue", "Queue::push(int)"));
  EXPECT_FALSE(matches_template("push$", "Queue::push(int)"));
  EXPECT_TRUE(matches_template("^Queue*int)$", "Queue::push(int)"));
  EXPECT_TRUE(matches_template("Q*p*h", "Queue::push(int)"));
  EXPECT_FALSE(matches_template("Q*p*hh", "Queue::push(int)"));
  EXPECT_TRUE(matches_template("*", "x"));
  EXPECT_FALSE(matches_template("*", ""));
  EXPECT_FALSE(matches_template("ab", "a"));
  EXPECT_TRUE(matches_template("^a*$", "a"));
  EXPECT_TRUE(matches_template("ab$", "abab"));
}

TEST(File, HasCommentsAndBlankLines) {
  const auto list = parse_suppressions("# why\n\n  race:a b  \r\ndeadlock:x:y\n", "f");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].type, "race");
  EXPECT_EQ(list[0].pattern, "a b");
  EXPECT_EQ(list[0].line, 3u);
  EXPECT_EQ(list[1].pattern, "x:y");
  EXPECT_TRUE(parse_suppressions("", "f").empty());
}

std::string problem(const char* text) {
  try {
    parse_suppressions(text, "the.supp");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(File, SaysWhichLineIsWrong) {
  EXPECT_TRUE(problem("race:a\nrise:b").starts_with("the.supp:2: \"rise:b\" is not"));
  EXPECT_TRUE(problem("race").starts_with("the.supp:1: "));
  EXPECT_EQ(problem("race: "), "the.supp:1: race: needs a pattern behind it");
}

SuppressionSubject subject(FindingKind kind) {
  SuppressionSubject result;
  result.kind = kind;
  result.stacks = {{{"inner", "/src/a.cc", 1, 0, "/usr/lib/liba.so"}, {"outer", "/src/b.cc", 2}}};
  result.objects = {"hits"};
  return result;
}

bool hides(const char* line, FindingKind kind = FindingKind::kDataRace) {
  return matches(parse_suppressions(line, "f").front(), subject(kind));
}

TEST(Match, FunctionsFilesModulesAndObjects) {
  for (const char* line : {"race:inner", "race:outer", "race:a.cc", "race:^/src/b", "race:liba.so",
                           "race:^hits$", "race_top:inner", "called_from_lib:liba"}) {
    EXPECT_TRUE(hides(line)) << line;
  }
  for (const char* line : {"race:none", "race_top:outer", "called_from_lib:inner", "deadlock:inner",
                           "mutex:inner", "thread:inner", "signal:inner"}) {
    EXPECT_FALSE(hides(line)) << line;
  }
}

TEST(Match, EachTypeHasItsKinds) {
  EXPECT_TRUE(hides("deadlock:inner", FindingKind::kDeadlock));
  EXPECT_TRUE(hides("mutex:inner", FindingKind::kLockMisuse));
  EXPECT_TRUE(hides("thread:inner", FindingKind::kThreadLeak));
  EXPECT_FALSE(hides("race:inner", FindingKind::kDeadlock));
  EXPECT_FALSE(hides("race:inner", FindingKind::kAssertion));
}

}  // namespace
}  // namespace heddle::report
