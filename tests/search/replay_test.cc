// SPDX-License-Identifier: Apache-2.0
// Plans reproduce graphs, for every execution of programs with all kinds of exceptions.
#include "checker/search/replay.h"

#include <gtest/gtest.h>

#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using search::Plan;
using search::ReplaySearch;

std::size_t switches(const Plan& plan) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < plan.schedule.size(); ++i) {
    count += plan.schedule[i] != plan.schedule[i - 1] ? 1 : 0;
  }
  return count;
}

/// Replays every execution of the program, redundant ones too; calls `check` with its plan.
template <typename Check>
void replay_all(const Program& program, Model model, Check check) {
  search::ExhaustiveSearch search(model);
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    const Plan plan = search::make_plan(execution.graph);
    check(plan);
    ReplaySearch replay(plan);
    RunOptions replay_options;
    std::uint64_t runs = 0;
    replay_options.on_execution = [&](const Execution& again) {
      ++runs;
      EXPECT_EQ(canonical(again.graph), canonical(execution.graph));
      EXPECT_EQ(again.graph.stamps(), execution.graph.stamps());
      EXPECT_EQ(again.registers, execution.registers);
      EXPECT_EQ(again.end, execution.end);
    };
    run(program, replay, replay_options);
    EXPECT_EQ(runs, 1u);
    EXPECT_FALSE(replay.diverged());
  };
  run(program, search, options);
}

Program mixed() {
  Program program;
  program.thread().store(0, 1).load(0, 1).add(0, 2, kRlx, 1).choose(2, 2);
  program.thread().store(1, 1).load(0, 0).store(0, 5);
  program.thread().compare_exchange(0, 0, 1, 7, kRlx, kRlx, true).load(1, 1);
  return program;
}

TEST(Replay, ReproducesEveryGraph) {
  std::size_t exceptions = 0;
  replay_all(mixed(), Model::kRc11,
             [&](const Plan& plan) { exceptions += plan.exceptions.size(); });
  EXPECT_GT(exceptions, 0u);
}

TEST(Replay, ScPlansHaveExceptionsForChoicesOnly) {
  replay_all(mixed(), Model::kSc, [](const Plan& plan) {
    for (const Plan::Exception& exception : plan.exceptions) {
      EXPECT_TRUE(exception.kind == Plan::Exception::Kind::kOutcome ||
                  exception.kind == Plan::Exception::Kind::kSpurious);
    }
  });
}

TEST(Replay, BlockedOperationsAndDeadlocks) {
  Program program;
  program.thread().lock(0).lock(1).unlock(1).unlock(0);
  program.thread().lock(1).lock(0).unlock(0).unlock(1);
  program.thread().lock(0).unlock(0).lock(0);
  replay_all(program, Model::kRc11, [](const Plan&) {});
}

TEST(Replay, ThreadsThatAreCreatedAndJoined) {
  Program program;
  program.thread().create(1).store(0, 1, kSc).join(1).load(0, 1, kSc);
  program.thread().store(1, 1, kSc).load(0, 0, kSc);
  replay_all(program, Model::kRc11, [](const Plan&) {});
}

TEST(Replay, SwitchesAreFew) {
  Program program;
  for (int t = 0; t < 2; ++t) program.thread().lock(0).load(0, 1).store(1, 1).unlock(0);
  replay_all(program, Model::kRc11, [](const Plan& plan) {
    EXPECT_LE(switches(plan), plan.schedule.size() == 8 ? 1u : 2u);
  });
}

TEST(Replay, OrderIsThatOfThePlan) {
  search::ExhaustiveSearch search(Model::kRc11);
  RunOptions options;
  options.on_execution = [](const Execution& execution) {
    std::vector<base::EventId> order;
    search::make_plan(execution.graph, &order);
    ASSERT_EQ(order.size(), execution.graph.stamps());
    std::vector<std::uint32_t> next(execution.graph.thread_count(), 0);
    for (const base::EventId id : order) {
      EXPECT_EQ(id.index(), next[id.thread()]++);
      const base::EventId rf = execution.graph.event(id).rf;
      if (rf.is_event()) {
        EXPECT_LT(rf.index(), next[rf.thread()]);
      }
    }
  };
  run(mixed(), search, options);
}

TEST(Replay, NoticesAnotherProgram) {
  Plan plan;
  plan.schedule = {0, 1, 1, 0};
  plan.exceptions = {{1, Plan::Exception::Kind::kSource, base::EventId(0, 5), 0}};
  Program program;
  program.thread().store(0, 1);
  program.thread().load(0, 0);
  ReplaySearch replay(plan);
  const Summary summary = run(program, replay);
  EXPECT_TRUE(replay.diverged());
  EXPECT_EQ(summary.complete, 1u);
}

TEST(Replay, NoticesAThreadThatDoesNotCome) {
  Plan plan;
  plan.schedule = {0, 7};
  Program program;
  program.thread().store(0, 1).store(0, 2);
  ReplaySearch replay(plan);
  run(program, replay);
  EXPECT_TRUE(replay.diverged());
}

TEST(Replay, NoticesAnOperationOfAnotherKind) {
  Plan plan;
  plan.schedule = {0};
  plan.exceptions = {{0, Plan::Exception::Kind::kOutcome, base::EventId::none(), 1}};
  Program program;
  program.thread().store(0, 1);
  ReplaySearch replay(plan);
  run(program, replay);
  EXPECT_TRUE(replay.diverged());
}

TEST(Replay, EmptyPlanRunsWithDefaults) {
  ReplaySearch replay(Plan{});
  const Summary summary = run(mixed(), replay);
  EXPECT_EQ(summary.complete, 1u);
  EXPECT_FALSE(replay.diverged());
}

}  // namespace
}  // namespace heddle::test
