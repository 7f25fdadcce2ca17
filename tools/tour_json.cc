// SPDX-License-Identifier: Apache-2.0
// Chapters of the tour as JSON.
#include <nlohmann/json.hpp>

#include "tools/tour_steps.h"
#include "tools/version.h"

namespace heddle::tools {
namespace {

using json = nlohmann::ordered_json;

std::string dumped(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

json table_entry(const MeasuredTable& table) {
  json rows = json::array();
  for (const MeasuredRow& row : table.rows) {
    rows.push_back({{"name", row.name}, {"values", row.values}, {"exhibit", row.exhibit}});
  }
  return {{"title", table.title},
          {"unit", table.unit},
          {"more_is_better", table.more_is_better},
          {"columns", table.columns},
          {"rows", rows}};
}

json variant_entry(const ExploredVariant& explored) {
  const VariantResult& result = explored.result;
  const VariantInfo& variant = *result.selected.variant;
  json report = json::parse(to_json(result.report));
  return {{"exhibit", result.selected.exhibit->full_name()},
          {"variant", variant.name},
          {"is_bug", variant.is_bug()},
          {"adds", variant.adds},
          {"primitive", variant.primitive},
          {"as_declared", result.as_declared()},
          {"report", std::move(report)},
          {"outcome_fails", explored.outcome_fails}};
}

json step_entry(const TourStep& step, const StepResult* result) {
  json entry = {{"kind", step.kind_name},
                {"subject", step.subject},
                {"title", step.title},
                {"watch", step.watch},
                {"go_on", step.go_on}};
  if (result == nullptr) {
    return entry;
  }
  if (step.kind == StepKind::kMeasure) {
    for (const MeasuredTable& table : result->tables) {
      entry["tables"].push_back(table_entry(table));
    }
    return entry;
  }
  for (const ExploredVariant& variant : result->variants) {
    entry["variants"].push_back(variant_entry(variant));
  }
  for (const Replayed& replay : result->replays) {
    entry["replays"].push_back(
        {{"found", replay.found}, {"steps", replay.steps}, {"same", replay.same}});
  }
  return entry;
}

json chapter_entry(const Tour& tour, std::size_t number, const std::vector<StepResult>& results) {
  const TourChapter& chapter = tour.chapters[number];
  json steps = json::array();
  for (std::size_t i = 0; i < chapter.steps.size(); ++i) {
    steps.push_back(step_entry(chapter.steps[i], i < results.size() ? &results[i] : nullptr));
  }
  const auto name_at = [&](bool exists, std::size_t index) {
    return exists ? json(tour.chapters[index].name) : json(nullptr);
  };
  return {{"number", number + 1},
          {"name", chapter.name},
          {"title", chapter.title},
          {"text", chapter.text},
          {"previous", name_at(number > 0, number - 1)},
          {"next", name_at(number + 1 < tour.chapters.size(), number + 1)},
          {"steps", steps}};
}

}  // namespace

std::string chapter_json(const Tour& tour, std::size_t chapter,
                         const std::vector<StepResult>& results) {
  return dumped({{"heddle", kVersion}, {"chapters", {chapter_entry(tour, chapter, results)}}});
}

std::string tour_json(const Tour& tour) {
  json chapters = json::array();
  for (std::size_t i = 0; i < tour.chapters.size(); ++i) {
    chapters.push_back(chapter_entry(tour, i, {}));
  }
  return dumped({{"heddle", kVersion}, {"chapters", chapters}});
}

std::string tables_json(const std::vector<MeasuredTable>& tables) {
  json entries = json::array();
  for (const MeasuredTable& table : tables) {
    entries.push_back(table_entry(table));
  }
  return dumped({{"heddle", kVersion}, {"tables", entries}});
}

}  // namespace heddle::tools
