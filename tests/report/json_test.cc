// SPDX-License-Identifier: Apache-2.0
// Reports survive JSON unchanged, and wrong documents are refused with their place.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "heddle/report.h"

namespace heddle {
namespace {

Report example() {
  Frame frame{"add(int)", "counter.cc", 12, 0xffffffffffffffff, "counter"};
  TraceStep step{"T1", "store", "counter", "1", "race", 3, 2, {0}, true, {frame, {}}};
  TraceStep initial;
  initial.thread = "main";
  initial.what = "load";
  Finding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.cause = DeadlockCause::kLostWakeup;
  finding.message = "quotes \" and \\ and \n and \xc3\xa4";
  finding.participants = {{"T1", "waits", {frame}}, {"T2", "", {}}};
  finding.trace = {step, initial};
  finding.outcome = {{"total", "1"}};
  finding.token = "h1:abc";
  finding.cycle_from = 1;
  finding.preemptions = 0;
  finding.found_at = 10;
  finding.reduce_runs = 11;
  finding.random_runs = 12;
  finding.random_hits = 13;
  finding.decision = {"reads_from", 1, "it reads 0", 12, {step}, 0, "h1:def"};
  Report report;
  report.verdict = Verdict::kBug;
  report.model = "rc11";
  report.executions = 0xffffffffffffffff;
  report.deadlocked = 1;
  report.blocked = 2;
  report.events = 3;
  report.resumed = 4;
  report.search = "cycles";
  report.states = 5;
  report.transitions = 6;
  report.state_bytes = 7;
  report.wait_bounds = {{"bus", "T1", false, 8, true, 9}};
  report.estimate = {21, 22.5, 23.25, 0.5};
  report.seed = 14;
  report.distinct = 15;
  report.covered = {{"pct", 16, 17, 18, 19, -1, false}, {"delays", 20, 0, 0, 0, 0, true}};
  report.seconds = 0.1 + 0.2;
  report.complete = true;
  report.findings = {finding, Finding{}};
  report.outcomes = {{{{"a", "1"}, {"b", "x"}}, 7, "h1:t"}};
  report.bounds = {"one"};
  report.assumptions = {"two", "three"};
  report.warnings = {""};
  return report;
}

std::string reason(std::string_view json) {
  try {
    report_from_json(json);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Json, keeps_every_field) {
  const Report report = report_from_json(to_json(example()));
  EXPECT_EQ(to_json(report), to_json(example()));
  EXPECT_EQ(report.verdict, Verdict::kBug);
  EXPECT_EQ(report.model, "rc11");
  EXPECT_EQ(report.executions, 0xffffffffffffffff);
  EXPECT_EQ(report.deadlocked, 1u);
  EXPECT_EQ(report.blocked, 2u);
  EXPECT_EQ(report.events, 3u);
  EXPECT_EQ(report.search, "cycles");
  EXPECT_EQ(report.states, 5u);
  EXPECT_EQ(report.transitions, 6u);
  EXPECT_EQ(report.state_bytes, 7u);
  EXPECT_EQ(report.wait_bounds, example().wait_bounds);
  EXPECT_EQ(report.findings[0].cycle_from, 1);
  EXPECT_EQ(report.findings[1].cycle_from, -1);
  EXPECT_EQ(report.findings[0].preemptions, 0);
  EXPECT_EQ(report.findings[1].preemptions, -1);
  EXPECT_EQ(report.findings[0], example().findings[0]);
  EXPECT_EQ(report.estimate, example().estimate);
  EXPECT_EQ(report.seed, 14u);
  EXPECT_EQ(report.distinct, 15u);
  EXPECT_EQ(report.covered, example().covered);
  EXPECT_EQ(report.resumed, 4u);
  EXPECT_EQ(report.seconds, 0.1 + 0.2);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.bounds, example().bounds);
  EXPECT_EQ(report.assumptions, example().assumptions);
  EXPECT_EQ(report.warnings, example().warnings);
  ASSERT_EQ(report.outcomes.size(), 1u);
  EXPECT_EQ(report.outcomes[0].values, example().outcomes[0].values);
  EXPECT_EQ(report.outcomes[0].count, 7u);
  EXPECT_EQ(report.outcomes[0].token, "h1:t");
}

TEST(Json, says_its_format_and_refuses_others) {
  const std::string json = to_json(Report{});
  EXPECT_EQ(json.rfind(R"({"format":1,)", 0), 0u) << json;
  EXPECT_EQ(reason(replaced(json, R"("format":1,)", "")), "accepted") << "older than the field";
  EXPECT_EQ(reason(replaced(json, R"("format":1)", R"("format":2)")),
            "report: format: is 2; this release of Heddle reads format 1");
  EXPECT_EQ(reason(replaced(json, R"("format":1)", R"("format":"x")")),
            "report: format: expected an integer");
  EXPECT_EQ(reason(replaced(json, R"("format":1)", R"("format":1,"later":[])")), "accepted");
}

TEST(Json, keeps_every_field_of_a_finding) {
  const Report report = report_from_json(to_json(example(), 2));
  ASSERT_EQ(report.findings.size(), 2u);
  const Finding& finding = report.findings[0];
  const Finding expected = example().findings[0];
  EXPECT_EQ(finding.kind, expected.kind);
  EXPECT_EQ(finding.cause, expected.cause);
  EXPECT_EQ(finding.message, expected.message);
  EXPECT_EQ(finding.token, expected.token);
  EXPECT_EQ(finding.outcome, expected.outcome);
  ASSERT_EQ(finding.participants.size(), 2u);
  EXPECT_EQ(finding.participants[0].thread, "T1");
  EXPECT_EQ(finding.participants[0].what, "waits");
  ASSERT_EQ(finding.trace.size(), 2u);
  const TraceStep& step = finding.trace[0];
  EXPECT_EQ(step.thread + step.what + step.object + step.value + step.note, "T1storecounter1race");
  EXPECT_EQ(step.reads_from, 3);
  EXPECT_TRUE(step.important);
  ASSERT_EQ(step.stack.size(), 2u);
  EXPECT_EQ(step.stack[0].address, 0xffffffffffffffff);
  EXPECT_EQ(step.stack[0].function, "add(int)");
  EXPECT_EQ(step.stack[0].file, "counter.cc");
  EXPECT_EQ(step.stack[0].line, 12u);
  EXPECT_EQ(step.stack[0].module, "counter");
  EXPECT_EQ(finding.trace[1].reads_from, -1);
  EXPECT_FALSE(finding.trace[1].important);
}

TEST(Json, one_line_or_indented) {
  EXPECT_EQ(to_json(example()).find('\n'), std::string::npos);
  EXPECT_NE(to_json(example(), 2).find("\n  \"verdict\": \"bug\""), std::string::npos);
}

TEST(Json, text_that_is_no_utf_8_does_not_throw) {
  Report report;
  report.warnings = {"\xff\xfe"};
  EXPECT_NO_THROW(report_from_json(to_json(report)));
}

TEST(Json, says_what_is_wrong_and_where) {
  const std::string good = to_json(example());
  EXPECT_EQ(reason(good), "accepted");
  EXPECT_NE(reason("{").find("not JSON"), std::string::npos);
  EXPECT_EQ(reason("[]"), "report: document: expected an object");
  EXPECT_EQ(reason("{}"), "report: verdict: is missing");
  EXPECT_EQ(reason(replaced(good, "\"bug\"", "\"buggy\"")),
            "report: verdict: unknown name \"buggy\"");
  EXPECT_EQ(reason(replaced(good, "\"blocked\":2", "\"blocked\":-2")),
            "report: blocked: out of range");
  EXPECT_EQ(reason(replaced(good, "\"blocked\":2", "\"blocked\":2.5")),
            "report: blocked: expected an integer");
  EXPECT_EQ(reason(replaced(good, "\"line\":12", "\"line\":4294967296")),
            "report: findings[0].participants[0].stack[0].line: out of range");
  EXPECT_EQ(reason(replaced(good, "\"reads_from\":3", "\"reads_from\":9223372036854775808")),
            "report: findings[0].trace[0].reads_from: out of range");
  EXPECT_EQ(reason(replaced(good, "\"bounds\":[\"one\"]", "\"bounds\":{}")),
            "report: bounds: expected a list");
  EXPECT_EQ(reason(replaced(good, "\"two\"", "2")), "report: assumptions[0]: expected a string");
}

}  // namespace
}  // namespace heddle
