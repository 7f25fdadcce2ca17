// SPDX-License-Identifier: Apache-2.0
// Reads results, and looks at what they lack.
#include "tools/old_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMostNames = 5;

std::string read_text(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw UsageError(fmt::format("cannot read {}: it is a folder", path));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw UsageError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

Report report_of(const std::string& text, const std::string& path) {
  try {
    return report_from_json(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{}: {}", path, error.what()));
  }
}

std::vector<ReportEntry> entries_of(const Json& all, const std::string& path) {
  std::vector<ReportEntry> entries;
  try {
    for (const Json& one : all.at("entries")) {
      ReportEntry& entry = entries.emplace_back();
      entry.suite = one.at("suite").get<std::string>();
      entry.name = one.at("name").get<std::string>();
      entry.report = report_of(one.at("report").dump(), path);
      const bool found = entry.report.verdict == Verdict::kBug;
      entry.is_expected = found && !one.at("failed").get<bool>();
    }
  } catch (const Json::exception& error) {
    throw UsageError(fmt::format("{}: {}", path, error.what()));
  }
  return entries;
}

/// "a.cc, b.cc and 3 more".
std::string some_of(const std::set<std::string>& names) {
  std::vector<std::string> shown(names.begin(), names.end());
  const std::size_t more = shown.size() - std::min(shown.size(), kMostNames);
  shown.resize(shown.size() - more);
  return fmt::format("{}{}", fmt::join(shown, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

bool has_several_threads(const std::vector<TraceStep>& trace) {
  return std::any_of(trace.begin(), trace.end(),
                     [&](const TraceStep& step) { return step.thread != trace[0].thread; });
}

/// Of a trace of several threads some step happens after one of another thread: its start.
bool lacks_order(const std::vector<TraceStep>& trace) {
  return has_several_threads(trace) &&
         std::all_of(trace.begin(), trace.end(),
                     [](const TraceStep& step) { return step.happens_after.empty(); });
}

void look_at_sources(const Report& report, const std::string& written,
                     std::vector<std::string>* missing) {
  std::set<std::string> files;
  for (const Finding& finding : report.findings) {
    for (const TraceStep& step : finding.trace) {
      for (const Frame& frame : step.stack) {
        files.insert(frame.file);
      }
    }
  }
  files.erase("");
  std::error_code error;
  const fs::file_time_type then = fs::last_write_time(written, error);
  std::set<std::string> gone;
  std::set<std::string> newer;
  for (const std::string& file : files) {
    const std::string name = fs::path(file).filename().string();
    std::error_code unknown;
    if (!fs::is_regular_file(file, unknown)) {
      gone.insert(name);
    } else if (!error && fs::last_write_time(file, unknown) > then && !unknown) {
      newer.insert(name);
    }
  }
  if (!gone.empty()) {
    missing->push_back(fmt::format("the source of {}: it cannot be read here", some_of(gone)));
  }
  if (!newer.empty()) {
    missing->push_back(
        fmt::format("the source of {} as it was: it has changed since, so lines may be others",
                    some_of(newer)));
  }
}

}  // namespace

Report read_report(const std::string& path) { return report_of(read_text(path), path); }

std::vector<ReportEntry> read_results(const std::string& path) {
  const std::string text = read_text(path);
  const Json all = Json::parse(text, nullptr, false);
  if (all.is_object() && all.contains("entries")) {
    return entries_of(all, path);
  }
  if (all.is_object() && all.contains("exhibits")) {
    throw UsageError(fmt::format(
        "{} has the gallery's verdicts only, without executions; heddle gallery run --report "
        "json:FILE writes all of it",
        path));
  }
  ReportEntry entry;
  entry.name = fs::path(path).filename().string();
  entry.report = report_of(text, path);
  return {std::move(entry)};
}

std::vector<std::string> what_is_missing(const Report& report, const std::string& written) {
  std::size_t traces = 0;
  std::size_t orders = 0;
  std::size_t decisions = 0;
  for (const Finding& finding : report.findings) {
    traces += finding.trace.empty() ? 1 : 0;
    orders += lacks_order(finding.trace) ? 1 : 0;
    decisions += !finding.trace.empty() && finding.decision == Decision{} ? 1 : 0;
  }
  std::vector<std::string> missing;
  const auto say = [&](std::size_t count, const char* what) {
    if (count != 0) {
      missing.push_back(fmt::format("{} of {} finding{}", what, count, count == 1 ? "" : "s"));
    }
  };
  say(traces, "the execution, so the timeline,");
  say(orders,
      "what happens before what and which write comes before which (an older Heddle wrote this), "
      "so "
      "these arrows,");
  say(decisions, "what decides it, so no passing execution beside it,");
  look_at_sources(report, written, &missing);
  return missing;
}

}  // namespace heddle::tools
