// SPDX-License-Identifier: Apache-2.0
// One body of two threads, under explore() and as a HEDDLE_TEST; the least of a few of each.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "heddle/gtest.h"
#include "heddle/heddle.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 3;

/// 48,620 executions: the orders of two times nine increments.
void body() {
  std::atomic<int> counter{0};
  const auto add = [&] {
    for (int i = 0; i < 9; ++i) {
      counter.fetch_add(1);
    }
  };
  std::thread other(add);
  add();
  other.join();
  EXPECT_EQ(counter.load(), 18);
}

HEDDLE_TEST(Ways, Test) { body(); }

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void show(const char* name, std::uint64_t executions, std::uint64_t events, double seconds) {
  std::printf("%-30s %8llu executions  %9.0f/s by the clock  %6.1f ns an event\n", name,
              static_cast<unsigned long long>(executions),
              static_cast<double>(executions) / seconds,
              seconds / static_cast<double>(events) * 1e9);
}

}  // namespace

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  heddle::Report report;
  double explored = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point start = Clock::now();
    report = heddle::explore(body);
    explored = std::min(explored, seconds_since(start));
  }
  delete testing::UnitTest::GetInstance()->listeners().Release(
      testing::UnitTest::GetInstance()->listeners().default_result_printer());
  double tested = 1e9;
  int failed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point start = Clock::now();
    failed += RUN_ALL_TESTS();
    tested = std::min(tested, seconds_since(start));
  }
  show("explore(), two threads", report.executions, report.events, explored);
  show("HEDDLE_TEST of the same", report.executions, report.events, tested);
  return failed;
}
