// SPDX-License-Identifier: Apache-2.0
// Parses what the tour's runner tells, and starts it.
#include "tools/tour.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/errors.h"
#include "tools/runner.h"
#include "tools/subprocess.h"

namespace heddle::tools {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kLongestProgram{300};

StepKind parse_kind(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, StepKind>, 5> kNames = {
      {{"measure", StepKind::kMeasure},
       {"explore", StepKind::kExplore},
       {"outcomes", StepKind::kOutcomes},
       {"replay", StepKind::kReplay},
       {"compare", StepKind::kCompare}}};
  for (const auto& [known, kind] : kNames) {
    if (known == name) {
      return kind;
    }
  }
  throw InternalError(fmt::format("the tour has a step of the unknown kind \"{}\"", name));
}

TourStep parse_step(const json& entry) {
  TourStep step;
  entry.at("kind").get_to(step.kind_name);
  step.kind = parse_kind(step.kind_name);
  entry.at("subject").get_to(step.subject);
  entry.at("title").get_to(step.title);
  entry.at("watch").get_to(step.watch);
  entry.at("go_on").get_to(step.go_on);
  return step;
}

TourChapter parse_chapter(const json& entry) {
  TourChapter chapter;
  entry.at("name").get_to(chapter.name);
  entry.at("title").get_to(chapter.title);
  entry.at("text").get_to(chapter.text);
  for (const json& step : entry.at("steps")) {
    chapter.steps.push_back(parse_step(step));
  }
  return chapter;
}

TourProgram parse_program(const json& entry) {
  TourProgram program;
  entry.at("name").get_to(program.name);
  entry.at("title").get_to(program.title);
  entry.at("exhibits").get_to(program.exhibits);
  return program;
}

MeasuredTable parse_table(const json& entry) {
  MeasuredTable table;
  entry.at("title").get_to(table.title);
  entry.at("unit").get_to(table.unit);
  entry.at("more_is_better").get_to(table.more_is_better);
  entry.at("columns").get_to(table.columns);
  for (const json& row : entry.at("rows")) {
    table.rows.push_back({row.at("name").get<std::string>(),
                          row.at("values").get<std::vector<double>>(),
                          row.at("exhibit").get<std::string>()});
    if (table.rows.back().values.size() != table.columns.size()) {
      throw InternalError(fmt::format("the table \"{}\" has a row with {} values for {} columns",
                                      table.title, table.rows.back().values.size(),
                                      table.columns.size()));
    }
  }
  return table;
}

template <class Parse>
auto parsed(std::string_view text, Parse parse) {
  try {
    return parse(json::parse(text));
  } catch (const json::exception& error) {
    throw InternalError(fmt::format("the tour's runner answers nonsense: {}", error.what()));
  }
}

}  // namespace

Tour parse_tour(std::string_view text) {
  return parsed(text, [](const json& all) {
    Tour tour;
    for (const json& chapter : all.at("chapters")) {
      tour.chapters.push_back(parse_chapter(chapter));
    }
    for (const json& program : all.at("programs")) {
      tour.programs.push_back(parse_program(program));
    }
    return tour;
  });
}

std::vector<MeasuredTable> parse_tables(std::string_view text) {
  return parsed(text, [](const json& all) {
    std::vector<MeasuredTable> tables;
    for (const json& table : all) {
      tables.push_back(parse_table(table));
    }
    return tables;
  });
}

TourRunner::TourRunner() : path_(gallery_executable("heddle-gallery-tour")) {}

std::string TourRunner::answer(const std::vector<std::string>& arguments) const {
  Command command;
  command.arguments = {path_};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.deadline = kLongestProgram;
  return output_of(command);
}

Tour TourRunner::list() const { return parse_tour(answer({"--list"})); }

std::vector<MeasuredTable> TourRunner::measure(const std::string& program, bool quick) const {
  std::vector<std::string> arguments = {"--measure", program};
  if (quick) {
    arguments.emplace_back("--quick");
  }
  return parse_tables(answer(arguments));
}

}  // namespace heddle::tools
