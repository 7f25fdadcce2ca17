// SPDX-License-Identifier: Apache-2.0
// What decides whether an execution fails: the nearest one that passes.
//
// The search sees passing executions, but keeps none: it would have to keep all. So failing graphs
// are kept (few), and when the search is over each is changed in one edge (search/near.h), the
// program is run that way, and the first execution that nothing is wrong with is the answer. Those
// are tried first that have the longest beginning in common with the failing one. The effort is
// bounded, and nothing of it is paid for where nothing fails.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "checker/explore_record.h"
#include "checker/graph/execution_graph.h"

namespace heddle {

class Failures {
 public:
  using Promoted = std::map<runtime::PromotedLocation, bool>;

  /// Keeps the execution of Report::findings[finding], which was recorded with these locations as
  /// events.
  void add(std::size_t finding, const graph::ExecutionGraph& graph, const Promoted& promoted,
           const Recorded& recorded);

  /// Fills Finding::decision of the findings that were added. Runs the body; the search must be
  /// over. Does nothing if Options::explain says so.
  void explain(const Exploring& in, Report* report);

 private:
  struct Failure {
    std::size_t finding = 0;
    graph::ExecutionGraph graph;
    Promoted promoted;
    std::vector<search::WaitingThread> waiting;
    std::vector<base::EventId> events;
    runtime::RawFinding raw;
  };
  static void explain_one(const Exploring& in, const Failure& failure, Finding* finding);

  std::vector<Failure> failures_;
};

/// Explains the findings that nobody has explained yet, because the process that recorded their
/// executions is gone: they come from a checkpoint, or from a job that has died. Each is run again
/// by its token, and is left alone if that does not show the same to the last step. Not those of
/// executions in which jobs died, which have no trace: this process would die, too.
void explain_by_tokens(const std::function<void()>& body, const Options& options, Report* report);

}  // namespace heddle
