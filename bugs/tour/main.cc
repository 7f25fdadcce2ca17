// SPDX-License-Identifier: Apache-2.0
// heddle-gallery-tour: tells the tour's chapters as JSON, or runs one measured program and tells
// its tables as JSON. The heddle command starts it.
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bugs/tour/chapters.h"
#include "bugs/tour/measure.h"

namespace {

using json = nlohmann::ordered_json;

constexpr int kUsage = 2;

json list() {
  json chapters = json::array();
  for (const tour::Chapter& chapter : tour::chapters()) {
    json steps = json::array();
    for (const tour::Step& step : chapter.steps) {
      steps.push_back({{"kind", tour::name_of(step.kind)},
                       {"subject", step.subject},
                       {"title", step.title},
                       {"watch", step.watch},
                       {"go_on", step.go_on}});
    }
    chapters.push_back({{"name", chapter.name},
                        {"title", chapter.title},
                        {"text", chapter.text},
                        {"steps", steps}});
  }
  json programs = json::array();
  for (const tour::Program& program : tour::programs()) {
    programs.push_back({{"name", program.name},
                        {"title", program.title},
                        {"file", program.file},
                        {"exhibits", program.exhibits}});
  }
  return {{"chapters", chapters}, {"programs", programs}};
}

json tables_of(const std::vector<tour::Table>& tables) {
  json all = json::array();
  for (const tour::Table& table : tables) {
    json rows = json::array();
    for (const tour::Row& row : table.rows) {
      rows.push_back({{"name", row.name}, {"values", row.values}, {"exhibit", row.exhibit}});
    }
    all.push_back({{"title", table.title},
                   {"unit", table.unit},
                   {"more_is_better", table.more_is_better},
                   {"columns", table.columns},
                   {"rows", rows}});
  }
  return all;
}

bool print(const json& value) {
  const std::string text = value.dump() + "\n";
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

int measure(const char* name, bool quick) {
  for (const tour::Program& program : tour::programs()) {
    if (program.name == name) {
      return print(tables_of(program.run({.quick = quick}))) ? 0 : kUsage;
    }
  }
  std::fprintf(stderr, "heddle-gallery-tour: no program \"%s\"\n", name);
  return kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    return print(list()) ? 0 : kUsage;
  }
  const bool quick = argc == 4 && std::strcmp(argv[3], "--quick") == 0;
  if ((argc == 3 || quick) && std::strcmp(argv[1], "--measure") == 0) {
    return measure(argv[2], quick);
  }
  std::fprintf(stderr, "usage: heddle-gallery-tour --list | --measure PROGRAM [--quick]\n");
  return kUsage;
}
