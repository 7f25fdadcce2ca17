// SPDX-License-Identifier: Apache-2.0
// Executions that differ in one edge: they are consistent, they have the edge, and what does not
// depend on it stays as it was.
#include "checker/search/near.h"

#include <gtest/gtest.h>

#include <set>

#include "checker/graph/consistency.h"
#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using base::EventId;
using search::Change;
using search::NearWishes;
using search::WishSearch;

/// Calls `check(change, old graph, new execution)` for each possible change of each execution.
template <class Check>
void for_each_neighbour(const Program& program, Model model, Check check) {
  search::ExhaustiveSearch search(model);
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    for (const Change& change : search::changes_of(execution.graph, {}, 1000)) {
      NearWishes wishes(execution.graph, change);
      if (!wishes.possible()) continue;
      WishSearch near(model, &wishes);
      RunOptions one;
      one.on_execution = [&](const Execution& found) { check(change, execution.graph, found); };
      run(program, near, one);
    }
  };
  run(program, search, options);
}

/// The guided execution is one of those that the exhaustive search finds.
void expect_members(const Program& program, Model model) {
  const Summary all = explore(program, model);
  std::size_t neighbours = 0;
  for_each_neighbour(program, model, [&](const Change&, const auto&, const Execution& found) {
    ++neighbours;
    EXPECT_TRUE(graph::is_consistent(found.graph, model));
    if (found.end == Execution::End::kComplete) {
      EXPECT_TRUE(all.graphs.contains(canonical(found.graph))) << canonical(found.graph);
    }
  });
  EXPECT_GT(neighbours, 0u);
}

Program store_buffering() {
  Program program;
  program.thread().store(0, 1, kSc).load(0, 1, kSc);
  program.thread().store(1, 1, kSc).load(0, 0, kSc);
  return program;
}

Program mixed() {
  Program program;
  program.thread().store(0, 1).load(0, 1).add(0, 2, kRlx, 1).choose(2, 2);
  program.thread().store(1, 1).load(0, 0).store(0, 5);
  program.thread().compare_exchange(0, 0, 1, 7).load(1, 1);
  return program;
}

TEST(Near, EveryNeighbourIsAnExecution) {
  for (const Model model : {Model::kRc11, Model::kSc}) {
    expect_members(store_buffering(), model);
    expect_members(mixed(), model);
  }
}

TEST(Near, AReadTakesTheOtherWrite) {
  Program program;
  program.thread().store(0, 1);
  program.thread().load(0, 0).load(1, 1);
  std::set<std::uint64_t> read;
  for_each_neighbour(program, Model::kRc11,
                     [&](const Change& change, const auto& old, const Execution& found) {
                       if (change.kind != Change::Kind::kSource) return;
                       EXPECT_EQ(found.graph.event(change.event).rf, change.other);
                       EXPECT_NE(old.event(change.event).rf, change.other);
                       read.insert(found.registers[1][0]);
                     });
  EXPECT_EQ(read, (std::set<std::uint64_t>{0, 1}));
}

TEST(Near, ALockIsTakenInTheOtherOrder) {
  Program program;
  program.thread().lock(0).store(1, 1).unlock(0);
  program.thread().lock(0).store(1, 2).unlock(0);
  std::size_t swapped = 0;
  for_each_neighbour(program, Model::kSc,
                     [&](const Change& change, const auto& old, const Execution& found) {
                       if (change.kind != Change::Kind::kOrder || change.other.index() != 0 ||
                           change.event.index() != 0) {
                         return;
                       }
                       EXPECT_EQ(found.end, Execution::End::kComplete);
                       EXPECT_NE(canonical(found.graph), canonical(old));
                       ++swapped;
                     });
  EXPECT_GE(swapped, 2u);
}

TEST(Near, AStoreGoesBeforeTheOther) {
  Program program;
  program.thread().store(0, 1);
  program.thread().store(0, 2);
  std::size_t swapped = 0;
  for_each_neighbour(program, Model::kRc11,
                     [&](const Change& change, const auto&, const Execution& found) {
                       ASSERT_EQ(change.kind, Change::Kind::kPlace);
                       EXPECT_EQ(found.graph.event(change.other).mo_previous, change.event);
                       ++swapped;
                     });
  EXPECT_EQ(swapped, 2u);
}

TEST(Near, AChoiceHasAnotherOutcome) {
  Program program;
  program.thread().choose(0, 3);
  std::set<std::uint64_t> outcomes;
  for_each_neighbour(program, Model::kRc11,
                     [&](const Change& change, const auto& old, const Execution& found) {
                       EXPECT_NE(old.event(change.event).value, change.outcome);
                       EXPECT_EQ(found.registers[0][0], change.outcome);
                       outcomes.insert(change.outcome);
                     });
  EXPECT_EQ(outcomes, (std::set<std::uint64_t>{0, 1, 2}));
}

/// Two threads that each hold one lock and want the other: the one that waits gets it first.
TEST(Near, TheWaitOfADeadlockCanComeFirst) {
  Program program;
  program.thread().lock(0).lock(1).unlock(1).unlock(0);
  program.thread().lock(1).lock(0).unlock(0).unlock(1);
  search::ExhaustiveSearch search(Model::kSc);
  std::size_t resolved = 0;
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    if (execution.end != Execution::End::kDeadlocked) return;
    const std::vector<search::WaitingThread> waiting = {{0, 1}, {1, 0}};
    for (const Change& change : search::changes_of(execution.graph, waiting, 1000)) {
      NearWishes wishes(execution.graph, change);
      if (!wishes.possible()) continue;
      WishSearch near(Model::kSc, &wishes);
      RunOptions one;
      one.on_execution = [&](const Execution& found) {
        resolved += found.end == Execution::End::kComplete ? 1 : 0;
      };
      run(program, near, one);
    }
  };
  run(program, search, options);
  EXPECT_GE(resolved, 2u);  // Each of the two may come first.
}

TEST(Near, TheFirstChangesLeaveMostAsItWas) {
  Program program;
  program.thread().store(0, 1).store(1, 1);
  program.thread().load(0, 0).load(1, 1);
  search::ExhaustiveSearch search(Model::kRc11);
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    const std::vector<Change> changes = search::changes_of(execution.graph, {}, 1000);
    ASSERT_GE(changes.size(), 2u);
    EXPECT_EQ(changes.front().event, EventId(1, 1));
    EXPECT_EQ(search::changes_of(execution.graph, {}, 1).size(), 1u);
  };
  run(program, search, options);
}

}  // namespace
}  // namespace heddle::test
