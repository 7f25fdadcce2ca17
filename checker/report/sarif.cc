// SPDX-License-Identifier: Apache-2.0
// SARIF 2.1.0 (OASIS standard, 27 March 2020). One run holds all entries.
//
// The failing execution is there twice, because readers differ. The first code flow has one thread
// flow with all steps in the order in which they were taken, which is what code-scanning pages
// list; the second has a thread flow for each thread, as the standard means it (section 3.36),
// joined by executionOrder. Findings of one cause are one result with occurrenceCount.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checker/report/entries.h"
#include "checker/report/frames.h"
#include "checker/report/grouped.h"
#include "checker/report/sarif_rules.h"
#include "checker/report/source_root.h"
#include "checker/report/utf8.h"
#include "heddle/explain.h"
#include "heddle/report_files.h"

namespace heddle {
namespace {

using Json = nlohmann::ordered_json;
using report::FindingGroup;

/// Pages show a thousand steps at most; longer executions are cut to those that matter, then to
/// their end.
constexpr std::size_t kMostSteps = 1000;

Json message(const std::string& text) { return {{"text", text.empty() ? "(nothing)" : text}}; }

class SarifWriter {
 public:
  explicit SarifWriter(const std::string& root) : root_(root) {}

  Json log(const std::vector<ReportEntry>& entries) {
    Json results = Json::array();
    Json invocations = Json::array();
    for (const ReportEntry& entry : entries) {
      for (const FindingGroup& group : report::grouped(entry.report.findings)) {
        results.push_back(result(entry, group));
      }
      invocations.push_back(invocation(entry));
    }
    Json run = {{"tool", {{"driver", driver()}}},
                {"originalUriBaseIds",
                 {{"SRCROOT", {{"description", message("The folder of the sources.")}}}}},
                {"invocations", invocations},
                {"results", results}};
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({run})}};
  }

 private:
  static Json driver() {
    Json list = Json::array();
    for (const report::Rule& rule : report::rules()) {
      const std::string help(rule.help);
      list.push_back(
          {{"id", std::string(to_string(rule.kind))},
           {"name", std::string(rule.name)},
           {"shortDescription", message(std::string(rule.title))},
           {"fullDescription", message(std::string(rule.title) + " " + help)},
           {"help", {{"text", help}, {"markdown", help}}},
           {"defaultConfiguration", {{"level", rule.is_error ? "error" : "warning"}}},
           {"properties", {{"tags", {"concurrency", "correctness"}}, {"precision", "very-high"}}}});
    }
    return {{"name", "Heddle"}, {"semanticVersion", HEDDLE_VERSION}, {"rules", list}};
  }

  static Json invocation(const ReportEntry& entry) {
    const Report& report = entry.report;
    Json notes = Json::array();
    const auto note = [&](const char* level, const std::string& text) {
      notes.push_back(
          {{"level", level}, {"message", message(report::title_of(entry) + ": " + text)}});
    };
    if (report.verdict == Verdict::kIncomplete) {
      note("warning", report::why_incomplete(report));
    } else if (report.executions == 0 && report.states == 0) {
      note("error", "nothing was explored");
    }
    for (const std::string& bound : report.bounds) {
      note("note", "within the bound: " + bound);
    }
    for (const std::string& warning : report.warnings) {
      note("warning", warning);
    }
    for (const std::string& complaint : entry.complaints) {
      note("error", complaint);
    }
    return {{"executionSuccessful", report.verdict != Verdict::kInternalError},
            {"toolExecutionNotifications", notes},
            {"properties",
             {{"suite", entry.suite},
              {"name", entry.name},
              {"verdict", std::string(to_string(report.verdict))},
              {"model", report.model},
              {"search", report.search},
              {"executions", report.executions},
              {"states", report.states},
              {"complete", report.complete},
              {"assumptions", report.assumptions}}}};
  }

