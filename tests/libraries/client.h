// SPDX-License-Identifier: Apache-2.0
// What the clients share: each explores bodies and prints one row of the table for each.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "heddle/heddle.h"
#include "heddle/parse_options.h"

/// Explores `body` and prints a row: name, executions, attempts that came to nothing, verdict,
/// seconds; below it what was found. Races do not end the search: what they lead to is explored.
/// What is found is the result, whatever it is. HEDDLE_LIBRARIES_FULL: with the whole report.
inline void client(const char* name, const std::function<void()>& body) {
  heddle::Options options;
  options.limits.seconds = 20;
  options.after_race = heddle::AfterRace::kPromote;
  heddle::parse_options_of_environment(options);
  const heddle::Report report = heddle::explore(body, options);
  const std::string verdict(heddle::to_string(report.verdict));
  std::printf("%-46s %8llu %8llu  %-10s %6.2f\n", name,
              static_cast<unsigned long long>(report.executions),
              static_cast<unsigned long long>(report.blocked), verdict.c_str(), report.seconds);
  for (const heddle::Finding& finding : report.findings) {
    const std::string kind(heddle::to_string(finding.kind));
    std::printf("    %s: %s\n", kind.c_str(), finding.message.c_str());
  }
  for (const std::string& warning : report.warnings) {
    std::printf("    %s\n", warning.c_str());
  }
  if (std::getenv("HEDDLE_LIBRARIES_FULL") != nullptr) {
    std::fputs(heddle::to_text(report).c_str(), stdout);
  }
  std::fflush(stdout);
}
