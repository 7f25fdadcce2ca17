// SPDX-License-Identifier: Apache-2.0
// Orders respect the edges and switch as little as they can.
#include "checker/report/linearise.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::report {
namespace {

using Threads = std::vector<base::ThreadId>;
using Edges = std::vector<OrderEdge>;
using Order = std::vector<std::uint32_t>;

std::size_t switches(const Threads& threads, const Order& order) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    count += threads[order[i]] != threads[order[i - 1]];
  }
  return count;
}

void expect_valid(const Threads& threads, const Edges& edges, const Order& order) {
  ASSERT_EQ(order.size(), threads.size());
  std::vector<std::size_t> position(threads.size(), threads.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    ASSERT_LT(order[i], threads.size());
    ASSERT_EQ(position[order[i]], threads.size()) << "twice";
    position[order[i]] = i;
  }
  for (std::size_t a = 0; a < threads.size(); ++a) {
    for (std::size_t b = a + 1; b < threads.size(); ++b) {
      ASSERT_TRUE(threads[a] != threads[b] || position[a] < position[b]);
    }
  }
  for (const OrderEdge& edge : edges) {
    ASSERT_LT(position[edge.before], position[edge.after]);
  }
}

TEST(Linearise, independent_threads_run_one_after_the_other) {
  const Threads threads{0, 1, 2, 0, 1, 2, 0, 1, 2};
  const Order order = linearise(threads, {});
  expect_valid(threads, {}, order);
  EXPECT_EQ(switches(threads, order), 2u);
}

TEST(Linearise, nothing_and_one_thread) {
  EXPECT_TRUE(linearise({}, {}).empty());
  EXPECT_EQ(linearise(Threads{3, 3}, {}), (Order{0, 1}));
}

TEST(Linearise, follows_reads_from) {
  const Threads threads{0, 0, 1, 1};
  const Edges edges{{3, 0}};
  EXPECT_EQ(linearise(threads, edges), (Order{2, 3, 0, 1}));
}

TEST(Linearise, finds_the_fewest_switches_where_the_obvious_start_is_wrong) {
  // Thread 0 can make one step at once, but only thread 1 first lets it run through.
  const Threads threads{0, 0, 0, 1, 1};
  const Edges edges{{4, 1}};
  const Order order = linearise(threads, edges);
  EXPECT_EQ(order, (Order{3, 4, 0, 1, 2}));
}

TEST(Linearise, soft_edges_hold_if_they_can) {
  // Store buffering: both reads take the initial value; reads-before is cyclic with program order.
  const Threads threads{0, 0, 1, 1};
  const std::vector<Edges> impossible{{{1, 2}, {3, 0}}};
  const Order order = linearise(threads, {}, impossible);
  expect_valid(threads, {impossible[0][0]}, order);
  const std::vector<Edges> possible{{{3, 0}}, {{1, 2}}};
  expect_valid(threads, possible[0], linearise(threads, {}, possible));
}

TEST(Linearise, earlier_groups_come_first) {
  const Threads threads{0, 1};
  const std::vector<Edges> groups{{{1, 0}}, {{0, 1}}};
  EXPECT_EQ(linearise(threads, {}, groups), (Order{1, 0}));
}

TEST(Linearise, random_graphs_also_with_little_effort) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const unsigned thread_count = 1 + random() % 6;
    Threads threads;
    for (unsigned i = 0; i < 40; ++i) {
      threads.push_back(random() % thread_count);
    }
    Edges hard;
    for (unsigned i = 0; i < 20; ++i) {
      const auto a = static_cast<std::uint32_t>(random() % 40);
      const auto b = static_cast<std::uint32_t>(random() % 40);
      if (a < b) {
        hard.push_back({a, b});
      }
    }
    Edges soft;
    for (unsigned i = 0; i < 20; ++i) {
      soft.push_back(
          {static_cast<std::uint32_t>(random() % 40), static_cast<std::uint32_t>(random() % 40)});
    }
    const Order best = linearise(threads, hard);
    expect_valid(threads, hard, best);
    const Order greedy = linearise(threads, hard, {}, 3);
    expect_valid(threads, hard, greedy);
    EXPECT_LE(switches(threads, best), switches(threads, greedy));
    expect_valid(threads, hard, linearise(threads, hard, std::vector<Edges>{soft}));
  }
}

TEST(Linearise, many_steps_of_many_threads_end_soon) {
  Threads threads;
  Edges hard;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    threads.push_back(i % 20);
    if (i >= 7) {
      hard.push_back({i - 7, i});
    }
  }
  expect_valid(threads, hard, linearise(threads, hard));
}

}  // namespace
}  // namespace heddle::report
