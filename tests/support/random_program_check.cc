// SPDX-License-Identifier: Apache-2.0
// Comparison of the exhaustive search with the oracle, and of executions with their replays.
#include "tests/support/random_program_check.h"

#include <fmt/format.h>

#include "checker/search/exhaustive.h"
#include "checker/search/replay.h"

namespace heddle::test {
namespace {

using base::EventId;
using graph::Event;
using graph::ExecutionGraph;

/// Everything that a replay has to give again, blocked reads included.
std::string full_text(const ExecutionGraph& graph) {
  std::string text;
  for (base::ThreadId t = 0; t < graph.thread_count(); ++t) {
    for (std::uint32_t i = 0; i < graph.size(t); ++i) {
      const Event& e = graph.event({t, i});
      text += fmt::format("{}.{} kind {} location {} value {} result {} rf {:x} after {:x}{}{}\n",
                          t, i, static_cast<int>(e.kind), static_cast<int>(e.location), e.value,
                          e.result, e.rf.packed(), e.mo_previous.packed(),
                          e.blocked ? " blocked" : "", e.spurious ? " spurious" : "");
    }
  }
  return text;
}

std::string replay_mismatch(const Program& program, const ExecutionGraph& graph) {
  search::ReplaySearch replay(search::make_plan(graph));
  std::string replayed;
  RunOptions options;
  options.collect = false;
  options.on_execution = [&](const Execution& execution) { replayed = full_text(execution.graph); };
  run(program, replay, options);
  const std::string original = full_text(graph);
  if (!replay.diverged() && replayed == original) return "";
  return fmt::format("replay{}\n{}of\n{}", replay.diverged() ? " diverged" : "", replayed,
                     original);
}

std::string difference(const char* what, const std::set<std::string>& found,
                       const std::set<std::string>& expected) {
  std::string text;
  for (const std::string& x : expected) {
    if (!found.contains(x)) text += fmt::format("missing {}: {}\n", what, x);
  }
  for (const std::string& x : found) {
    if (!expected.contains(x)) text += fmt::format("wrong {}: {}\n", what, x);
  }
  return text;
}

}  // namespace

std::string compare(const Summary& found, const OracleResult& expected) {
  if (expected.races || found.races != 0) {
    if (expected.races == (found.races != 0)) return "";
    return expected.races ? "missing data race\n" : "wrong data race\n";
  }
  std::string text = difference("graph", found.graphs, expected.graphs);
  text += difference("outcome", found.outcomes, expected.outcomes);
  if (found.duplicates != 0) text += fmt::format("{} executions twice\n", found.duplicates);
  if (found.inconsistent != 0) text += fmt::format("{} inconsistent\n", found.inconsistent);
  if (text.empty() &&
      (found.complete != expected.complete || found.deadlocked != expected.deadlocked)) {
    text += fmt::format("{} complete and {} deadlocked, not {} and {}\n", found.complete,
                        found.deadlocked, expected.complete, expected.deadlocked);
  }
  return text;
}

std::uint64_t most_executions(const OracleResult& expected) {
  return 100 * (expected.candidates + 10);
}

std::string compare_oracles(const Program& program, const OracleResult& expected) {
  const OracleResult second = interleavings(program, {~std::uint64_t{0}, 0});
  const std::string text = difference("interleaving", second.graphs, expected.graphs);
  return text.empty() ? text : "oracles differ\n" + text;
}

CheckResult check_search(const Program& program, Model model, const OracleResult& expected) {
  CheckResult result;
  search::ExhaustiveSearch search(model);
  std::string replays;
  RunOptions options;
  options.check = &model;
  options.limit = most_executions(expected);
  options.on_execution = [&](const Execution& execution) {
    if (replays.empty()) replays = replay_mismatch(program, execution.graph);
  };
  const Summary found = run(program, search, options);
  result.complete = found.complete;
  result.deadlocked = found.deadlocked;
  result.blocked = found.blocked;
  result.candidates = expected.candidates;
  result.races = expected.races;
  result.mismatch = compare(found, expected);
  // After a race memory holds what the order of the steps left there.
  if (!expected.races) result.mismatch += replays;
  return result;
}

CheckResult check_program(const Program& program, Model model, const OracleLimits& limits) {
  const OracleResult expected = executions_by_axioms(program, model, limits);
  if (!expected.within_limits) {
    CheckResult result;
    result.too_large = true;
    return result;
  }
  CheckResult result = check_search(program, model, expected);
  if (model == Model::kSc) result.mismatch += compare_oracles(program, expected);
  return result;
}

CheckResult check_seed(std::uint64_t seed, const RandomShape& shape, const Check& check) {
  const RandomProgram program = draw_program(seed, shape);
  CheckResult result = check(program);
  if (result.mismatch.empty()) return result;
  const RandomProgram smaller = shrink(
      program, [&](const RandomProgram& candidate) { return !check(candidate).mismatch.empty(); });
  result.mismatch = smaller.text() + check(smaller).mismatch;
  return result;
}

CheckResult check_seed(std::uint64_t seed, Model model, const RandomShape& shape,
                       const OracleLimits& limits) {
  return check_seed(seed, shape, [&](const RandomProgram& program) {
    return check_program(program.build(), model, limits);
  });
}

}  // namespace heddle::test
