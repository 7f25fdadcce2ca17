// SPDX-License-Identifier: Apache-2.0
// heddle-random: random programs through the oracle, the exhaustive search and, compiled, through
// heddle::explore(); all must agree.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#ifdef HEDDLE_RANDOM_NATIVE
#include "tests/random/native_check.h"
#endif
#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

/// What the oracle is compared with.
struct Layers {
  bool search = true;
  bool native = true;
};

struct Totals {
  std::uint64_t programs = 0;
  std::uint64_t redrawn = 0;
  std::uint64_t compiled = 0;
  std::uint64_t races = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t executions = 0;
  std::uint64_t native_executions = 0;
  std::uint64_t candidates = 0;
};

class Comparison {
 public:
  Layers layers;
  OracleLimits limits;
  std::uint64_t native_runs = 0;
  std::uint64_t native_executions = 0;

  CheckResult check(const RandomProgram& program, Model model) {
    const Program built = program.build();
    const OracleResult expected = executions_by_axioms(built, model, limits);
    CheckResult result;
    result.too_large = !expected.within_limits;
    if (result.too_large) return result;
    if (layers.search) {
      result = check_search(built, model, expected);
      if (model == Model::kSc) result.mismatch += compare_oracles(built, expected);
    }
    result.candidates = expected.candidates;
    result.races = expected.races;
    if (result.mismatch.empty() && layers.native) check_compiled(program, model, expected, &result);
    if (!result.mismatch.empty()) {
      result.mismatch.insert(0, model == Model::kSc ? "under SC\n" : "under RC11\n");
    }
    return result;
  }

 private:
#ifdef HEDDLE_RANDOM_NATIVE
  /// Compiled code is not explored with spurious failures: then the oracle is asked again.
  void check_compiled(const RandomProgram& program, Model model, OracleResult expected,
                      CheckResult* result) {
    if (program.has_weak()) {
      expected = executions_by_axioms(program.strong().build(), model, limits);
      if (!expected.within_limits) return;
    }
    const NativeResult native = check_native(program, model, expected);
    if (!native.mismatch.empty()) result->mismatch = "compiled\n" + native.mismatch;
    native_runs += native.expressible ? 1 : 0;
    native_executions += native.executions;
  }
#else
  void check_compiled(const RandomProgram&, Model, const OracleResult&, CheckResult*) {}
#endif
};

struct Settings {
  std::uint64_t programs = 1000;
  std::uint64_t seed = 1;
  std::uint64_t mismatches = 10;
  double seconds = 0;
  RandomShape shape;
};

void add_options(CLI::App& app, Settings& settings, Comparison& comparison) {
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
  app.add_option("--candidates", comparison.limits.candidates,
                 "Redraw programs with more candidate executions")
      ->check(CLI::PositiveNumber);
  app.add_option("--runs", comparison.limits.runs, "Redraw programs with more prefixes")
      ->check(CLI::PositiveNumber);
  app.add_flag("--search,!--no-search", comparison.layers.search,
               "Whether the search on abstract programs is compared");
  app.add_flag("--native,!--no-native", comparison.layers.native,
               "Whether compiled programs are explored and compared");
}

void check(std::uint64_t seed, const Settings& settings, Comparison& comparison, Totals* totals) {
  bool too_large = false;
  bool races = false;
  const std::uint64_t runs = comparison.native_runs;
  for (const Model model : {Model::kRc11, Model::kSc}) {
    const CheckResult result =
        check_seed(seed, settings.shape, [&](const RandomProgram& program) {
          return comparison.check(program, model);
        });
    too_large = too_large || result.too_large;
    if (too_large) break;
    races = races || result.races;
    totals->executions += result.complete + result.deadlocked;
    totals->candidates += result.candidates;
    if (result.mismatch.empty()) continue;
    ++totals->mismatches;
    fmt::print("MISMATCH {}\n", result.mismatch);
    std::fflush(stdout);
  }
  ++(too_large ? totals->redrawn : totals->programs);
  totals->races += races ? 1 : 0;
  totals->compiled += comparison.native_runs != runs ? 1 : 0;
}

int main(int argc, char** argv) {
  CLI::App app(
      "Compares what the checker finds with an oracle that tries everything, on random programs");
  Settings settings;
  Comparison comparison;
  comparison.limits = {1'000'000, 1'000'000};
  add_options(app, settings, comparison);
  try {
    app.parse(argc, argv);
    if (settings.shape.least_statements > settings.shape.most_statements) {
      throw CLI::ValidationError("--least is more than --most");
    }
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return 2;
  }
  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t seed = settings.seed;
  for (; totals.programs < settings.programs && totals.mismatches < settings.mismatches; ++seed) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (settings.seconds != 0 && passed.count() > settings.seconds) break;
    check(seed, settings, comparison, &totals);
  }
  fmt::print(
      "seeds {} to {}: {} too large and redrawn; {} candidates, {} executions; {} programs "
      "compiled, {} executions of them; {} programs with data races; go on with --seed {}\n",
      settings.seed, seed - 1, totals.redrawn, totals.candidates, totals.executions,
      totals.compiled, comparison.native_executions, totals.races, seed);
  fmt::print("{} programs tried, {} mismatches\n", totals.programs, totals.mismatches);
  return totals.mismatches == 0 ? 0 : 1;
}

}  // namespace
}  // namespace heddle::test

int main(int argc, char** argv) { return heddle::test::main(argc, argv); }
