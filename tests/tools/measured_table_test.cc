// SPDX-License-Identifier: Apache-2.0
// The tour's tables as text and plots, and the reading of what its runner tells.
#include "tools/measured_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

MeasuredTable counting() {
  return {.title = "counting <all>",
          .unit = "million a second",
          .more_is_better = true,
          .columns = {"1 thread", "8 threads"},
          .rows = {{"mutex", {40, 5}, ""}, {"atomic", {160, 20}, ""}, {"none", {0, 0}, ""}}};
}

std::string text_of(const MeasuredTable& table, const char* columns) {
  setenv("COLUMNS", columns, 1);
  std::FILE* nowhere = std::fopen("/dev/null", "w");
  const std::string text = table_text(table, Terminal(nowhere, ColourChoice::kNever));
  std::fclose(nowhere);
  unsetenv("COLUMNS");
  return text;
}

TEST(ShortNumber, HasThreeDigitsThatCount) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.01234), "0.012");
  EXPECT_EQ(short_number(1.2345), "1.23");
  EXPECT_EQ(short_number(12.345), "12.3");
  EXPECT_EQ(short_number(1234.5), "1234");
}

TEST(TableText, BarsCompareTheRowsOfAColumn) {
  EXPECT_EQ(text_of(counting(), "100"),
            "  counting <all>, million a second\n"
            "          1 thread           8 threads\n"
            "  mutex       40.0 ██           5.00 ██\n"
            "  atomic       160 ████████     20.0 ████████\n"
            "  none           0                 0\n");
}

TEST(TableText, ANarrowPageHasNoBars) {
  MeasuredTable wide = counting();
  wide.columns = {"a column of quite some width, really", "and another one that is like it"};
  EXPECT_THAT(text_of(wide, "60"), Not(HasSubstr("█")));
}

TEST(DoubtNote, SaysWhenNumbersMeanNothing) {
  EXPECT_THAT(doubt_note(true), HasSubstr("--quick"));
  EXPECT_THAT(doubt_note(false), Not(HasSubstr("--quick")));
}

TEST(TablesSvg, HasALineForEachRow) {
  const std::string svg = tables_svg({counting(), counting()});
  std::size_t lines = 0;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos;
       at = svg.find("<polyline", at + 1)) {
    ++lines;
  }
  EXPECT_EQ(lines, 6u);
  EXPECT_THAT(svg, HasSubstr("counting &lt;all&gt;"));
  EXPECT_THAT(svg, HasSubstr("points=\"\""));  // A row without a value above zero.
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ParseTables, RefusesRowsThatDoNotFit) {
  constexpr const char* kTable =
      R"([{"title": "t", "unit": "ms", "more_is_better": false, "columns": ["a", "b"],
           "rows": [{"name": "r", "values": [1], "exhibit": ""}]}])";
  EXPECT_THROW(parse_tables(kTable), InternalError);
  EXPECT_THROW(parse_tables("[{}]"), InternalError);
  EXPECT_TRUE(parse_tables("[]").empty());
}

TEST(ParseTour, ReadsChaptersAndRefusesUnknownSteps) {
  const auto tour = [](const std::string& kind) {
    return R"({"chapters": [{"name": "n", "title": "t", "text": "x", "steps": [
             {"kind": ")" +
           kind + R"(", "subject": "s", "title": "u", "watch": "w", "go_on": ["races/a"]}]}],
             "programs": [{"name": "p", "title": "q", "file": "f", "exhibits": []}]})";
  };
  const Tour read = parse_tour(tour("replay"));
  ASSERT_EQ(read.chapters.size(), 1u);
  EXPECT_EQ(read.chapters[0].steps[0].kind, StepKind::kReplay);
  EXPECT_EQ(read.chapters[0].steps[0].go_on, std::vector<std::string>{"races/a"});
  EXPECT_EQ(read.programs[0].name, "p");
  EXPECT_THROW(parse_tour(tour("dance")), InternalError);
  EXPECT_THROW(parse_tour("{}"), InternalError);
}

}  // namespace
}  // namespace heddle::tools
