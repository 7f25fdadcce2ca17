// SPDX-License-Identifier: Apache-2.0
// A file of its own, compiled without optimisation: CLI11 is a large header.
#include "tests/random/settings.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace heddle::test {
namespace {

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--programs", settings.programs, "How many that are not too large")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", settings.seed, "Seed of the first; the next ones follow");
  app.add_option("--seconds", settings.seconds, "Stop after so many; 0 for never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--mismatches", settings.mismatches, "Stop after so many")
      ->check(CLI::PositiveNumber);
  app.add_option("--least", settings.shape.least_statements, "Statements of a program, at least")
      ->check(CLI::Range(1, 40));
  app.add_option("--most", settings.shape.most_statements, "Statements of a program, at most")
      ->check(CLI::Range(1, 40));
  app.add_option("--threads", settings.shape.most_threads,
                 "Threads of a program, at most, besides the one that starts them")
      ->check(CLI::Range(2, 6));
  app.add_option("--candidates", settings.limits.candidates,
                 "Redraw programs with more candidate executions")
      ->check(CLI::PositiveNumber);
  app.add_option("--runs", settings.limits.runs, "Redraw programs with more prefixes")
      ->check(CLI::PositiveNumber);
  app.add_flag("--search,!--no-search", settings.layers.search,
               "Whether the search on abstract programs is compared");
  app.add_flag("--native,!--no-native", settings.layers.native,
               "Whether compiled programs are explored and compared");
}

}  // namespace

Settings read_settings(int argc, char** argv) {
  CLI::App app(
      "Compares what the checker finds with an oracle that tries everything, on random programs");
  Settings settings;
  add_options(app, settings);
  try {
    app.parse(argc, argv);
    if (settings.shape.least_statements > settings.shape.most_statements) {
      throw CLI::ValidationError("--least is more than --most");
    }
    if (!settings.layers.search && !settings.layers.native) {
      throw CLI::ValidationError("--no-search and --no-native leave nothing to compare");
    }
  } catch (const CLI::CallForHelp& help) {
    std::exit(app.exit(help));
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    std::exit(2);
  }
  return settings;
}

}  // namespace heddle::test
