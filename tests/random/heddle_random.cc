// SPDX-License-Identifier: Apache-2.0
// heddle-random: random programs through the oracle, the exhaustive search and, compiled, through
// heddle::explore(); all must agree.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#ifdef HEDDLE_RANDOM_NATIVE
#include "tests/random/native_check.h"
#include "tests/support/native_form.h"
#endif
#include "tests/random/settings.h"
#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

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
  explicit Comparison(const Settings& settings)
      : layers_(settings.layers), limits_(settings.limits) {}

  std::uint64_t native_programs = 0;
  std::uint64_t native_executions = 0;

  CheckResult check(const RandomProgram& program) {
    CheckResult result;
    const Program built = program.build();
    const OracleResults expected = executions_by_axioms(built, limits_);
    result.too_large = !expected.rc11.within_limits;
    if (result.too_large) return result;
    result.candidates = expected.rc11.candidates;
    result.races = expected.rc11.races;
    for (const Model model : {Model::kRc11, Model::kSc}) {
      if (layers_.search) check_built(built, model, expected.of(model), &result);
    }
    if (layers_.native && result.mismatch.empty()) check_compiled(program, expected, &result);
    return result;
  }

 private:
  const Layers layers_;
  const OracleLimits limits_;

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
    if (program.has_weak()) expected = executions_by_axioms(strong, limits_);
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
  const Settings settings = read_settings(argc, argv);
  Comparison comparison(settings);
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
