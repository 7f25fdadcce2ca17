// SPDX-License-Identifier: Apache-2.0
// Exact numbers of executions, known from the literature's test programs or by hand. Every program
// small enough is also tested for executions met twice and for broken axioms.
#include <gtest/gtest.h>

#include "checker/graph/sync_op.h"
#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using graph::SyncOp;

/// Complete and deadlocked executions, none twice, all consistent.
void expect_counts(const Program& program, std::uint64_t complete, std::uint64_t deadlocked = 0,
                   Model model = Model::kRc11) {
  const Summary summary = explore(program, model);
  EXPECT_EQ(summary.complete, complete);
  EXPECT_EQ(summary.deadlocked, deadlocked);
  EXPECT_EQ(summary.duplicates, 0u);
  EXPECT_EQ(summary.inconsistent, 0u);
}

Program store_buffering(MemoryOrder order) {
  Program program;
  program.thread().store(0, 1, order).load(0, 1, order);
  program.thread().store(1, 1, order).load(0, 0, order);
  return program;
}

TEST(Counts, StoreBuffering) {
  expect_counts(store_buffering(kRlx), 4);
  expect_counts(store_buffering(kSc), 3);
  expect_counts(store_buffering(kRlx), 3, 0, Model::kSc);
}

TEST(Counts, MessagePassingWithGuardedData) {
  Program program;
  program.thread().store(0, 1).store(1, 1, kRel);
  program.thread().load(0, 1, kAcq).skip_if(0, 0, 1).load(1, 0);
  expect_counts(program, 2);
}

TEST(Counts, MessagePassingUnderSc) {
  Program program;
  program.thread().store(0, 1).store(1, 1);
  program.thread().load(0, 1).load(1, 0);
  expect_counts(program, 3, 0, Model::kSc);
  expect_counts(program, 4);
}

TEST(Counts, IndependentReadsOfIndependentWrites) {
  Program program;
  program.thread().store(0, 1);
  program.thread().store(1, 1);
  program.thread().load(0, 0).load(1, 1);
  program.thread().load(0, 1).load(1, 0);
  expect_counts(program, 16);
  expect_counts(program, 15, 0, Model::kSc);
}

TEST(Counts, FetchAdds) {
  std::uint64_t factorial = 2;
  for (int threads = 3; threads <= 7; ++threads) {
    factorial *= threads;
    Program program;
    for (int i = 0; i < threads; ++i) program.thread().add(0, 1);
    expect_counts(program, factorial);
  }
}

TEST(Counts, FetchAddsToTwoLocations) {
  std::uint64_t factorial = 1;
  for (int threads = 2; threads <= 4; ++threads) {
    factorial *= threads;
    Program program;
    for (int i = 0; i < threads; ++i) program.thread().add(0, 1).add(1, 1);
    expect_counts(program, factorial * factorial);
  }
}

Program last_zero(int writers) {
  Program program;
  Thread& reader = program.thread();
  for (int i = writers; i >= 1; --i) reader.load(0, i, kAcq).skip_if(0, 0, 1000);
  for (int j = 1; j <= writers; ++j) {
    program.thread().load(0, j - 1, kAcq).store_register(j, 0, kRel, 1);
  }
  return program;
}

TEST(Counts, LastZero) {
  expect_counts(last_zero(5), 64);
  expect_counts(last_zero(10), 3328);
  EXPECT_EQ(count(last_zero(15)).complete, 147456u);
}

TEST(Counts, CompareExchangeChain) {
  const std::pair<int, std::uint64_t> expected[] = {{2, 2}, {5, 43}, {7, 523}, {9, 8597}};
  for (const auto& [threads, executions] : expected) {
    Program program;
    for (int i = 1; i <= threads; ++i) program.thread().compare_exchange(0, 0, i - 1, i);
    expect_counts(program, executions);
  }
}

TEST(Counts, Fibonacci) {
  Program program;
  program.initial(0, 1).initial(1, 1);
  for (const Location target : {0, 1}) {
    Thread& thread = program.thread();
    for (int i = 0; i < 5; ++i) {
      thread.load(0, 0, kAcq).load(1, 1, kAcq).set(2, 0, 1).store_register(target, 2, kRel);
    }
  }
  program.thread().load(0, 0, kAcq).skip_above(0, 144, 1).load(1, 1, kAcq);
  const Summary summary = count(program);
  EXPECT_EQ(summary.complete, 525630u);
  EXPECT_EQ(summary.blocked, 0u);
}

/// Load, add one, store: `times` in each thread. Numbers of Mazurkiewicz traces under SC.
Program counter(int threads, int times) {
  Program program;
  for (int t = 0; t < threads; ++t) {
    Thread& thread = program.thread();
    for (int i = 0; i < times; ++i) thread.load(0, 0).store_register(0, 0, kRlx, 1);
  }
  return program;
}

TEST(Counts, RacyCounterUnderSc) {
  expect_counts(counter(2, 1), 4, 0, Model::kSc);
  expect_counts(counter(2, 2), 34, 0, Model::kSc);
  expect_counts(counter(3, 1), 36, 0, Model::kSc);
}

