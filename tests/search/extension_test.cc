// SPDX-License-Identifier: Apache-2.0
// Who is enabled: joins, and threads whose operation a revisit has blocked.
#include "checker/search/extension.h"

#include <gtest/gtest.h>

#include "tests/support/explore.h"

namespace heddle::test {
namespace {

TEST(Enabled, AJoinIsWhenItsThreadHasEnded) {
  graph::ExecutionGraph graph;
  graph::Operation create;
  create.kind = graph::OpKind::kThreadCreate;
  create.operand = 1;
  graph.add_plain(0, create);
  graph::Operation join = create;
  join.kind = graph::OpKind::kThreadJoin;
  EXPECT_FALSE(search::enabled(graph, {0, &join}));
  graph::Operation step;
  step.kind = graph::OpKind::kThreadStart;
  graph.add_plain(1, step, graph.create_of(1));
  EXPECT_FALSE(search::enabled(graph, {0, &join}));
  step.kind = graph::OpKind::kThreadEnd;
  graph.add_plain(1, step);
  EXPECT_TRUE(search::enabled(graph, {0, &join}));
}

TEST(Enabled, AThreadThatARevisitHasBlockedIsNot) {
  Program program;
  program.thread().lock(0).unlock(0);
  program.thread().lock(0).unlock(0);
  search::ExhaustiveSearch search(Model::kRc11);
  RunOptions options;
  int let_through = 0;
  options.on_execution = [&](const Execution& execution) {
    const graph::ExecutionGraph& graph = execution.graph;
    for (base::ThreadId t = 0; t < 2; ++t) {
      if (!graph.blocked(t)) continue;
      const graph::Operation& operation = graph.last(t).operation;
      EXPECT_FALSE(search::enabled(graph, {t, &operation}));
      const std::uint64_t state = graph.value_of(graph.mo_last(0), operation);
      let_through += graph::evaluate(operation, t, state).blocked ? 0 : 1;
    }
  };
  run(program, search, options);
  EXPECT_GT(let_through, 0);
}

}  // namespace
}  // namespace heddle::test
