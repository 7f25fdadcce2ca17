// SPDX-License-Identifier: Apache-2.0
// JUnit XML, in the form that CI services have agreed upon: test suites of test cases, each with at
// most one failure or error.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checker/report/entries.h"
#include "checker/report/grouped.h"
#include "checker/report/source_root.h"
#include "checker/report/utf8.h"
#include "heddle/report_files.h"

namespace heddle {
namespace {

/// Attribute values: line breaks and tabs would become spaces.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : report::valid_utf8(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\n':
        result += "&#10;";
        break;
      case '\t':
        result += "&#9;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// The text of an element, lines and all. U+FFFE and U+FFFF are no characters of XML.
std::string character_data(std::string text) {
  text = report::valid_utf8(text);
  for (const std::string_view from : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
      text.replace(at, from.size(), "\xef\xbf\xbd");
    }
  }
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return result;
}

/// What has gone wrong with an entry that has failed.
struct Problem {
  const char* element = "failure";  ///< "error": nothing was decided.
  std::string type;
  std::string message;
};

Problem problem_of(const ReportEntry& entry) {
  const Report& report = entry.report;
  if (report.verdict == Verdict::kInternalError) {
    return {"error", "internal_error",
            report.warnings.empty() ? "Heddle itself failed" : report.warnings.front()};
  }
  if (!entry.complaints.empty()) {
    return {"failure", "not_as_declared", fmt::format("{}", fmt::join(entry.complaints, "; "))};
  }
  if (report.verdict == Verdict::kBug && !report.findings.empty()) {
    const Finding& finding = report.findings.front();
    const std::size_t others = report::grouped(report.findings).size() - 1;
    return {"failure", std::string(to_string(finding.kind)),
            finding.message + (others == 0 ? "" : fmt::format(" (and {} more)", others))};
  }
  if (report.executions == 0 && report.states == 0) {
    return {"error", "nothing_explored", "nothing was explored, so nothing is proved"};
  }
  return {"error", std::string(to_string(report.verdict)), report::why_incomplete(report)};
}

struct Count {
  unsigned tests = 0;
  unsigned failures = 0;
  unsigned errors = 0;
  double seconds = 0;

  void add(const ReportEntry& entry) {
    const bool failed = has_failed(entry);
    const bool is_error = failed && problem_of(entry).element == std::string_view("error");
    tests += 1;
    failures += failed && !is_error ? 1 : 0;
    errors += is_error ? 1 : 0;
    seconds += entry.report.seconds;
  }
  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" time="{:.3f}")", tests, failures,
                       errors, seconds);
  }
};

std::string class_name(const ReportEntry& entry) {
  std::string name = entry.suite.empty() ? "heddle" : entry.suite;
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

std::string properties(const Report& report) {
  const auto property = [](std::string_view name, const auto& value) {
    return fmt::format("        <property name=\"heddle.{}\" value=\"{}\"/>\n", name,
                       escaped(fmt::format("{}", value)));
  };
  std::string text = "      <properties>\n";
  text += property("verdict", to_string(report.verdict));
  text += property("model", report.model);
  text += property("search", report.search);
  text += property("executions", report.executions);
  text += report.states == 0 ? "" : property("states", report.states);
  text += property("complete", report.complete);
  for (const std::string& bound : report.bounds) {
    text += property("bound", bound);
  }
  return text + "      </properties>\n";
}

std::string test_case(const ReportEntry& entry, const std::string& source_root) {
  const Finding* finding = entry.report.findings.empty() ? nullptr : &entry.report.findings.front();
  const Frame* frame = finding == nullptr ? nullptr : report::main_frame(*finding);
  std::string text =
      fmt::format(R"(    <testcase classname="{}" name="{}" time="{:.3f}")",
                  escaped(class_name(entry)), escaped(entry.name), entry.report.seconds);
  if (frame != nullptr) {
    text += fmt::format(R"( file="{}" line="{}")",
                        escaped(report::relative_to(source_root, frame->file)), frame->line);
  }
  text += ">\n" + properties(entry.report);
  const std::string shown = character_data(render(ReportForm::kText, {entry}));
  if (has_failed(entry)) {
    const Problem problem = problem_of(entry);
    text += fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", problem.element,
                        escaped(problem.type), escaped(problem.message), shown);
  } else {
    text += fmt::format("      <system-out>{}</system-out>\n", shown);
  }
  return text + "    </testcase>\n";
}

}  // namespace

std::string to_junit(const std::vector<ReportEntry>& entries, const std::string& source_root) {
  std::vector<std::string> suites;  // In order of appearance.
  std::map<std::string, std::string> cases;
  std::map<std::string, Count> counts;
  Count all;
  for (const ReportEntry& entry : entries) {
    const std::string suite = class_name(entry);
    if (counts.find(suite) == counts.end()) {
      suites.push_back(suite);
    }
    all.add(entry);
    counts[suite].add(entry);
    cases[suite] += test_case(entry, source_root);
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"heddle\" {}>\n", all.attributes());
  for (const std::string& suite : suites) {
    text += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", escaped(suite),
                        counts[suite].attributes(), cases[suite]);
  }
  return text + "</testsuites>\n";
}

}  // namespace heddle
