// SPDX-License-Identifier: Apache-2.0
// Writes every field of bugs/exhibit.h except the bodies.
#include "bugs/run_explored_list.h"

#include <nlohmann/json.hpp>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace bugs {
namespace {

using json = nlohmann::ordered_json;

template <class Enumerator>
json names(const std::vector<Enumerator>& values) {
  json array = json::array();
  for (const Enumerator value : values) {
    array.push_back(std::string(heddle::to_string(value)));
  }
  return array;
}

const char* waits_name(Waits waits) {
  switch (waits) {
    case Waits::kBounded:
      return "bounded";
    case Waits::kUnbounded:
      return "unbounded";
    case Waits::kAny:
      break;
  }
  return "any";
}

json variant_entry(const Variant& variant) {
  return {{"name", variant.name},
          {"verdict", std::string(heddle::to_string(variant.verdict))},
          {"kinds", names(variant.kinds)},
          {"causes", names(variant.causes)},
          {"adds", variant.adds},
          {"primitive", variant.primitive},
          {"sc_executions", variant.sc_executions},
          {"waits", waits_name(variant.waits)},
          {"bypasses", variant.bypasses},
          {"deadline", variant.deadline},
          {"late", variant.late},
          {"tsan", variant.tsan},
          {"tsan_certain", variant.tsan_certain}};
}

json options_entry(const heddle::Options& options) {
  const bool cycles = options.search == heddle::SearchKind::kCycles;
  return {{"search", cycles ? "cycles" : "exhaustive"},
          {"failed_rounds", options.bounds.failed_rounds},
          {"try_lock_rounds", options.bounds.try_lock_rounds},
          {"spurious", options.bounds.spurious},
          {"timeouts", options.bounds.timeouts},
          {"spurious_wakeups", options.spurious_wakeups}};
}

json exhibit_entry(const Exhibit& exhibit) {
  json variants = json::array();
  for (const Variant& variant : exhibit.variants) {
    variants.push_back(variant_entry(variant));
  }
  return {{"class", exhibit.klass},
          {"name", exhibit.name},
          {"title", exhibit.title},
          {"story", exhibit.story},
          {"kind", exhibit.kind},
          {"cwe", exhibit.cwe},
          {"origin", exhibit.origin},
          {"threads", exhibit.threads},
          {"tsan_reason", exhibit.tsan_reason},
          {"file", exhibit.file},
          {"options", options_entry(exhibit.options)},
          {"variants", variants}};
}

}  // namespace

std::string list_to_json() {
  json exhibits = json::array();
  for (const Exhibit& exhibit : all()) {
    exhibits.push_back(exhibit_entry(exhibit));
  }
  const json list = {{"heddle", std::string(heddle::version())}, {"exhibits", exhibits}};
  return list.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace bugs
