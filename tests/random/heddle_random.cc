// SPDX-License-Identifier: Apache-2.0
// heddle-random: compares the exhaustive search with the oracle on many random programs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

struct Totals {
  std::uint64_t compared = 0;
  std::uint64_t redrawn = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
  std::uint64_t candidates = 0;
};

void check(std::uint64_t seed, Model model, const RandomShape& shape, const OracleLimits& limits,
           Totals* totals) {
  const CheckResult result = check_seed(seed, model, shape, limits);
  if (result.too_large) {
    ++totals->redrawn;
    return;
  }
  ++totals->compared;
  totals->executions += result.complete + result.deadlocked;
  totals->blocked += result.blocked;
  totals->candidates += result.candidates;
  if (result.mismatch.empty()) return;
  ++totals->mismatches;
  fmt::print("MISMATCH {}\n", result.mismatch);
  std::fflush(stdout);
}

int main(int argc, char** argv) {
  CLI::App app("Compares the exhaustive search with an oracle on random programs");
  std::uint64_t programs = 1000;
  std::uint64_t seed = 1;
  std::uint64_t mismatches = 10;
  double seconds = 0;
  RandomShape shape;
  OracleLimits limits;
  app.add_option("--programs", programs, "How many");
  app.add_option("--seed", seed, "Seed of the first; the next ones follow");
  app.add_option("--seconds", seconds, "Stop after so many; 0 for never");
  app.add_option("--mismatches", mismatches, "Stop after so many");
  app.add_option("--least", shape.least_statements, "Statements of a program, at least");
  app.add_option("--most", shape.most_statements, "Statements of a program, at most");
  app.add_option("--threads", shape.most_threads, "Threads of a program, at most");
  app.add_option("--candidates", limits.candidates, "Redraw programs with more candidates");
  app.add_option("--runs", limits.runs, "Redraw programs with more prefixes");
  CLI11_PARSE(app, argc, argv);
  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t i = 0;
  for (; i < programs && totals.mismatches < mismatches; ++i) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (seconds != 0 && passed.count() > seconds) break;
    for (const Model model : {Model::kRc11, Model::kSc}) {
      check(seed + i, model, shape, limits, &totals);
    }
  }
  fmt::print(
      "Seeds {} to {}: {} comparisons, {} too large, {} mismatches; {} executions, {} blocked, {} "
      "candidates\n",
      seed, seed + i - 1, totals.compared, totals.redrawn, totals.mismatches, totals.executions,
      totals.blocked, totals.candidates);
  return totals.mismatches == 0 ? 0 : 1;
}

}  // namespace
}  // namespace heddle::test

int main(int argc, char** argv) { return heddle::test::main(argc, argv); }
