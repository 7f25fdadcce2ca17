// SPDX-License-Identifier: Apache-2.0
// The runs of an exploration: one execution and its judgement, and the same one again for a report.
//
// A run takes place here or, for a whole program that is to have a process image of its own each
// time (Program::forks), in a process forked from this one, which stays as it was before the first
// execution. The forked one works on copies of search and engine; what they learned comes back as
// bytes: the calls of the search, which are made again on the search kept here (search/call_log.h),
// and the engine's growing tables. Who calls these functions sees no difference but in speed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/explore_finding.h"
#include "checker/explore_judge.h"
#include "checker/explore_suppress.h"
#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"
#include "checker/search/near.h"
#include "heddle/options.h"

namespace heddle {

struct Exploring {
  runtime::Engine& engine;
  const std::function<void()>& body;
  const Options& options;
  const Suppressions& suppressions;
  report::Symbolizer& symbols;
};

struct JudgedRun {
  runtime::RunEnd end;
  Judgement judgement;
};
/// The execution that `search` has begun. Afterwards search and engine hold what it gave.
JudgedRun run_once(const Exploring& in, search::Search& search);

struct Recorded {
  runtime::RawFinding whole;          ///< With the stacks of all its participants.
  bool library_race = false;          ///< A note, no finding.
  int suppressed_by = -1;             ///< Line of the suppressions; -1: none.
  std::optional<Finding> shown;       ///< With token and output, unless it is one of these.
  std::vector<base::EventId> events;  ///< Of the steps of its trace; see make_finding().
  std::vector<search::WaitingThread> waiting;  ///< When the execution ended.
};
/// Runs the execution once more for the report of one of its findings. Each has a run of its own:
/// its trace must not depend on what else was found, or a replay would show another one.
Recorded record_finding(const Exploring& in, search::Search& search,
                        const runtime::RawFinding& finding);

/// An execution as a trace.
struct RecordedTrace {
  std::vector<TraceStep> trace;
  std::vector<base::EventId> events;  ///< Of its steps.
  std::string token;
};
/// Runs the execution once more, with the plain accesses that `of_interest` takes part in.
RecordedTrace record_trace(const Exploring& in, search::Search& search,
                           const runtime::RawFinding& of_interest,
                           StepOrder order = StepOrder::kFewSwitches);

/// Runs an execution without findings once more. A finding, if it is another one then: the body
/// depends on something outside the model. Later executions repeat only what they share with those
/// before, and a body with a single one would never be repeated at all.
std::optional<Finding> repeat_run(const Exploring& in, search::Search& search,
                                  const runtime::RunEnd& first);

/// Runs the execution once more: its locks that are nested in opposite orders, as warnings.
std::vector<std::string> lock_orders_of_run(const Exploring& in, search::Search& search);

}  // namespace heddle
