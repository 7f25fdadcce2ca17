// SPDX-License-Identifier: Apache-2.0
// Explores each program of the table, compares the report with what is expected, and replays every
// finding. An argument selects the tests whose names contain it.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/doors/support/door_test.h"

namespace door_tests {

std::vector<DoorTest>& all_tests() {
  static std::vector<DoorTest> tests;
  return tests;
}

Registration::Registration(DoorTest test) { all_tests().push_back(std::move(test)); }

namespace {

bool contains(const auto& values, const auto& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// What is wrong with the report; empty if it is as expected.
std::string compare(const Expectation& expected, const heddle::Report& report) {
  if (!contains(expected.verdicts, report.verdict)) {
    return "verdict " + std::string(to_string(report.verdict));
  }
  if (!expected.kinds.empty() && report.findings.empty()) {
    return "no finding";
  }
  for (const heddle::Finding& finding : report.findings) {
    if (!contains(expected.kinds, finding.kind)) {
      return "finding " + std::string(to_string(finding.kind));
    }
    if (expected.cause != heddle::DeadlockCause::kNone && expected.cause != finding.cause) {
      return "cause " + std::string(to_string(finding.cause));
    }
  }
  if (expected.executions != 0 && expected.executions != report.executions) {
    return std::to_string(report.executions) + " executions instead of " +
           std::to_string(expected.executions);
  }
  return report.executions == 0 ? "no execution" : "";
}

std::string replay_all(const DoorTest& test, const heddle::Report& report) {
  for (const heddle::Finding& finding : report.findings) {
    const heddle::Report again = heddle::replay(finding.token, test.body, test.expectation.options);
    const bool same =
        std::any_of(again.findings.begin(), again.findings.end(),
                    [&](const heddle::Finding& other) { return other.kind == finding.kind; });
    if (!same || again.executions != 1) {
      return "the token of " + std::string(to_string(finding.kind)) + " does not replay it";
    }
  }
  return {};
}

/// Runs one test; false if it failed.
bool run(const DoorTest& test) {
  std::string problem;
  std::string text;
  try {
    const heddle::Report report = heddle::explore(test.body, test.expectation.options);
    text = heddle::to_text(report);
    problem = compare(test.expectation, report);
    if (problem.empty()) {
      problem = replay_all(test, report);
    }
  } catch (const std::exception& exception) {
    problem = exception.what();
  }
  if (!problem.empty()) {
    std::printf("FAILED %s: %s\n%s\n", test.name, problem.c_str(), text.c_str());
  }
  return problem.empty();
}

}  // namespace
}  // namespace door_tests

int main(int count, char** arguments) {
  const std::string filter = count > 1 ? arguments[1] : "";
  int passed = 0;
  int failed = 0;
  for (const door_tests::DoorTest& test : door_tests::all_tests()) {
    if (std::string(test.name).find(filter) != std::string::npos) {
      ++(door_tests::run(test) ? passed : failed);
      std::fflush(stdout);
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
