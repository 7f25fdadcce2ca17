// SPDX-License-Identifier: Apache-2.0
// Litmus tests: for each axiom an outcome that only it forbids, and beside it what stays allowed.
// Locations: 0 = x, 1 = y, 2 = z; outcomes are the registers of each thread.
#include <gtest/gtest.h>

#include "tests/support/explore.h"

namespace heddle::test {
namespace {

constexpr Location kX = 0;
constexpr Location kY = 1;
constexpr Location kZ = 2;
constexpr Location kMutex = 3;

// Coherence.

TEST(Coherence, ReadRead) {
  Program program;
  program.thread().store(kX, 1).store(kX, 2);
  program.thread().load(0, kX).load(1, kX);
  EXPECT_FALSE(allows(program, "| 2 1"));
  EXPECT_FALSE(allows(program, "| 1 0"));
  EXPECT_FALSE(allows(program, "| 2 0"));
  EXPECT_TRUE(allows(program, "| 1 2"));
  EXPECT_EQ(explore(program).complete, 6u);
}

TEST(Coherence, WriteRead) {
  Program program;
  program.thread().store(kX, 1).load(0, kX);
  program.thread().store(kX, 2);
  EXPECT_EQ(explore(program).outcomes, (std::set<std::string>{"1 |", "2 |"}));
  EXPECT_EQ(explore(program).complete, 3u);
}

TEST(Coherence, ReadWrite) {
  Program program;
  program.thread().load(0, kX).store(kX, 1);
  program.thread().store(kX, 2);
  program.thread().load(0, kX).load(1, kX);
  EXPECT_FALSE(allows(program, "1 | | 0 0"));
  EXPECT_FALSE(allows(program, "2 | | 1 2"));
  EXPECT_TRUE(allows(program, "2 | | 2 1"));
  EXPECT_TRUE(allows(program, "0 | | 1 2"));
}

TEST(Coherence, WriteWriteAcrossSynchronisation) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel);
  program.thread().load(0, kY, kAcq).store(kX, 2);
  program.thread().load(0, kX).load(1, kX);
  EXPECT_FALSE(allows(program, "| 1 | 2 1"));
  EXPECT_TRUE(allows(program, "| 0 | 2 1"));
  EXPECT_TRUE(allows(program, "| 1 | 1 2"));
}

// Happens-before.

Program message_passing(MemoryOrder release, MemoryOrder acquire) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, release);
  program.thread().load(0, kY, acquire).load(1, kX);
  return program;
}

TEST(HappensBefore, MessagePassing) {
  EXPECT_TRUE(allows(message_passing(kRlx, kRlx), "| 1 0"));
  EXPECT_TRUE(allows(message_passing(kRel, kRlx), "| 1 0"));
  EXPECT_TRUE(allows(message_passing(kRlx, kAcq), "| 1 0"));
  EXPECT_FALSE(allows(message_passing(kRel, kAcq), "| 1 0"));
  EXPECT_FALSE(allows(message_passing(kSc, kSc), "| 1 0"));
  EXPECT_FALSE(allows(message_passing(kRlx, kRlx), "| 1 0", Model::kSc));
}

TEST(HappensBefore, MessagePassingThroughFences) {
  const auto make = [](bool release, bool acquire) {
    Program program;
    Thread& writer = program.thread().store(kX, 1);
    if (release) writer.fence(kRel);
    writer.store(kZ, 7).store(kY, 1);
    Thread& reader = program.thread().load(0, kY).load(2, kZ);
    if (acquire) reader.fence(kAcq);
    reader.load(1, kX);
    return program;
  };
  EXPECT_FALSE(allows(make(true, true), "| 1 0 7"));
  EXPECT_FALSE(allows(make(true, true), "| 0 0 7"));
  EXPECT_TRUE(allows(make(true, false), "| 1 0 7"));
  EXPECT_TRUE(allows(make(false, true), "| 1 0 7"));
}

