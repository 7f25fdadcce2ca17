// SPDX-License-Identifier: Apache-2.0
// Builds the JSON with nlohmann-json, and the entries.
#include "tools/results_json.h"

#include <nlohmann/json.hpp>

#include "tools/version.h"

namespace heddle::tools {
namespace {

using json = nlohmann::ordered_json;

template <class Enumerator>
json names(const std::vector<Enumerator>& values) {
  json array = json::array();
  for (const Enumerator value : values) {
    array.push_back(std::string(to_string(value)));
  }
  return array;
}

json findings(const VariantResult& result) {
  json array = json::array();
  for (const Finding& finding : result.report.findings) {
    array.push_back({{"kind", std::string(to_string(finding.kind))},
                     {"cause", std::string(to_string(finding.cause))},
                     {"message", finding.message},
                     {"token", gallery_token(result.selected, finding.token)}});
  }
  return array;
}

json wait_bounds(const Report& report) {
  json array = json::array();
  for (const WaitBound& wait : report.wait_bounds) {
    array.push_back({{"object", wait.object},
                     {"thread", wait.thread},
                     {"bounded", wait.bounded},
                     {"bypasses", wait.bypasses},
                     {"steps_bounded", wait.steps_bounded},
                     {"steps", wait.steps}});
  }
  return array;
}

json tsan(const VariantResult& result) {
  if (!result.tsan_asked) {
    return nullptr;
  }
  json reports = json::array();
  for (const auto& [kind, runs] : result.tsan.reports) {
    reports.push_back({{"kind", kind}, {"runs", runs}});
  }
  return {{"runs", result.tsan.runs},
          {"reports", reports},
          {"hung", result.tsan.hung},
          {"expected", result.selected.variant->tsan},
          {"problem", result.tsan.problem}};
}

json entry(const VariantResult& result) {
  const VariantInfo& variant = *result.selected.variant;
  const Report& report = result.report;
  return {{"class", result.selected.exhibit->klass},
          {"name", result.selected.exhibit->name},
          {"variant", variant.name},
          {"declared",
           {{"verdict", std::string(to_string(variant.verdict))},
            {"kinds", names(variant.kinds)},
            {"causes", names(variant.causes)},
            {"sc_executions", variant.sc_executions},
            {"waits", variant.waits},
            {"bypasses", variant.bypasses},
            {"deadline", variant.deadline},
            {"late", variant.late}}},
          {"verdict", std::string(to_string(report.verdict))},
          {"late", is_late(variant, report)},
          {"as_declared", result.as_declared()},
          {"deviations", result.deviations},
          {"findings", findings(result)},
          {"bounds", report.bounds},
          {"warnings", report.warnings},
          {"search", report.search},
          {"states", report.states},
          {"wait_bounds", wait_bounds(report)},
          {"executions", report.executions},
          {"deadlocked", report.deadlocked},
          {"blocked", report.blocked},
          {"complete", report.complete},
          {"seconds", report.seconds},
          {"tsan", tsan(result)}};
}

}  // namespace

std::string results_to_json(const std::vector<VariantResult>& results, const std::string& model) {
  json exhibits = json::array();
  for (const VariantResult& result : results) {
    exhibits.push_back(entry(result));
  }
  const json all = {{"heddle", kVersion}, {"model", model}, {"exhibits", exhibits}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::vector<ReportEntry> entries_of(const std::vector<VariantResult>& results) {
  std::vector<ReportEntry> entries;
  for (const VariantResult& result : results) {
    ReportEntry entry;
    entry.suite = result.selected.exhibit->full_name();
    entry.name = result.selected.variant->name;
    entry.report = result.report;
    entry.complaints = result.deviations;
    entry.is_expected = true;
    entry.accepts_incomplete = true;
    for (const Finding& finding : result.report.findings) {
      entry.replays.push_back("heddle replay " + gallery_token(result.selected, finding.token));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace heddle::tools
