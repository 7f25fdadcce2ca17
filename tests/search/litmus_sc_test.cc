// SPDX-License-Identifier: Apache-2.0
// Litmus tests of the axiom for seq_cst events: what psc forbids, and what a stronger axiom would
// forbid too. Most are named as in "Repairing Sequential Consistency in C/C++11" (PLDI 2017).
#include <gtest/gtest.h>

#include "tests/support/explore.h"

namespace heddle::test {
namespace {

constexpr Location kX = 0;
constexpr Location kY = 1;
constexpr Location kMutex = 3;

TEST(Psc, StoreBuffering) {
  const auto make = [](MemoryOrder store, MemoryOrder load) {
    Program program;
    program.thread().store(kX, 1, store).load(0, kY, load);
    program.thread().store(kY, 1, store).load(0, kX, load);
    return program;
  };
  EXPECT_FALSE(allows(make(kSc, kSc), "0 | 0"));
  EXPECT_TRUE(allows(make(kRel, kAcq), "0 | 0"));
  EXPECT_TRUE(allows(make(kSc, kAcq), "0 | 0"));
  EXPECT_TRUE(allows(make(kRel, kSc), "0 | 0"));
  EXPECT_FALSE(allows(make(kRlx, kRlx), "0 | 0", Model::kSc));
}

TEST(Psc, StoreBufferingWithFences) {
  const auto make = [](MemoryOrder left, MemoryOrder right) {
    Program program;
    program.thread().store(kX, 1).fence(left).load(0, kY);
    program.thread().store(kY, 1).fence(right).load(0, kX);
    return program;
  };
  EXPECT_FALSE(allows(make(kSc, kSc), "0 | 0"));
  EXPECT_EQ(explore(make(kSc, kSc)).complete, 3u);
  EXPECT_TRUE(allows(make(kSc, kAcqRel), "0 | 0"));
  EXPECT_TRUE(allows(make(kAcqRel, kAcqRel), "0 | 0"));
}

TEST(Psc, StoreBufferingFenceAgainstAccesses) {
  Program program;
  program.thread().store(kX, 1).fence(kSc).load(0, kY);
  program.thread().store(kY, 1, kSc).load(0, kX, kSc);
  EXPECT_FALSE(allows(program, "0 | 0"));
}

TEST(Psc, IndependentReadsOfIndependentWrites) {
  const auto make = [](MemoryOrder store, MemoryOrder first, MemoryOrder second) {
    Program program;
    program.thread().store(kX, 1, store);
    program.thread().store(kY, 1, store);
    program.thread().load(0, kX, first).load(1, kY, second);
    program.thread().load(0, kY, first).load(1, kX, second);
    return program;
  };
  EXPECT_FALSE(allows(make(kSc, kSc, kSc), "| | 1 0 | 1 0"));
  EXPECT_TRUE(allows(make(kRel, kAcq, kAcq), "| | 1 0 | 1 0"));
  // IRIW-acq-sc: C++11's original axiom forbids it, compilation to Power does not.
  EXPECT_TRUE(allows(make(kSc, kAcq, kSc), "| | 1 0 | 1 0"));
}

TEST(Psc, IndependentReadsWithFences) {
  Program program;
  program.thread().store(kX, 1);
  program.thread().store(kY, 1);
  program.thread().load(0, kX).fence(kSc).load(1, kY);
  program.thread().load(0, kY).fence(kSc).load(1, kX);
  EXPECT_FALSE(allows(program, "| | 1 0 | 1 0"));
}

TEST(Psc, ReadToWriteCausalityWithFences) {
  Program program;
  program.thread().store(kX, 1);
  program.thread().load(0, kX).fence(kSc).load(1, kY);
  program.thread().store(kY, 1).fence(kSc).load(0, kX);
  EXPECT_FALSE(allows(program, "| 1 0 | 0"));
}

TEST(Psc, FencesOrderThroughAWriteThatIsOnlyRead) {
  // The first fence happens before the store to y, whose value comes before the second fence, but
  // neither store nor load of y synchronises.
  Program program;
  program.thread().store(kX, 1).fence(kSc).store(2, 1, kRel);
  program.thread().load(0, 2, kAcq).store(kY, 1);
  program.thread().load(0, kY).fence(kSc).load(1, kX);
  EXPECT_FALSE(allows(program, "| 1 | 1 0"));
  EXPECT_TRUE(allows(program, "| 0 | 1 0"));
}

TEST(Psc, AFenceBetweenAccessesOfOneLocation) {
  // From the store to the fence leads a second store to x alone, which counts for no access of x.
  const auto make = [](bool with_fence) {
    Program program;
    program.thread().store(kX, 1, kSc).store(kX, 2, kRel);
    Thread& middle = program.thread().load(0, kX, kAcq);
    if (with_fence) middle.fence(kSc);
    middle.load(1, kY, kSc);
    program.thread().store(kY, 1, kSc).load(0, kX, kSc);
    return program;
  };
  EXPECT_FALSE(allows(make(true), "| 2 0 | 0"));
  EXPECT_TRUE(allows(make(false), "| 2 0 | 0"));
}

TEST(Psc, Z6U) {
  // Allowed: between the seq_cst accesses of the second thread and of the first lies only hb that
  // begins at the same location.
  Program program;
  program.thread().store(kX, 1, kSc).store(kY, 1, kRel);
  program.thread().add(kY, 1, kSc, 0).load(1, kY);
  program.thread().store(kY, 3, kSc).load(0, kX, kSc);
  EXPECT_TRUE(allows(program, "| 1 3 | 0"));
  EXPECT_FALSE(allows(program, "| 1 3 | 0", Model::kSc));
}

TEST(Psc, TwoPlusTwoWritesSomeOfThemSc) {
  Program program;
  program.thread().store(kX, 1, kSc).store(kY, 2, kRel);
  program.thread().store(kY, 1, kSc).store(kX, 2, kSc);
  EXPECT_EQ(explore(program).complete, 4u);
}

TEST(Psc, StoreBufferingThroughCreate) {
  Program program;
  program.thread().store(kX, 1, kSc).create(2);
  program.thread().store(kY, 1, kSc).create(3);
  program.thread().load(0, kY, kSc);
  program.thread().load(0, kX, kSc);
  EXPECT_FALSE(allows(program, "| | 0 | 0"));
  EXPECT_TRUE(allows(program, "| | 0 | 1"));
}

TEST(Psc, StoreBufferingThroughJoin) {
  Program program;
  program.thread().create(2).join(2).load(0, kY, kSc);
  program.thread().create(3).join(3).load(0, kX, kSc);
  program.thread().store(kX, 1, kSc);
  program.thread().store(kY, 1, kSc);
  EXPECT_FALSE(allows(program, "0 | 0 | |"));
  EXPECT_TRUE(allows(program, "1 | 0 | |"));
}

TEST(Psc, StoreBufferingThroughMutex) {
  Program program;
  program.thread().store(kX, 1, kSc).lock(kMutex).unlock(kMutex);
  program.thread().sync(graph::SyncOp::kMutexTryLock, kMutex).load(0, 2).load(1, kY, kSc);
  program.thread().store(kY, 1, kSc).load(0, kX, kSc);
  // The second thread's lock after the first one's unlock or not: not visible in the outcome, so
  // count the graphs in which it is, and the reads are both of the initial value.
  search::ExhaustiveSearch search(Model::kRc11);
  RunOptions options;
  int forbidden = 0;
  int unordered = 0;
  options.on_execution = [&](const Execution& execution) {
    if (execution.registers[1][1] != 0 || execution.registers[2][0] != 0) return;
    const graph::Event& attempt = execution.graph.event({1, 0});
    const bool after_unlock = attempt.has_write && attempt.rf.is_event();
    ++(after_unlock ? forbidden : unordered);
  };
  run(program, search, options);
  EXPECT_EQ(forbidden, 0);
  EXPECT_GT(unordered, 0);
}

TEST(Psc, MutexesAreNotSeqCstThemselves) {
  Program program;
  program.thread().store(kX, 1).lock(3).unlock(3).load(0, kY);
  program.thread().store(kY, 1).lock(4).unlock(4).load(0, kX);
  EXPECT_TRUE(allows(program, "0 | 0"));
}

TEST(Psc, FutexCallsAreFences) {
  Program program;
  program.thread().store(kX, 1).sync(graph::SyncOp::kFutexWake, 3, 1).load(0, kY);
  program.thread().store(kY, 1).sync(graph::SyncOp::kFutexWake, 4, 1).load(0, kX);
  EXPECT_FALSE(allows(program, "0 | 0"));
  EXPECT_TRUE(allows(program, "1 | 0"));
}

TEST(Psc, OneMutexOrdersStoreBuffering) {
  Program program;
  program.thread().store(kX, 1).lock(3).unlock(3).load(0, kY);
  program.thread().store(kY, 1).lock(3).unlock(3).load(0, kX);
  EXPECT_FALSE(allows(program, "0 | 0"));
}

TEST(Psc, SeqCstRmws) {
  Program program;
  program.thread().exchange(0, kX, 1, kSc).load(1, kY, kSc);
  program.thread().exchange(0, kY, 1, kSc).load(1, kX, kSc);
  EXPECT_FALSE(allows(program, "0 0 | 0 0"));
  Program relaxed;
  relaxed.thread().exchange(0, kX, 1, kAcqRel).load(1, kY, kSc);
  relaxed.thread().exchange(0, kY, 1, kAcqRel).load(1, kX, kSc);
  EXPECT_TRUE(allows(relaxed, "0 0 | 0 0"));
}

TEST(Psc, FailedCompareExchangeHasItsFailureOrder) {
  const auto make = [](MemoryOrder failure) {
    Program program;
    program.thread().store(kX, 1, kSc).compare_exchange(0, kY, 9, 9, kSc, failure);
    program.thread().store(kY, 1, kSc).compare_exchange(0, kX, 9, 9, kSc, failure);
    return program;
  };
  EXPECT_FALSE(allows(make(kSc), "0 | 0"));
  EXPECT_TRUE(allows(make(kRlx), "0 | 0"));
}

}  // namespace
}  // namespace heddle::test
