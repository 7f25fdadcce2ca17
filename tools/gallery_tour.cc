// SPDX-License-Identifier: Apache-2.0
// heddle gallery tour: a chapter, or the list of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "heddle/nearest_name.h"
#include "heddle/output_file.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/tour_steps.h"

namespace heddle::tools {
namespace {

std::optional<OutputFile> output_for(const std::string& path) {
  return path.empty() ? std::optional<OutputFile>()
                      : std::optional<OutputFile>(std::in_place, path);
}

/// Where people read: standard output, unless the JSON goes there.
Terminal terminal_for(const std::optional<OutputFile>& json, const Request& request) {
  return Terminal(json && json->is_standard_output() ? stderr : stdout, request.colour);
}

/// By its name, or its number from 1.
std::size_t find_chapter(const Tour& tour, const std::string& name) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size() && number >= 1 &&
      number <= tour.chapters.size()) {
    return number - 1;
  }
  std::vector<std::string> names = {"list"};
  for (std::size_t i = 0; i < tour.chapters.size(); ++i) {
    if (tour.chapters[i].name == name) {
      return i;
    }
    names.push_back(tour.chapters[i].name);
  }
  const std::optional<std::string> nearest = nearest_name(name, names);
  throw UsageError(fmt::format("no chapter \"{}\"{}", name,
                               nearest ? fmt::format("; did you mean \"{}\"?", *nearest)
                                       : "; see heddle gallery tour list"));
}

int list_chapters(const Tour& tour, const Request& request) {
  std::optional<OutputFile> json = output_for(request.json);
  Terminal terminal = terminal_for(json, request);
  std::size_t width = 0;
  for (const TourChapter& chapter : tour.chapters) {
    width = std::max(width, chapter.name.size());
  }
  std::string text;
  for (std::size_t i = 0; i < tour.chapters.size(); ++i) {
    const TourChapter& chapter = tour.chapters[i];
    text += fmt::format("{:>3}  {}  {}\n", i + 1,
                        terminal.paint(Colour::kCyan, fmt::format("{:<{}}", chapter.name, width)),
                        hanging(chapter.title, width + 7, terminal.columns()));
  }
  terminal.print(text + fmt::format("\nBegin: heddle gallery tour {}\n", tour.chapters[0].name));
  if (json) {
    json->write(tour_json(tour));
  }
  return 0;
}

std::string paragraph(const std::string& words, const Terminal& terminal) {
  std::string text;
  for (const std::string& line : wrap_text(words, terminal.columns() - 2)) {
    text += fmt::format("  {}\n", line);
  }
  return text;
}

std::string opening(const Tour& tour, std::size_t number, const Terminal& terminal) {
  const TourChapter& chapter = tour.chapters[number];
  return fmt::format(
      "{}\n\n{}",
      terminal.paint(Colour::kBold,
                     fmt::format("{}/{}  {}", number + 1, tour.chapters.size(), chapter.title)),
      paragraph(chapter.text, terminal));
}

std::string hints(const Tour& tour, std::size_t number) {
  std::string text = "\n";
  if (number + 1 < tour.chapters.size()) {
    text += fmt::format("next:     heddle gallery tour {}\n", tour.chapters[number + 1].name);
  }
  if (number > 0) {
    text += fmt::format("previous: heddle gallery tour {}\n", tour.chapters[number - 1].name);
  }
  return text;
}

int show_chapter(const Tour& tour, std::size_t number, const TourRunner& tour_runner,
                 const Request& request) {
  const Runner runner;
  const std::vector<ExhibitInfo> exhibits = runner.list();
  std::optional<OutputFile> json = output_for(request.json);
  Terminal terminal = terminal_for(json, request);
  terminal.print(opening(tour, number, terminal));
  std::vector<StepResult> results;
  bool deviates = false;
  for (const TourStep& step : tour.chapters[number].steps) {
    terminal.print(fmt::format("\n{}\n{}\n", terminal.paint(Colour::kCyan, step.title),
                               paragraph("Watch: " + step.watch, terminal)));
    results.push_back(run_step(step, exhibits, runner, tour_runner, request, terminal));
    terminal.print(step_text(step, results.back(), request, terminal));
    deviates = deviates || results.back().deviates();
    if (!step.go_on.empty()) {
      terminal.print(fmt::format(
          "\n  Go on: heddle gallery show {}\n",
          hanging(fmt::format("{}", fmt::join(step.go_on, " ")), 29, terminal.columns())));
    }
  }
  terminal.print(hints(tour, number));
  if (json) {
    json->write(chapter_json(tour, number, results));
  }
  return deviates ? kExitDeviation : 0;
}

}  // namespace

int gallery_tour(const Request& request) {
  const TourRunner tour_runner;
  const Tour tour = tour_runner.list();
  if (request.names.size() > 1) {
    throw UsageError("one chapter at a time; see heddle gallery tour list");
  }
  if (!request.names.empty() && request.names.front() == "list") {
    return list_chapters(tour, request);
  }
  const std::size_t number = request.names.empty() ? 0 : find_chapter(tour, request.names.front());
  return show_chapter(tour, number, tour_runner, request);
}

}  // namespace heddle::tools
