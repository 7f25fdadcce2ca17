// SPDX-License-Identifier: Apache-2.0
// Enumerations against brute force: every schedule within the bound, each once, in the order of
// their costs.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "checker/search/bounded_search.h"
#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using search::BoundedSearch;
using Cost = BoundedSearch::Cost;

constexpr Location kX = 0, kY = 1;

/// Schedules of threads with so many steps each and nothing that blocks, by their cost: each way to
/// take one step after the other is tried.
class BruteForce {
 public:
  BruteForce(std::vector<int> left, Cost cost) : left_(std::move(left)), cost_(cost) {
    extend(0, 0, "");
  }
  const std::vector<std::set<std::string>>& by_cost() const { return by_cost_; }

 private:
  void extend(std::size_t last, std::size_t cost, const std::string& schedule) {
    bool any = false;
    std::size_t passed = 0;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      const std::size_t t = (last + i) % left_.size();
      if (left_[t] == 0) continue;
      const std::size_t price = cost_ == Cost::kDelays ? passed : t != last && left_[last] > 0;
      ++passed;
      any = true;
      --left_[t];
      extend(t, cost + price, schedule + static_cast<char>('0' + t));
      ++left_[t];
    }
    if (any) return;
    if (by_cost_.size() <= cost) by_cost_.resize(cost + 1);
    by_cost_[cost].insert(schedule);
  }

  std::vector<int> left_;
  const Cost cost_;
  std::vector<std::set<std::string>> by_cost_;
};

Program straight(const std::vector<int>& steps) {
  Program program;
  for (const int count : steps) {
    Thread& thread = program.thread();
    for (int i = 0; i < count; ++i) thread.add(kX, 1);
  }
  return program;
}

/// The threads in the order of the events.
std::string schedule_of(const graph::ExecutionGraph& graph) {
  std::string schedule;
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    const base::EventId id = graph.by_stamp(stamp);
    if (!graph.event(id).rmw_write) schedule += static_cast<char>('0' + id.thread());
  }
  return schedule;
}

class Bounded : public ::testing::TestWithParam<Cost> {};