TEST(HappensBefore, FenceToAcquireAndReleaseToFence) {
  Program fence_first;
  fence_first.thread().store(kX, 1).fence(kRel).store(kY, 1);
  fence_first.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_FALSE(allows(fence_first, "| 1 0"));
  Program fence_last;
  fence_last.thread().store(kX, 1).store(kY, 1, kRel);
  fence_last.thread().load(0, kY).fence(kAcq).load(1, kX);
  EXPECT_FALSE(allows(fence_last, "| 1 0"));
  Program fence_after_store;
  fence_after_store.thread().store(kX, 1).store(kY, 1).fence(kRel);
  fence_after_store.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(fence_after_store, "| 1 0"));
}

TEST(HappensBefore, FencesWorkInOneDirection) {
  Program acquire_by_writer;
  acquire_by_writer.thread().store(kX, 1).fence(kAcq).store(kY, 1);
  acquire_by_writer.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(acquire_by_writer, "| 1 0"));
  Program release_by_reader;
  release_by_reader.thread().store(kX, 1).store(kY, 1, kRel);
  release_by_reader.thread().load(0, kY).fence(kRel).load(1, kX);
  EXPECT_TRUE(allows(release_by_reader, "| 1 0"));
}

TEST(HappensBefore, IsTransitive) {
  const auto wrc = [](MemoryOrder release, MemoryOrder acquire) {
    Program program;
    program.thread().store(kX, 1);
    program.thread().load(0, kX, acquire).store(kY, 1, release);
    program.thread().load(0, kY, acquire).load(1, kX);
    return program;
  };
  EXPECT_FALSE(allows(wrc(kRel, kAcq), "| 1 | 1 0"));
  EXPECT_TRUE(allows(wrc(kRlx, kRlx), "| 1 | 1 0"));
  EXPECT_TRUE(allows(wrc(kRel, kRlx), "| 1 | 1 0"));
  Program isa2;
  isa2.thread().store(kX, 1).store(kY, 1, kRel);
  isa2.thread().load(0, kY, kAcq).store(kZ, 1, kRel);
  isa2.thread().load(0, kZ, kAcq).load(1, kX);
  EXPECT_FALSE(allows(isa2, "| 1 | 1 0"));
}

TEST(HappensBefore, ReleaseSequenceRunsThroughRmws) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel);
  program.thread().add(kY, 1, kRlx);
  program.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_FALSE(allows(program, "| | 2 0"));
  EXPECT_TRUE(allows(program, "| | 1 1"));
  // The rmw came before the release write: it carries nothing on.
  EXPECT_TRUE(allows(program, "| | 0 0"));
}

TEST(HappensBefore, ReleaseSequenceEndsAtAStoreOfTheSameThread) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel).store(kY, 2, kRlx);
  program.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(program, "| 2 0"));
  EXPECT_FALSE(allows(program, "| 1 0"));
}

TEST(HappensBefore, ReleaseSequenceGoesOnBehindAReleasingRmw) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel);
  program.thread().add(kY, 1, kRel);
  program.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_FALSE(allows(program, "| | 2 0"));
}

TEST(HappensBefore, RmwsReleaseByTheirOrder) {
  const auto make = [](MemoryOrder order) {
    Program program;
    program.thread().store(kX, 1).add(kY, 1, order);
    program.thread().load(0, kY, kAcq).load(1, kX);
    return program;
  };
  EXPECT_FALSE(allows(make(kRel), "| 1 0"));
  EXPECT_FALSE(allows(make(kSc), "| 1 0"));
  EXPECT_TRUE(allows(make(kRlx), "| 1 0"));
  EXPECT_TRUE(allows(make(kAcq), "| 1 0"));
}

TEST(HappensBefore, NonAtomicAccessesDoNotSynchronise) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel).non_atomic();
  program.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(program, "| 1 0"));
  Program read;
  read.thread().store(kX, 1).store(kY, 1, kRel);
  read.thread().load(0, kY, kAcq).non_atomic().fence(kAcq).load(1, kX);
  EXPECT_TRUE(allows(read, "| 1 0"));
}

