// SPDX-License-Identifier: Apache-2.0
// heddle-random: random programs through the oracle, the exhaustive search and, compiled, through
// heddle::explore(); all must agree.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#ifdef HEDDLE_RANDOM_NATIVE
#include "tests/random/native_check.h"
#include "tests/support/native_form.h"
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
  std::uint64_t native_programs = 0;
  std::uint64_t native_executions = 0;

  CheckResult check(const RandomProgram& program) {
    CheckResult result;
    const Program built = program.build();
    const OracleResults expected = executions_by_axioms(built, limits);
    result.too_large = !expected.rc11.within_limits;
    if (result.too_large) return result;
    result.candidates = expected.rc11.candidates;
    result.races = expected.rc11.races;
    for (const Model model : {Model::kRc11, Model::kSc}) {
      if (layers.search) check_built(built, model, expected.of(model), &result);
    }
    if (layers.native && result.mismatch.empty()) check_compiled(program, expected, &result);
    return result;
  }

 private:
  static const char* name(Model model) { return model == Model::kSc ? "SC" : "RC11"; }

  static void check_built(const Program& built, Model model, const OracleResult& expected,
                          CheckResult* total) {
    const CheckResult found = check_search(built, model, expected);
    std::string mismatch = found.mismatch;
    if (model == Model::kSc) mismatch += compare_oracles(built, expected);
    if (!mismatch.empty()) total->mismatch += fmt::format("search, {}:\n{}", name(model), mismatch);
    total->complete += found.complete;
    total->deadlocked += found.deadlocked;
    total->blocked += found.blocked;
  }

#ifdef HEDDLE_RANDOM_NATIVE
  /// Compiled code is not explored with spurious failures: then the oracle is asked again.
  void check_compiled(const RandomProgram& program, OracleResults expected, CheckResult* result) {
    const std::optional<NativeProgram> native = native_form(program);
    if (!native.has_value()) return;
    ++native_programs;
    const Program strong = program.strong().build();
    if (program.has_weak()) expected = executions_by_axioms(strong, limits);
    if (!expected.rc11.within_limits) return;
    for (const Model model : {Model::kRc11, Model::kSc}) {
      const NativeResult found = check_native(*native, strong, model, expected.of(model));
      native_executions += found.executions;
      if (found.mismatch.empty()) continue;
      result->mismatch += fmt::format("compiled, {}:\n{}", name(model), found.mismatch);
    }
  }
#else
  void check_compiled(const RandomProgram&, const OracleResults&, CheckResult*) {}
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
  const CheckResult result = check_seed(seed, settings.shape, [&](const RandomProgram& program) {
    return comparison.check(program);
  });
  ++(result.too_large ? totals->redrawn : totals->programs);
  totals->races += result.races ? 1 : 0;
  totals->executions += result.complete + result.deadlocked;
  totals->candidates += result.candidates;
  if (result.mismatch.empty()) return;
  ++totals->mismatches;
  fmt::print("MISMATCH {}\n", result.mismatch);
  std::fflush(stdout);
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
    if (!comparison.layers.search && !comparison.layers.native) {
      throw CLI::ValidationError("--no-search and --no-native leave nothing to compare");
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
      comparison.native_programs, comparison.native_executions, totals.races, seed);
  fmt::print("{} programs tried, {} mismatches\n", totals.programs, totals.mismatches);
  return totals.mismatches == 0 ? 0 : 1;
}

}  // namespace
}  // namespace heddle::test

int main(int argc, char** argv) { return heddle::test::main(argc, argv); }