TEST(Counts, MutexOrders) {
  std::uint64_t factorial = 1;
  for (int threads = 2; threads <= 5; ++threads) {
    factorial *= threads;
    Program program;
    for (int t = 0; t < threads; ++t) program.thread().lock(0).unlock(0);
    expect_counts(program, factorial);
    expect_counts(program, factorial, 0, Model::kSc);
  }
}

TEST(Counts, LostUpdateUnderTwoCriticalSections) {
  Program program;
  for (int t = 0; t < 2; ++t) {
    program.thread().lock(0).load(0, 1).unlock(0).lock(0).store_register(1, 0, kRlx, 1).unlock(0);
  }
  expect_counts(program, 6);
  EXPECT_EQ(explore(program).graphs.size(), 6u);
}

TEST(Counts, LockKeptForEver) {
  Program program;
  program.thread().lock(0).unlock(0);
  program.thread().lock(0).unlock(0).lock(0);
  expect_counts(program, 2, 1);
  expect_counts(program, 2, 1, Model::kSc);
}

TEST(Counts, LockKeptByTheFirstThread) {
  Program program;
  program.thread().lock(0);
  program.thread().lock(0).unlock(0);
  expect_counts(program, 1, 1);
}

TEST(Counts, Relock) {
  Program program;
  program.thread().lock(0).lock(0);
  expect_counts(program, 0, 1);
}

TEST(Counts, OppositeOrderOfTwoLocks) {
  Program program;
  program.thread().lock(0).lock(1).unlock(1).unlock(0);
  program.thread().lock(1).lock(0).unlock(0).unlock(1);
  expect_counts(program, 2, 1);
  expect_counts(program, 2, 1, Model::kSc);
}

TEST(Counts, DiningPhilosophers) {
  for (int n = 3; n <= 5; ++n) {
    Program program;
    for (int i = 0; i < n; ++i) {
      const Location left = i;
      const Location right = (i + 1) % n;
      program.thread().lock(left).lock(right).unlock(right).unlock(left);
    }
    expect_counts(program, (1 << n) - 2, 1);
  }
}

TEST(Counts, DiningPhilosophersOneOfThemRightFirst) {
  Program program;
  program.thread().lock(0).lock(1).unlock(1).unlock(0);
  program.thread().lock(1).lock(2).unlock(2).unlock(1);
  program.thread().lock(0).lock(2).unlock(2).unlock(0);
  expect_counts(program, 6, 0);
}

TEST(Counts, SemaphoresInOppositeOrder) {
  const graph::SyncState one = graph::apply_sync(SyncOp::kSemaphoreInit, 0, 1, 0).next;
  Program program;
  program.initial(0, one).initial(1, one);
  for (int first : {0, 1}) {
    program.thread()
        .sync(SyncOp::kSemaphoreWait, first)
        .sync(SyncOp::kSemaphoreWait, 1 - first)
        .sync(SyncOp::kSemaphorePost, 1 - first)
        .sync(SyncOp::kSemaphorePost, first);
  }
  expect_counts(program, 2, 1);
}

TEST(Counts, LockHeldOverJoin) {
  Program program;
  program.thread().create(1).lock(0).join(1).unlock(0);
  program.thread().lock(0).unlock(0);
  expect_counts(program, 1, 1);
}

TEST(Counts, CreateAndJoinOrderEverything) {
  Program program;
  program.thread().store(0, 1).create(1).join(1).load(0, 0);
  program.thread().load(0, 0).store(0, 2);
  expect_counts(program, 1);
  EXPECT_TRUE(allows(program, "2 | 1"));
}

TEST(Counts, Choices) {
  Program program;
  program.thread().choose(0, 3).store_register(0, 0);
  program.thread().load(0, 0).choose(1, 2);
  // Three outcomes, each read or not, times two.
  expect_counts(program, 12);
}

TEST(Counts, SpuriousFailures) {
  Program program;
  program.thread().compare_exchange(0, 0, 0, 1, kRlx, kRlx, true).compare_exchange(1, 0, 0, 2);
  // Success, then a failure; or a spurious failure, then success.
  expect_counts(program, 2);
  Program two;
  two.thread().compare_exchange(0, 0, 0, 1, kRlx, kRlx, true);
  two.thread().compare_exchange(0, 0, 0, 1, kRlx, kRlx, true);
  // One fails for good (2), one spuriously (2), both spuriously (1).
  expect_counts(two, 5);
}

TEST(Counts, AwaitsArePureSpins) {
  Program program;
  program.thread().store(0, 1, kRel);
  program.thread().await(0, 1, kAcq);
  const Summary summary = explore(program);
  EXPECT_EQ(summary.complete, 1u);
  EXPECT_EQ(summary.deadlocked, 0u);
  Program never;
  never.thread().store(0, 2, kRel);
  never.thread().await(0, 1, kAcq);
  EXPECT_EQ(explore(never).deadlocked, 1u);
  EXPECT_EQ(explore(never).complete, 0u);
}

}  // namespace
}  // namespace heddle::test
