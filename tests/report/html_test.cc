// SPDX-License-Identifier: Apache-2.0
// The HTML page: self-contained, its data whole and harmless whatever strings reports hold. How it
// looks and moves is tested in a browser: tests/tools/html_test.py.
#include "heddle/html.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace heddle {
namespace {

using Json = nlohmann::json;

Json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t at = page.find(begin);
  EXPECT_NE(at, std::string::npos);
  const std::size_t end = page.find("</script>", at);
  return Json::parse(page.substr(at + begin.size(), end - at - begin.size()));
}

Finding finding(const std::string& message, std::uint32_t line = 3) {
  Finding result;
  result.kind = FindingKind::kAssertion;
  result.message = message;
  result.participants = {{"main", "fails", {{"f()", "/nowhere/a.cc", line, 0, ""}}}};
  TraceStep step;
  step.thread = "main";
  step.what = "store(relaxed)";
  step.object = "x";
  step.value = "1";
  step.stack = result.participants[0].stack;
  result.trace = {step, step};
  result.trace[1].what = "load(relaxed)";
  result.trace[1].reads_from = 0;
  result.token = "h1:token";
  return result;
}

Report report_of(std::vector<Finding> findings) {
  Report report;
  report.verdict = Verdict::kBug;
  report.model = "rc11";
  report.findings = std::move(findings);
  return report;
}

std::string page_of(std::vector<Finding> findings, const std::string& name) {
  ReportEntry entry;
  entry.name = name;
  entry.report = report_of(std::move(findings));
  entry.replays = {"heddle replay h1:token"};
  return to_html({entry});
}

TEST(Html, one_page_without_anything_from_outside) {
  const std::string page = page_of({finding("x")}, "a title");
  EXPECT_EQ(page.rfind("<!DOCTYPE html>", 0), 0u);
  EXPECT_NE(page.find("<title>a title</title>"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.find("src=\""), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
  for (const char* mark : {"@TITLE@", "@STYLE@", "@DATA@", "@SCRIPT@"}) {
    EXPECT_EQ(page.find(mark), std::string::npos) << mark;
  }
  for (std::size_t at = 0; (at = page.find("http", at)) != std::string::npos; ++at) {
    const std::string what = page.substr(at, 26);
    EXPECT_TRUE(what == "http://www.w3.org/2000/svg" || what.rfind("http-equiv", 0) == 0) << what;
  }
}

TEST(Html, strings_cannot_leave_the_data) {
  const std::string evil = "</script><script>alert(1)</script><!-- @DATA@ @SCRIPT@ & \xff\xfe";
  const std::string page = page_of({finding(evil)}, evil);
  const Json data = data_of(page);
  const std::string message =
      data["programs"][0]["variants"][0]["report"]["findings"][0]["message"];
  EXPECT_EQ(message.rfind("</script><script>alert(1)</script><!-- @DATA@ @SCRIPT@ & ", 0), 0u);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("<title>&lt;/script>"), std::string::npos);
}

TEST(Html, steps_and_their_links) {
  const Json data = data_of(page_of({finding("x")}, "t"));
  const Json& trace = data["programs"][0]["variants"][0]["report"]["findings"][0]["trace"];
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[1]["r"], 0);
  EXPECT_FALSE(trace[0].contains("r"));
  EXPECT_EQ(data["programs"][0]["variants"][0]["report"]["findings"][0]["replay"],
            "heddle replay h1:token");
  EXPECT_EQ(data["files"][0]["name"], "a.cc");
  EXPECT_TRUE(data["files"][0]["parts"].empty());  // It cannot be read.
  const Json& frame = data["frames"][data["stacks"][trace[0]["s"].get<int>()][0].get<int>()];
  EXPECT_EQ(frame["l"], 3);
}

TEST(Html, the_source_is_inside) {
  Finding own = finding("x", 10);
  own.participants[0].stack[0].file = HEDDLE_SOURCE_DIR "/tests/report/html_test.cc";
  own.trace[0].stack = own.participants[0].stack;
  const Json data = data_of(page_of({own}, "t"));
  const Json& parts = data["files"][0]["parts"];
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0][0], 1);
  EXPECT_EQ(parts[0][1][0], "// SPDX-License-Identifier: Apache-2.0");
}

TEST(Html, equal_findings_are_shown_once_with_their_number) {
  std::vector<Finding> findings;
  for (int i = 0; i < 5000; ++i) {
    findings.push_back(finding("message " + std::to_string(i), 1 + i % 3));
  }
  const std::string page = page_of(std::move(findings), "many");
  const Json shown = data_of(page)["programs"][0]["variants"][0]["report"]["findings"];
  ASSERT_EQ(shown.size(), 3u);
  EXPECT_EQ(shown[0]["count"], 1667);
  EXPECT_EQ(shown[2]["count"], 1666);
  EXPECT_LT(page.size(), 200'000u);
}

TEST(Html, an_attempt_belongs_to_the_finding_as_it_is_shown) {
  HtmlSite site;
  HtmlProgram program;
  HtmlVariant bug;
  bug.name = "buggy";
  bug.report = report_of({finding("a", 1), finding("a", 1), finding("b", 2)});
  program.variants = {bug};
  Attempt attempt;
  attempt.trace = bug.report.findings[0].trace;
  attempt.follows = {0, -1};
  attempt.stops = {{1, 0, "waits"}};
  program.attempts = {{"mutex", "buggy", 1, attempt}, {"mutex", "buggy", 2, attempt}};
  site.programs = {program};
  const Json attempts = data_of(to_html(site))["programs"][0]["attempts"];
  ASSERT_EQ(attempts.size(), 1u);  // That of the repeated one is left out.
  EXPECT_EQ(attempts[0]["finding"], 1);
  EXPECT_EQ(attempts[0]["stops"][0]["message"], "waits");
}

TEST(Html, two_thousand_steps_stay_small) {
  Finding many = finding("x");
  many.trace.assign(2000, many.trace[0]);
  for (std::size_t i = 1; i < many.trace.size(); ++i) {
    many.trace[i].reads_from = static_cast<std::int64_t>(i) - 1;
    many.trace[i].happens_after = {static_cast<std::int64_t>(i) - 1, 99999};
  }
  const std::string page = page_of({many}, "long");
  EXPECT_LT(page.size(), 400'000u);
  const Json data = data_of(page);
  EXPECT_EQ(data["programs"][0]["variants"][0]["report"]["findings"][0]["trace"][5]["h"],
            Json({4}));
}

}  // namespace
}  // namespace heddle
