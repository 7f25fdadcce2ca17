// SPDX-License-Identifier: Apache-2.0
// Parses the list of exhibits and resolves names.
#include "tools/exhibits.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "heddle/nearest_name.h"
#include "tools/errors.h"

namespace heddle::tools {
namespace {

using nlohmann::json;

template <class Enumerator>
Enumerator parse_name(const std::string& name) {
  Enumerator value{};
  if (!parse(name, value)) {
    throw InternalError(fmt::format("the gallery declares \"{}\", which is no known name", name));
  }
  return value;
}

template <class Enumerator>
std::vector<Enumerator> parse_names(const json& names) {
  std::vector<Enumerator> values;
  for (const json& name : names) {
    values.push_back(parse_name<Enumerator>(name.get<std::string>()));
  }
  return values;
}

VariantInfo parse_variant(const json& entry) {
  VariantInfo variant;
  entry.at("name").get_to(variant.name);
  variant.verdict = parse_name<Verdict>(entry.at("verdict").get<std::string>());
  variant.kinds = parse_names<FindingKind>(entry.at("kinds"));
  variant.causes = parse_names<DeadlockCause>(entry.at("causes"));
  entry.at("adds").get_to(variant.adds);
  entry.at("primitive").get_to(variant.primitive);
  entry.at("sc_executions").get_to(variant.sc_executions);
  entry.at("waits").get_to(variant.waits);
  entry.at("bypasses").get_to(variant.bypasses);
  entry.at("deadline").get_to(variant.deadline);
  entry.at("late").get_to(variant.late);
  entry.at("tsan").get_to(variant.tsan);
  entry.at("tsan_certain").get_to(variant.tsan_certain);
  return variant;
}

ExhibitInfo parse_exhibit(const json& entry) {
  ExhibitInfo exhibit;
  entry.at("class").get_to(exhibit.klass);
  entry.at("name").get_to(exhibit.name);
  entry.at("title").get_to(exhibit.title);
  entry.at("story").get_to(exhibit.story);
  entry.at("kind").get_to(exhibit.kind);
  entry.at("cwe").get_to(exhibit.cwe);
  entry.at("origin").get_to(exhibit.origin);
  entry.at("threads").get_to(exhibit.threads);
  entry.at("tsan_reason").get_to(exhibit.tsan_reason);
  entry.at("file").get_to(exhibit.file);
  for (const json& variant : entry.at("variants")) {
    exhibit.variants.push_back(parse_variant(variant));
    exhibit.variants.back().cycles = entry.at("options").at("search") == "cycles";
  }
  return exhibit;
}

/// Every name that `selected` goes by; see select().
std::vector<std::string> names_of(const Selected& selected) {
  const ExhibitInfo& exhibit = *selected.exhibit;
  return {exhibit.klass, exhibit.name, exhibit.full_name(),
          exhibit.name + "/" + selected.variant->name, selected.full_name()};
}

std::vector<Selected> everything(const std::vector<ExhibitInfo>& exhibits) {
  std::vector<Selected> all;
  for (const ExhibitInfo& exhibit : exhibits) {
    for (const VariantInfo& variant : exhibit.variants) {
      all.push_back({&exhibit, &variant});
    }
  }
  return all;
}

[[noreturn]] void refuse(const std::string& what, const std::string& name,
                         const std::vector<std::string>& candidates) {
  const std::optional<std::string> nearest = nearest_name(name, candidates);
  throw UsageError(fmt::format(
      "no {} \"{}\"{}", what, name,
      nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : "; see heddle gallery list"));
}

void check_names(const std::vector<Selected>& all, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Selected& selected : all) {
    for (std::string& name : names_of(selected)) {
      known.push_back(std::move(name));
    }
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      refuse("exhibit", name, known);
    }
  }
}

}  // namespace

std::vector<ExhibitInfo> parse_exhibits(std::string_view text) {
  try {
    std::vector<ExhibitInfo> exhibits;
    const json list = json::parse(text);
    for (const json& entry : list.at("exhibits")) {
      exhibits.push_back(parse_exhibit(entry));
    }
    return exhibits;
  } catch (const json::exception& error) {
    throw InternalError(fmt::format("the gallery's list cannot be read: {}", error.what()));
  }
}

std::vector<Selected> select(const std::vector<ExhibitInfo>& exhibits,
                             const std::vector<std::string>& names, const std::string& variant) {
  const std::vector<Selected> all = everything(exhibits);
  check_names(all, names);
  std::vector<Selected> chosen;
  std::vector<std::string> variants;
  for (const Selected& selected : all) {
    const std::vector<std::string> own = names_of(selected);
    const bool asked = names.empty() || std::find_first_of(own.begin(), own.end(), names.begin(),
                                                           names.end()) != own.end();
    if (asked) {
      variants.push_back(selected.variant->name);
    }
    if (asked && (variant.empty() || variant == selected.variant->name)) {
      chosen.push_back(selected);
    }
  }
  if (chosen.empty() && !variant.empty()) {
    refuse("variant", variant, variants);
  }
  return chosen;
}

}  // namespace heddle::tools
