// SPDX-License-Identifier: Apache-2.0
// Runs heddle::explore() on the interpreter and collects the graphs of its executions.
#include "tests/random/native_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/explore_watch.h"
#include "heddle/heddle.h"
#include "tests/random/native/interpreter.h"
#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

using graph::Event;
using graph::ExecutionGraph;

/// Never reached by programs of this size; a bound that cuts would make executions missing.
constexpr std::uint32_t kUnbounded = 1000;

struct Collector {
  const Program* program;
  Summary summary;
  std::uint64_t older_equal = 0;
};

/// Whether some thread spins on a value that is not the newest, only equal to it. It would see the
/// newest too, so the oracle does not count such an execution; the checker does, for it need not
/// know that loads see new values in the end.
bool awaits_older_equal(const ExecutionGraph& graph, std::size_t threads) {
  for (base::ThreadId t = 0; t < threads; ++t) {
    if (!native_awaits(t)) continue;
    const Event& last = graph.last(t);
    if (last.rf != graph.mo_last(last.location)) return true;
  }
  return false;
}

void collect(const ExecutionGraph& graph, RunClass run_class, void* argument) {
  auto& collector = *static_cast<Collector*>(argument);
  Summary& summary = collector.summary;
  if (run_class == RunClass::kBlocked) {
    ++summary.blocked;
    return;
  }
  const std::size_t threads = collector.program->threads().size();
  if (run_class == RunClass::kDeadlocked && awaits_older_equal(graph, threads)) {
    ++collector.older_equal;
    return;
  }
  const bool complete = run_class == RunClass::kComplete;
  ++(complete ? summary.complete : summary.deadlocked);
  if (!summary.graphs.insert(canonical(graph)).second) ++summary.duplicates;
  if (!complete) return;
  Registers registers(threads);
  for (std::size_t t = 0; t < threads; ++t) {
    std::copy(native_registers()[t].begin(), native_registers()[t].end(), registers[t].begin());
  }
  summary.outcomes.insert(outcome_of(*collector.program, registers));
}

bool has(const Report& report, FindingKind kind) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const Finding& finding) { return finding.kind == kind; });
}

/// Of each report so many outcomes and so many findings are replayed.
constexpr std::size_t kMostReplays = 6;

/// The exploration gives the same again, with checkpoints where there were none and the other way
/// round, and its tokens what they stand for.
std::string compare_replays(const Report& report, Options options) {
  std::string text;
  options.checkpoints.after = 1 - options.checkpoints.after;
  options.checkpoints.apart = 1;
  options.checkpoints.trust_libraries = true;
  const Report again = explore(run_native, options);
  if (again.executions != report.executions || again.blocked != report.blocked ||
      again.findings.size() != report.findings.size()) {
    text += fmt::format("the second time {} executions and {} blocked, not {} and {}\n",
                        again.executions, again.blocked, report.executions, report.blocked);
  }
  for (std::size_t i = 0; i < std::min(kMostReplays, report.outcomes.size()); ++i) {
    const Outcome& outcome = report.outcomes[i];
    const Report one = replay(outcome.token, run_native, options);
    if (one.outcomes.size() != 1 || one.outcomes[0].values != outcome.values) {
      text += fmt::format("token {} gives another outcome\n", outcome.token);
    }
  }
  for (std::size_t i = 0; i < std::min(kMostReplays, report.findings.size()); ++i) {
    const Finding& finding = report.findings[i];
    const Report one = replay(finding.token, run_native, options);
    if (!has(one, finding.kind)) {
      text += fmt::format("token {} shows no {}\n", finding.token, to_string(finding.kind));
    }
  }
  return text;
}

std::string unexpected(const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    if (finding.kind != FindingKind::kDeadlock && finding.kind != FindingKind::kSpin &&
        finding.kind != FindingKind::kLockMisuse && finding.kind != FindingKind::kThreadLeak) {
      text += fmt::format("finding {}: {}\n", to_string(finding.kind), finding.message);
    }
  }
  for (const std::string& bound : report.bounds) text += fmt::format("bound: {}\n", bound);
  if (report.verdict == Verdict::kInternalError) {
    for (const std::string& warning : report.warnings) text += warning + "\n";
  }
  return text;
}

Options options_for(const NativeProgram& program, Model model, std::uint64_t limit) {
  Options options;
  options.spurious_wakeups = program.spurious_wakeups;
  options.checkpoints.after = program.checkpoints ? 1 : 0;
  options.checkpoints.apart = 1;
  options.checkpoints.trust_libraries = true;
  options.model = model;
  options.stop_at_first_bug = false;
  options.limits.executions = limit;
  options.limits.quiet_seconds = 30;
  options.bounds = {kUnbounded, kUnbounded, kUnbounded, kUnbounded};
  return options;
}

bool reads_clock(const Program& program) {
  return std::any_of(program.threads().begin(), program.threads().end(), [](const Thread& thread) {
    return std::any_of(
        thread.instructions().begin(), thread.instructions().end(), [](const Instruction& i) {
          return i.code == Instruction::Code::kClock || i.code == Instruction::Code::kSleep;
        });
  });
}

/// Only the registers of executions that came to their end.
void collect_outcome(const ExecutionGraph&, RunClass run_class, void* argument) {
  auto& collector = *static_cast<Collector*>(argument);
  if (run_class != RunClass::kComplete) return;
  const std::size_t threads = collector.program->threads().size();
  Registers registers(threads);
  for (std::size_t t = 0; t < threads; ++t) {
    std::copy(native_registers()[t].begin(), native_registers()[t].end(), registers[t].begin());
  }
  collector.summary.outcomes.insert(outcome_of(*collector.program, registers));
}

/// The search of states comes to the same outcomes as the enumeration of interleavings: no two
/// states that differ were taken for one.
std::string compare_states(Options options, const Program& abstract, const OracleResult& expected) {
  options.search = SearchKind::kCycles;
  Collector collector{&abstract, {}, 0};
  heddle_watch_executions(&collect_outcome, &collector);
  const Report report = explore(run_native, options);
  heddle_watch_executions(nullptr, nullptr);
  std::string text;
  if (has(report, FindingKind::kNondeterminism)) text += "states: nondeterminism\n";
  if (collector.summary.outcomes != expected.outcomes) {
    text += fmt::format("states: {} outcomes, not {}\n{}", collector.summary.outcomes.size(),
                        expected.outcomes.size(), to_text(report));
  }
  return text;
}

}  // namespace

NativeResult check_native(const NativeProgram& program, const Program& abstract, Model model,
                          const OracleResult& expected) {
  NativeResult result;
  Collector collector{&abstract, {}, 0};
  prepare_native(program);
  heddle_watch_executions(&collect, &collector);
  const Options options = options_for(program, model, most_executions(expected));
  const Report report = explore(run_native, options);
  heddle_watch_executions(nullptr, nullptr);
  Summary& found = collector.summary;
  found.races = has(report, FindingKind::kDataRace) ? 1 : 0;
  result.executions = found.complete + found.deadlocked;
  result.blocked = found.blocked;
  result.mismatch = compare(found, expected);
  if (!expected.races) result.mismatch += unexpected(report);
  if (program.observed && result.mismatch.empty() && !expected.races) {
    result.mismatch = compare_replays(report, options);
  }
  if (model == Model::kSc && result.mismatch.empty() && !expected.races && !reads_clock(abstract)) {
    result.mismatch = compare_states(options, abstract, expected);
  }
  return result;
}

}  // namespace heddle::test
