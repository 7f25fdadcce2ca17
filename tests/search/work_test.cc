// SPDX-License-Identifier: Apache-2.0
// What is left of a search, taken out after every few executions and taken up by a new one: no
// execution is lost and none comes twice, in whatever parts it is explored.
#include "checker/search/work.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "tests/support/explore.h"
#include "tests/support/random_program.h"

namespace heddle::test {
namespace {

using search::ExhaustiveSearch;
using search::Work;

/// Stops the search it stands for after some executions.
class Limited : public search::Search {
 public:
  Limited(ExhaustiveSearch& search, std::uint64_t executions)
      : search_(search), left_(executions) {}
  bool begin() override { return left_-- != 0 && search_.begin(); }
  const graph::ExecutionGraph& graph() const override { return search_.graph(); }
  base::ThreadId choose_thread(std::span<const search::PendingOperation> pending,
                               base::ThreadId current) override {
    return search_.choose_thread(pending, current);
  }
  search::Result execute(base::ThreadId thread, const graph::Operation& operation) override {
    return search_.execute(thread, operation);
  }
  bool withdraw_blocked(base::ThreadId thread) override { return search_.withdraw_blocked(thread); }
  void end() override { search_.end(); }

 private:
  ExhaustiveSearch& search_;
  std::uint64_t left_;
};

void add(Summary& sum, Summary part) {
  sum.complete += part.complete;
  sum.deadlocked += part.deadlocked;
  sum.blocked += part.blocked;
  sum.duplicates += part.duplicates;
  for (const std::string& graph : part.graphs) {
    sum.duplicates += sum.graphs.insert(graph).second ? 0 : 1;
  }
  sum.outcomes.merge(part.outcomes);
}

/// At most `executions` more; rebuilds what has to be rebuilt.
Summary go_on(const Program& program, ExhaustiveSearch& search, std::uint64_t executions) {
  Summary sum;
  const auto done = [&] { return sum.complete + sum.deadlocked + sum.blocked; };
  while (done() < executions) {
    Limited limited(search, executions - done());
    add(sum, run(program, limited));
    if (done() >= executions) break;
    const search::WorkLevel* level = search.to_rebuild();
    if (level == nullptr) break;
    search::RebuildSearch rebuild(*level);
    run(program, rebuild);
    if (!search.rebuilt(rebuild.graph())) {
      ADD_FAILURE() << "the plan led elsewhere";
      break;
    }
  }
  return sum;
}

Work through_text(const Work& work) {
  const Work again = search::work_from_text(search::to_text(work));
  EXPECT_EQ(again, work);
  return again;
}

/// Stopped after every `executions` and taken up by a new search.
Summary in_steps(const Program& program, Model model, std::uint64_t executions) {
  Summary sum;
  Work work;
  work.whole = true;
  while (!work.empty() && !testing::Test::HasFailure()) {
    ExhaustiveSearch search(model);
    search.import_work(work);
    add(sum, go_on(program, search, executions));
    work = through_text(search.export_work());
  }
  return sum;
}

/// Lets an execution add some events; then nobody may go on.
class Interrupted : public Limited {
 public:
  Interrupted(ExhaustiveSearch& search, std::uint32_t events)
      : Limited(search, 1), search_(search), left_(events) {}
  base::ThreadId choose_thread(std::span<const search::PendingOperation> pending,
                               base::ThreadId current) override {
    return left_-- == 0 ? stop() : Limited::choose_thread(pending, current);
  }
  void end() override { left_ == kStopped ? search_.interrupt() : search_.end(); }
  bool stopped() const { return left_ == kStopped; }