  Json result(const ReportEntry& entry, const FindingGroup& group) {
    const Finding& finding = entry.report.findings[group.first];
    const auto rule = static_cast<std::size_t>(finding.kind);
    std::string replay;
    if (group.first < entry.replays.size()) {
      replay = entry.replays[group.first];
    }
    Json json = {{"ruleId", std::string(to_string(finding.kind))},
                 {"ruleIndex", rule},
                 {"level", report::rules()[rule].is_error ? "error" : "warning"},
                 {"message", message(words(finding, entry, replay))},
                 {"locations", Json::array()},
                 {"partialFingerprints", {{"heddleCause/v1", report::fingerprint(finding)}}},
                 {"occurrenceCount", group.count}};
    if (const Frame* frame = report::main_frame(finding)) {
      json["locations"].push_back(location(*frame, ""));
    }
    add_participants(json, finding);
    add_code_flows(json, finding);
    if (entry.is_expected && entry.complaints.empty()) {
      json["suppressions"] = Json::array(
          {{{"kind", "inSource"}, {"justification", "The program is declared to have this bug."}}});
    }
    json["properties"] = {{"suite", entry.suite}, {"name", entry.name}, {"token", finding.token}};
    if (finding.cause != DeadlockCause::kNone) {
      json["properties"]["cause"] = std::string(to_string(finding.cause));
    }
    if (!replay.empty()) {
      json["properties"]["replay"] = replay;
    }
    return json;
  }

  static std::string words(const Finding& finding, const ReportEntry& entry,
                           const std::string& replay) {
    std::string kind(to_string(finding.kind));
    std::replace(kind.begin(), kind.end(), '_', ' ');
    if (finding.cause != DeadlockCause::kNone) {
      std::string cause(to_string(finding.cause));
      std::replace(cause.begin(), cause.end(), '_', ' ');
      kind += fmt::format(" ({})", cause);
    }
    std::string text =
        finding.message.empty() ? kind : fmt::format("{}: {}", kind, finding.message);
    const auto add = [&](const char* name, const std::string& sentence) {
      text += sentence.empty() ? "" : fmt::format("\n{}: {}", name, sentence);
    };
    add("What went wrong", what_went_wrong(finding));
    add("What decides it", finding.decision.message);
    add("What would fix it", what_would_fix(finding));
    text += fmt::format("\nFound in {}.", report::title_of(entry));
    text += replay.empty() ? "" : fmt::format("\nTo see this execution again: {}", replay);
    return text;
  }

  void add_participants(Json& json, const Finding& finding) {
    Json related = Json::array();
    Json stacks = Json::array();
    for (const Participant& participant : finding.participants) {
      const std::string text = participant.thread + " " + participant.what;
      if (const Frame* frame = report::user_frame(participant.stack);
          frame != nullptr && frame->line != 0) {
        related.push_back(location(*frame, text));
        related.back()["id"] = related.size();
      }
      Json frames = Json::array();
      for (const Frame& frame : participant.stack) {
        frames.push_back(stack_frame(frame));
      }
      if (!frames.empty()) {
        stacks.push_back({{"message", message(text)}, {"frames", frames}});
      }
    }
    if (!related.empty()) {
      json["relatedLocations"] = related;
    }
    if (!stacks.empty()) {
      json["stacks"] = stacks;
    }
  }

  Json stack_frame(const Frame& frame) {
    Json json = {{"location", location(frame, "")}};
    if (!frame.module.empty()) {
      json["module"] = std::string(report::short_file(frame.module));
    }
    return json;
  }

  /// Without a file what is known by name, and where in which module.
  Json location(const Frame& frame, const std::string& text) {
    Json json = Json::object();
    if (!frame.file.empty()) {
      const std::string path = report::relative_to(root_, frame.file);
      Json artifact = {{"uri", report::uri_of(path)}};
      if (!path.starts_with('/')) {
        artifact["uriBaseId"] = "SRCROOT";
      }
      json["physicalLocation"] = {{"artifactLocation", artifact}};
      if (frame.line != 0) {
        json["physicalLocation"]["region"] = {{"startLine", frame.line}};
      }
    } else if (frame.offset != 0 && !frame.module.empty()) {
      json["physicalLocation"] = {
          {"address", {{"fullyQualifiedName", report::place(frame)}, {"kind", "instruction"}}}};
    }
    if (!frame.function.empty()) {
      json["logicalLocations"] =
          Json::array({{{"fullyQualifiedName", frame.function}, {"kind", "function"}}});
    }
    if (!text.empty()) {
      json["message"] = message(text);
    }
    return json;
  }