TEST(HappensBefore, FailureOrderOfCompareExchange) {
  const auto make = [](std::uint64_t expected, MemoryOrder success, MemoryOrder failure) {
    Program program;
    program.thread().store(kX, 1).store(kY, 1, kRel);
    program.thread().compare_exchange(0, kY, expected, 9, success, failure).load(1, kX);
    return program;
  };
  EXPECT_TRUE(allows(make(5, kAcqRel, kRlx), "| 1 0"));
  EXPECT_FALSE(allows(make(5, kAcqRel, kAcq), "| 1 0"));
  EXPECT_FALSE(allows(make(5, kRlx, kAcq), "| 1 0"));
  EXPECT_FALSE(allows(make(1, kAcq, kRlx), "| 1 0"));
  EXPECT_TRUE(allows(make(1, kRel, kAcq), "| 1 0"));
}

TEST(HappensBefore, CreateAndJoin) {
  Program program;
  program.thread().store(kX, 1).create(1).join(1).load(0, kY);
  program.thread().load(0, kX).store(kY, 1);
  EXPECT_EQ(explore(program).outcomes, (std::set<std::string>{"1 | 1"}));
}

TEST(HappensBefore, MutexOrdersCriticalSections) {
  Program program;
  program.thread().lock(kMutex).store(kX, 1).store(kY, 1).unlock(kMutex);
  program.thread().lock(kMutex).load(0, kY).load(1, kX).unlock(kMutex);
  EXPECT_EQ(explore(program).outcomes, (std::set<std::string>{"| 0 0", "| 1 1"}));
}

TEST(HappensBefore, FailedTryLockOrdersNothing) {
  Program program;
  program.thread().store(kX, 1).lock(kMutex);
  program.thread().sync(graph::SyncOp::kMutexTryLock, kMutex, 0, 0).load(1, kX);
  const Summary summary = explore(program);
  bool failed_without_seeing_x = false;
  for (const std::string& outcome : summary.outcomes) {
    failed_without_seeing_x |= outcome != "| 0 0" && outcome.ends_with(" 0");
  }
  EXPECT_TRUE(failed_without_seeing_x);
}

// Atomicity and no-thin-air.

TEST(Atomicity, NoUpdateIsLost) {
  Program program;
  for (int t = 0; t < 3; ++t) program.thread().add(kX, 1, kRlx, 0);
  for (const std::string& outcome : explore(program).outcomes) {
    std::string sorted = outcome;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_TRUE(sorted.ends_with("012||")) << outcome;
  }
}

TEST(Atomicity, NoStoreBetweenAnRmwAndItsSource) {
  Program program;
  program.thread().add(kX, 1, kRlx, 0);
  program.thread().store(kX, 10);
  program.thread().load(0, kX).load(1, kX).load(2, kX);
  EXPECT_FALSE(allows(program, "0 | | 10 1 1"));
  EXPECT_TRUE(allows(program, "0 | | 1 10 10"));
  EXPECT_TRUE(allows(program, "10 | | 10 11 11"));
  EXPECT_FALSE(allows(program, "10 | | 11 10 10"));
}

TEST(NoThinAir, LoadBuffering) {
  Program program;
  program.thread().load(0, kX).store(kY, 1);
  program.thread().load(0, kY).store(kX, 1);
  EXPECT_FALSE(allows(program, "1 | 1"));
  EXPECT_EQ(explore(program).complete, 3u);
}

TEST(Writes, TwoPlusTwoWrites) {
  const auto make = [](MemoryOrder order) {
    Program program;
    program.thread().store(kX, 1, order).store(kY, 2, order);
    program.thread().store(kY, 1, order).store(kX, 2, order);
    return program;
  };
  EXPECT_EQ(explore(make(kRlx)).complete, 4u);
  EXPECT_EQ(explore(make(kRel)).complete, 4u);
  EXPECT_EQ(explore(make(kSc)).complete, 3u);
  EXPECT_EQ(explore(make(kRlx), Model::kSc).complete, 3u);
}

}  // namespace
}  // namespace heddle::test