 private:
  static constexpr std::uint32_t kStopped = 0xffffffff;
  base::ThreadId stop() {
    left_ = kStopped;
    return search::kNoThread;
  }
  ExhaustiveSearch& search_;
  std::uint32_t left_;
};

/// An execution is interrupted again and again, and goes on elsewhere.
Summary interrupted(const Program& program, Model model) {
  Summary sum;
  Work work;
  work.whole = true;
  for (std::uint32_t events = 0; !work.empty() && !testing::Test::HasFailure();
       events = (events + 1) % 5) {
    ExhaustiveSearch search(model);
    search.import_work(work);
    add(sum, go_on(program, search, 1));
    Interrupted limited(search, events);
    Summary part = run(program, limited);
    if (!limited.stopped()) add(sum, std::move(part));
    work = through_text(search.export_work());
  }
  return sum;
}

/// Explored by `workers` in turn; those that have nothing get a part of what another one has.
Summary divided(const Program& program, Model model, std::size_t workers) {
  Summary sum;
  std::deque<Work> left(workers);
  left[0].whole = true;
  for (bool any = true; any && !testing::Test::HasFailure();) {
    any = false;
    for (std::size_t k = 0; k < workers; ++k) {
      if (left[k].empty()) continue;
      any = true;
      ExhaustiveSearch search(model);
      search.import_work(std::move(left[k]));
      add(sum, go_on(program, search, 3));
      for (Work& other : left) {
        if (&other != &left[k] && other.empty()) other = through_text(search.give_away());
      }
      left[k] = search.export_work();
    }
  }
  return sum;
}

/// Whoever explores dies again and again, after others were given some of its work; another one
/// does again what it has done since it was last asked, and leaves out what the others have.
Summary recovered(const Program& program, Model model) {
  Summary sum;
  std::deque<Work> left(1);
  left[0].whole = true;
  while (!left.empty() && !testing::Test::HasFailure()) {
    Work work = std::move(left.front());
    left.pop_front();
    ExhaustiveSearch dies(model);
    dies.import_work(work);
    for (int k = 0; k < 2; ++k) {
      go_on(program, dies, 2);
      Work given = through_text(dies.give_away());
      for (const search::WorkLevel& level : given.levels) {
        search::skip(level.keys, &work);
      }
      if (!given.empty()) left.push_back(std::move(given));
    }
    ExhaustiveSearch lives(model);
    lives.import_work(through_text(work));
    add(sum, go_on(program, lives, 3));
    if (Work rest = lives.export_work(); !rest.empty()) left.push_back(std::move(rest));
  }
  return sum;
}

void expect_same(const Summary& sum, const Summary& whole) {
  EXPECT_EQ(sum.complete, whole.complete);
  EXPECT_EQ(sum.deadlocked, whole.deadlocked);
  EXPECT_EQ(sum.blocked, whole.blocked);
  EXPECT_EQ(sum.duplicates, 0u);
  EXPECT_EQ(sum.graphs, whole.graphs);
  EXPECT_EQ(sum.outcomes, whole.outcomes);
}

void check(const Program& program, Model model) {
  const Summary whole = explore(program, model);
  for (const std::uint64_t executions : {1, 2, 7}) {
    expect_same(in_steps(program, model, executions), whole);
  }
  for (const std::size_t workers : {2, 5}) expect_same(divided(program, model, workers), whole);
  expect_same(recovered(program, model), whole);
  expect_same(interrupted(program, model), whole);
}

Program mixed() {
  Program program;
  program.thread().store(0, 1).load(0, 1).add(0, 2, kRlx, 1).choose(2, 2);
  program.thread().store(1, 1).load(0, 0).store(0, 5);
  program.thread().compare_exchange(0, 0, 1, 7, kRlx, kRlx, true).load(1, 1);
  return program;
}

Program locks() {
  Program program;
  program.thread().lock(0).lock(1).add(2, 1).unlock(1).unlock(0);
  program.thread().lock(1).lock(0).add(2, 1).unlock(0).unlock(1);
  program.thread().lock(0).add(2, 1).unlock(0);
  return program;
}

TEST(Work, IsTakenUpWhereItWasLeft) {
  for (const Model model : {Model::kRc11, Model::kSc}) {
    check(mixed(), model);
    check(locks(), model);
  }
}

TEST(Work, OfRandomPrograms) {
  std::uint64_t checked = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    const RandomProgram drawn = draw_program(seed);
    const Program program = drawn.build();
    RunOptions options;
    options.limit = 400;
    ExhaustiveSearch search(Model::kRc11);
    const Summary some = run(program, search, options);
    if (drawn.has_plain() || some.complete + some.deadlocked + some.blocked >= 400) continue;
    check(program, seed % 2 == 0 ? Model::kRc11 : Model::kSc);
    ++checked;
  }
  EXPECT_GT(checked, 100u);
}

TEST(Work, OfAnotherProgramIsRefused) {
  ExhaustiveSearch search(Model::kRc11);
  go_on(mixed(), search, 5);
  ExhaustiveSearch other(Model::kRc11);
  other.import_work(search.export_work());
  ASSERT_FALSE(other.begin());
  ASSERT_NE(other.to_rebuild(), nullptr);
  search::RebuildSearch rebuild(*other.to_rebuild());
  run(locks(), rebuild);
  EXPECT_FALSE(other.rebuilt(rebuild.graph()));
}

TEST(Work, DamagedTextIsRefused) {
  ExhaustiveSearch search(Model::kRc11);
  go_on(mixed(), search, 5);
  const std::string text = search::to_text(search.export_work());
  EXPECT_THROW(search::work_from_text(text.substr(0, text.size() / 2)), std::invalid_argument);
  EXPECT_THROW(search::work_from_text("x" + text), std::invalid_argument);
  EXPECT_THROW(search::work_from_text(text + "1 "), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::test