TEST_P(Bounded, RunsEachScheduleWithinTheBoundOnceAndCheapOnesFirst) {
  for (const std::vector<int>& steps :
       {std::vector<int>{3, 3}, {2, 2, 2}, {4, 1, 2}, {1, 1, 1, 1}}) {
    const BruteForce expected(steps, GetParam());
    for (std::uint32_t bound = 0; bound < 4; ++bound) {
      BoundedSearch search(GetParam(), bound);
      std::vector<std::set<std::string>> seen(bound + 1);
      std::uint64_t count = 0;
      std::uint32_t before = 0;
      RunOptions options;
      options.on_execution = [&](const Execution& execution) {
        ++count;
        EXPECT_GE(search.cost_now(), before);
        before = search.cost_now();
        seen[search.cost_now()].insert(schedule_of(execution.graph));
      };
      run(straight(steps), search, options);
      std::uint64_t within = 0;
      for (std::uint32_t cost = 0; cost <= bound; ++cost) {
        const bool some = cost < expected.by_cost().size();
        EXPECT_EQ(seen[cost], some ? expected.by_cost()[cost] : std::set<std::string>{}) << cost;
        within += seen[cost].size();
      }
      EXPECT_EQ(count, within);
      EXPECT_EQ(search.completed(), std::int64_t{bound});
      EXPECT_EQ(search.cut(), expected.by_cost().size() > bound + 1);
      EXPECT_FALSE(search.dropped());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Costs, Bounded, ::testing::Values(Cost::kPreemptions, Cost::kDelays));

TEST(BoundedSearch, UnboundedFindsWhatTheExhaustiveSearchFindsUnderSc) {
  Program program;
  program.thread().store(kX, 1).load(0, kY).lock(5).add(kY, 2).unlock(5);
  program.thread().store(kY, 1).load(0, kX).lock(5).load(1, kY).unlock(5);
  for (const Cost cost : {Cost::kPreemptions, Cost::kDelays}) {
    BoundedSearch search(cost, 30);
    const Summary all = run(program, search);
    EXPECT_EQ(all.outcomes, explore(program, Model::kSc).outcomes);
    EXPECT_EQ(all.graphs, explore(program, Model::kSc).graphs);
    EXPECT_FALSE(search.cut());
  }
}

TEST(BoundedSearch, AWaitIsNoPreemption) {
  // Two locks in opposite orders: the deadlock takes one preemption, between the first thread's.
  Program program;
  program.thread().lock(kX).lock(kY).unlock(kY).unlock(kX);
  program.thread().lock(kY).lock(kX).unlock(kX).unlock(kY);
  for (const std::uint32_t bound : {0u, 1u}) {
    BoundedSearch search(Cost::kPreemptions, bound);
    EXPECT_EQ(run(program, search).deadlocked != 0, bound == 1);
  }
}

TEST(BoundedSearch, TriesOutcomesOfChoices) {
  Program program;
  program.thread().choose(0, 3).choose(1, 2);
  BoundedSearch search(Cost::kPreemptions, 0);
  const Summary all = run(program, search);
  EXPECT_EQ(all.outcomes.size(), 6u);
  EXPECT_EQ(all.complete, 6u);
  EXPECT_FALSE(search.cut());
}

TEST(BoundedSearch, IsNotCompleteWhenStopped) {
  BoundedSearch search(Cost::kPreemptions, 2);
  RunOptions options;
  options.limit = 5;
  run(straight({3, 3}), search, options);
  EXPECT_LT(search.completed(), 2);
}

/// A program in which threads wait for each other, end, and choose.
Program mixed() {
  Program program;
  program.thread().lock(kX).add(kY, 1).unlock(kX).choose(0, 2);
  program.thread().lock(kX).add(kY, 1).unlock(kX).add(kY, 3);
  program.thread().add(kY, 2).add(kY, 4);
  return program;
}

/// The schedules that the search runs and that count, with their costs. Stops after `limit`.
std::multiset<std::string> schedules_of(BoundedSearch& search, std::uint64_t limit = ~0ULL) {
  std::multiset<std::string> seen;
  RunOptions options;
  options.limit = limit;
  options.on_execution = [&](const Execution& execution) {
    if (search.schedules().counts()) {
      seen.insert(std::to_string(search.cost_now()) + ":" + schedule_of(execution.graph));
    }
  };
  run(mixed(), search, options);
  return seen;
}

void expect_parts(Cost cost, std::uint32_t bound) {
  BoundedSearch all(cost, bound);
  const std::multiset<std::string> whole = schedules_of(all);
  for (const std::uint32_t count : {1u, 2u, 3u, 5u}) {
    std::multiset<std::string> sum;
    bool cut = false;
    for (std::uint32_t index = 0; index < count; ++index) {
      BoundedSearch search(cost, bound, {index, count});
      sum.merge(schedules_of(search));
      EXPECT_EQ(search.completed(), std::int64_t{bound});
      cut = cut || search.cut();
    }
    EXPECT_EQ(sum, whole) << bound << " in " << count;
    EXPECT_EQ(cut, all.cut());
  }
}

TEST(BoundedSearch, ShardsHaveEachScheduleOnce) {
  for (const std::uint32_t bound : {0u, 1u, 2u, 4u}) {
    expect_parts(Cost::kPreemptions, bound);
    expect_parts(Cost::kDelays, bound);
  }
}

TEST_P(Bounded, GoesOnFromWhatWasLeft) {
  BoundedSearch all(GetParam(), 3);
  const std::multiset<std::string> whole = schedules_of(all);
  for (const std::uint32_t count : {1u, 2u}) {
    std::multiset<std::string> sum;
    for (std::uint32_t index = 0; index < count; ++index) {
      std::string left;
      for (bool any = true; any;) {
        BoundedSearch search(GetParam(), 3, {index, count});
        if (!left.empty()) search.schedules().go_on_from(left);
        sum.merge(schedules_of(search, 7));
        left = search.schedules().to_text();
        any = search.completed() < 3;
        EXPECT_FALSE(search.dropped());
      }
      BoundedSearch nothing(GetParam(), 3, {index, count});
      nothing.schedules().go_on_from(left);
      EXPECT_FALSE(nothing.begin());
    }
    EXPECT_EQ(sum, whole) << count;
  }
}

/// Stops in the middle of an execution.
class Cut : public BoundedSearch {
 public:
  using BoundedSearch::BoundedSearch;
  int left = 0;
  base::ThreadId choose_thread(std::span<const search::PendingOperation> pending,
                               base::ThreadId current) override {
    return left-- == 0 ? search::kNoThread : BoundedSearch::choose_thread(pending, current);
  }
  void end() override { left < 0 ? interrupt() : BoundedSearch::end(); }
};

TEST_P(Bounded, RunsAgainWhatWasInterrupted) {
  BoundedSearch all(GetParam(), 2);
  const std::multiset<std::string> whole = schedules_of(all);
  for (const std::uint32_t count : {1u, 2u}) {
    std::multiset<std::string> sum;
    for (std::uint32_t index = 0; index < count; ++index) {
      Cut search(GetParam(), 2, {index, count});
      int turn = 0;
      RunOptions options;
      options.limit = 1;
      while (search.completed() < 2) {
        search.left = ++turn % 7;
        bool was_run = false;
        options.on_execution = [&](const Execution& execution) {
          was_run = search.left >= 0;
          if (was_run && search.schedules().counts()) {
            sum.insert(std::to_string(search.cost_now()) + ":" + schedule_of(execution.graph));
          }
        };
        if (turn % 7 == 6) search.left = 1000;
        run(mixed(), search, options);
      }
      EXPECT_FALSE(search.dropped());
    }
    EXPECT_EQ(sum, whole) << count;
  }
}

TEST(BoundedSearch, RefusesWhatIsNoList) {
  for (const char* const text :
       {"", "0 0 0 0 0 0 ", "0 0 0 0 1 5 0 0 0 0 0 0 ", "9 0 0 0 0 0 0 0 0 "}) {
    BoundedSearch search(Cost::kDelays, 2);
    EXPECT_THROW(search.schedules().go_on_from(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace heddle::test
