// SPDX-License-Identifier: Apache-2.0
// Options as text: what is accepted, what is refused and in which words.
#include "heddle/parse_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace heddle {
namespace {

using testing::HasSubstr;

Options parsed(std::string_view text) {
  Options options;
  parse_options(text, options);
  return options;
}

std::string complaint(std::string_view text) {
  Options options;
  try {
    parse_options(text, options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(ParseOptions, SetsFieldsOfEachType) {
  const Options options = parsed(
      "model=sc:executions=18446744073709551615:threads=3:seconds=1.5:stop_at_first_bug=0:"
      "timeout_policy=idle:timeouts=7:after_race=promote:search=cycles:choices=random");
  EXPECT_EQ(options.model, Model::kSc);
  EXPECT_EQ(options.limits.executions, UINT64_MAX);
  EXPECT_EQ(options.limits.threads, 3u);
  EXPECT_EQ(options.limits.seconds, 1.5);
  EXPECT_FALSE(options.stop_at_first_bug);
  EXPECT_EQ(options.timeouts, Timeouts::kIdle);
  EXPECT_EQ(options.bounds.timeouts, 7u);
  EXPECT_EQ(options.after_race, AfterRace::kPromote);
  EXPECT_EQ(options.search, SearchKind::kCycles);
  EXPECT_EQ(options.cycles.choices, Choices::kRandom);
}

TEST(ParseOptions, SeparatorsQuotesAndLoneNamesAreThoseOfSanitizers) {
  EXPECT_EQ(parsed("").model, Model::kRc11);
  EXPECT_EQ(parsed(" : ,\n").model, Model::kRc11);
  const Options options = parsed(" threads=2, failed_rounds='4'\tspurious_wakeups :model=\"sc\" ");
  EXPECT_EQ(options.limits.threads, 2u);
  EXPECT_EQ(options.bounds.failed_rounds, 4u);
  EXPECT_TRUE(options.spurious_wakeups);
  EXPECT_EQ(options.model, Model::kSc);
}

TEST(ParseOptions, ReportsAddUpAndHoldAColon) {
  const Options options = parsed(
      "report=sarif:out.sarif:model=sc,report=junit:\"my out.xml\" report='dot:a b.dot':threads=2");
  const std::vector<ReportFile> expected = {{ReportForm::kSarif, "out.sarif"},
                                            {ReportForm::kJunit, "my out.xml"},
                                            {ReportForm::kDot, "a b.dot"}};
  EXPECT_EQ(options.reports, expected);
  EXPECT_EQ(options.model, Model::kSc);
  EXPECT_EQ(options.limits.threads, 2u);
  EXPECT_TRUE(parsed("report=text:a:report=none").reports.empty());
  EXPECT_THAT(complaint("report=sarf:a"), HasSubstr("did you mean \"sarif\"?"));
  EXPECT_THAT(complaint("report=text"), HasSubstr("names no file"));
}

TEST(ParseOptions, EachOptionTakesItsDefaultAndLeavesThingsAsTheyAre) {
  for (const OptionInfo& info : option_infos()) {
    Options options;
    parse_option(info.name, info.default_value, options);
    EXPECT_FALSE(info.help.empty()) << info.name;
  }
  EXPECT_THAT(options_help("--heddle_"), HasSubstr("--heddle_model=rc11|sc"));
}

TEST(ParseOptions, MistakesAreNamed) {
  EXPECT_EQ(complaint("modle=sc"), "unknown option \"modle\"; did you mean \"model\"?");
  EXPECT_THAT(complaint("zzzzzzzz=1"), HasSubstr("there are search, model"));
  EXPECT_EQ(complaint("model=tso"), "option \"model\": \"tso\" is not one of rc11, sc");
  EXPECT_EQ(complaint("threads=4294967296"),
            "option \"threads\": \"4294967296\" is not a whole number from 0 to 4294967295");
  EXPECT_THAT(complaint("executions=-1"), HasSubstr("not a whole number"));
  EXPECT_THAT(complaint("executions="), HasSubstr("\"\" is not a whole number"));
  EXPECT_THAT(complaint("seconds=-1"), HasSubstr("not a number of seconds"));
  EXPECT_THAT(complaint("seconds=nan"), HasSubstr("not a number of seconds"));
  EXPECT_THAT(complaint("detect_leaks=maybe"), HasSubstr("is not 0 or 1"));
  EXPECT_THAT(complaint("model='sc"), HasSubstr("a quote is not closed"));
}

TEST(ParseOptions, NamesThatTheCallerKnowsAreOffered) {
  Options options;
  try {
    parse_option("repaly", "x", options, {"replay"});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "unknown option \"repaly\"; did you mean \"replay\"?");
  }
}

TEST(ParseOptions, TheEnvironmentIsNamedInMessages) {
  Options options;
  ::setenv("HEDDLE_OPTIONS", "model=sc", 1);
  parse_options_of_environment(options);
  EXPECT_EQ(options.model, Model::kSc);
  ::setenv("HEDDLE_OPTIONS", "model", 1);
  EXPECT_THROW(
      {
        try {
          parse_options_of_environment(options);
        } catch (const std::invalid_argument& error) {
          EXPECT_STREQ(error.what(),
                       "HEDDLE_OPTIONS: option \"model\": \"1\" is not one of rc11, sc");
          throw;
        }
      },
      std::invalid_argument);
  ::unsetenv("HEDDLE_OPTIONS");
  parse_options_of_environment(options);
}

}  // namespace
}  // namespace heddle