  void add_code_flows(Json& json, const Finding& finding) {
    const std::vector<std::size_t> shown = steps_to_show(finding.trace);
    if (shown.empty()) {
      return;
    }
    Json schedule = Json::array();
    std::vector<std::string> threads;  // In order of appearance.
    std::map<std::string, Json> flows;
    for (const std::size_t i : shown) {
      const TraceStep& step = finding.trace[i];
      schedule.push_back(flow_step(finding, i, step.thread + ": "));
      if (flows.find(step.thread) == flows.end()) {
        threads.push_back(step.thread);
        flows[step.thread] = Json::array();
      }
      flows[step.thread].push_back(flow_step(finding, i, ""));
    }
    const std::size_t hidden = finding.trace.size() - shown.size();
    const std::string some = hidden == 0 ? "" : fmt::format(" ({} steps are left out)", hidden);
    json["codeFlows"] = Json::array(
        {{{"message", message("The failing execution, step by step" + some)},
          {"threadFlows", Json::array({{{"id", "schedule"}, {"locations", schedule}}})}}});
    if (threads.size() > 1) {
      Json list = Json::array();
      for (const std::string& thread : threads) {
        list.push_back({{"id", thread}, {"locations", flows[thread]}});
      }
      json["codeFlows"].push_back(
          {{"message", message("The same, thread by thread" + some)}, {"threadFlows", list}});
    }
  }

  static std::vector<std::size_t> steps_to_show(const std::vector<TraceStep>& trace) {
    std::vector<std::size_t> shown;
    const bool all = trace.size() <= kMostSteps;
    for (std::size_t i = 0; i < trace.size(); ++i) {
      if (all || trace[i].important) {
        shown.push_back(i);
      }
    }
    if (shown.size() > kMostSteps) {
      shown.erase(shown.begin(), shown.end() - kMostSteps);
    }
    return shown;
  }

  /// Where a step was; for one without a source line, such as the start of a thread, where its
  /// thread was before, or will be next: pages do not show a step without a place.
  static Frame place_of(const std::vector<TraceStep>& trace, std::size_t index) {
    const auto place = [&](std::size_t i) -> const Frame* {
      const Frame* frame = report::user_frame(trace[i].stack);
      const bool is_its = trace[i].thread == trace[index].thread;
      return is_its && frame != nullptr && !frame->file.empty() ? frame : nullptr;
    };
    for (std::size_t i = index + 1; i-- > 0;) {
      if (const Frame* frame = place(i)) {
        return *frame;
      }
    }
    for (std::size_t i = index + 1; i < trace.size(); ++i) {
      if (const Frame* frame = place(i)) {
        return *frame;
      }
    }
    const Frame* own = report::user_frame(trace[index].stack);
    return own != nullptr ? *own : Frame{};
  }

  Json flow_step(const Finding& finding, std::size_t index, const std::string& prefix) {
    const TraceStep& step = finding.trace[index];
    std::string text = prefix + step.what;
    text += step.object.empty() ? "" : " " + step.object;
    text += step.value.empty() ? "" : (step.object.empty() ? ": " : " = ") + step.value;
    text += step.note.empty() ? "" : " (" + step.note + ")";
    if (finding.cycle_from >= 0 && static_cast<std::size_t>(finding.cycle_from) == index) {
      text += " (from here on the steps repeat for ever)";
    }
    Json json = {{"location", location(place_of(finding.trace, index), text)},
                 {"executionOrder", index + 1},
                 {"importance", step.important ? "essential" : "unimportant"}};
    if (!step.object.empty() && !step.value.empty()) {
      json["state"] = {{report::valid_utf8(step.object), message(step.value)}};
    }
    return json;
  }

  std::string root_;
};

}  // namespace

std::string to_sarif(const std::vector<ReportEntry>& entries, const std::string& source_root) {
  return SarifWriter(source_root).log(entries).dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace heddle
