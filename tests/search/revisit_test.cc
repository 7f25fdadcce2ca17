// SPDX-License-Identifier: Apache-2.0
// Programs that need one clause of the revisit condition each: without it executions are missing,
// come twice, or break an axiom. Threads with lower numbers are added first.
#include <gtest/gtest.h>

#include "tests/support/explore.h"
#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

constexpr Location kX = 0;
constexpr Location kY = 1;
constexpr Location kMutex = 2;

void expect_executions(const Program& program, std::uint64_t complete, Model model) {
  const Summary summary = explore(program, model);
  EXPECT_EQ(summary.complete, complete);
  EXPECT_EQ(summary.duplicates, 0u);
  EXPECT_EQ(summary.inconsistent, 0u);
  EXPECT_EQ(check_program(program, model).mismatch, "");
}

void expect_executions(const Program& program, std::uint64_t complete) {
  expect_executions(program, complete, Model::kRc11);
  expect_executions(program, complete, Model::kSc);
}

TEST(Revisit, ARemovedChoiceHeldItsDefault) {
  Program program;
  program.thread().load(0, kX).choose(1, 2);
  program.thread().store(kX, 1);
  expect_executions(program, 4);
}

TEST(Revisit, ARemovedFailureWasNotSpurious) {
  Program program;
  program.thread().load(0, kX).compare_exchange(1, kY, 0, 5, kRlx, kRlx, true);
  program.thread().store(kX, 1);
  expect_executions(program, 4);
}

TEST(Revisit, ACompareExchangeMayFailSpuriouslyOnWhatItIsMadeToRead) {
  Program program;
  program.thread().compare_exchange(0, kX, 1, 5, kRlx, kRlx, true);
  program.thread().store(kX, 1);
  expect_executions(program, 3);
}

TEST(Revisit, ARemovedReadTookTheNewestWrite) {
  Program program;
  program.thread().store(kY, 1);
  program.thread().load(0, kX).load(1, kY);
  program.thread().store(kX, 1);
  expect_executions(program, 4);
}

TEST(Revisit, ARemovedWriteWasTheNewest) {
  Program program;
  program.thread().store(kY, 1);
  program.thread().load(0, kX).store(kY, 2);
  program.thread().store(kX, 1);
  expect_executions(program, 4);
}

TEST(Revisit, ARemovedWriteHadRevisitedNothing) {
  Program program;
  program.thread().load(0, kX);
  program.thread().load(0, kY).store(kX, 1);
  program.thread().store(kY, 1);
  expect_executions(program, 4);
}

TEST(Revisit, AWriteAfterItsOwnFirstIsPlacedBehindIt) {
  Program program;
  program.thread().load(0, kX);
  program.thread().store(kX, 1).store(kX, 2);
  expect_executions(program, 3);
}

TEST(Revisit, AReadAfterItsOwnWriteReadsNothingOlder) {
  Program program;
  program.thread().store(kX, 7).load(0, kX);
  program.thread().store(kX, 1);
  expect_executions(program, 3);
}

TEST(Revisit, AnRmwPlacedBeforeWhatTheReaderKnowsIsNotRead) {
  Program program;
  program.thread().store(kX, 7).load(0, kX);
  program.thread().add(kX, 1);
  expect_executions(program, 3);
}

TEST(Revisit, AWriteIsNotPlacedBetweenAnRmwAndItsSource) {
  Program program;
  program.thread().add(kX, 1);
  program.thread().load(0, kX);
  program.thread().store(kX, 5);
  expect_executions(program, 6);
}

TEST(Revisit, ATakerThatIsACauseDoesNotGiveWay) {
  // The third thread's rmw comes after the second one's by sb and rf alone, so that under RC11
  // coherence lets it read what that one has taken.
  Program program;
  program.thread().load(0, kX);
  program.thread().add(kX, 1).store(kY, 1);
  program.thread().load(0, kY).skip_unless(0, 1, 1).add(kX, 1);
  expect_executions(program, 5, Model::kSc);
  expect_executions(program, 5, Model::kRc11);
}

TEST(Revisit, WhatTheReadIsMadeToReadIsConsistentWithItsPast) {
  // The last store, placed before the first, cannot be what the load of x reads while the first
  // thread's load misses the store to y.
  Program program;
  program.thread().store(kX, 2, kSc).load(0, kY, kSc);
  program.thread().store(kY, 1, kSc).load(0, kX, kSc);
  program.thread().store(kX, 1, kSc);
  expect_executions(program, 9);
}

TEST(Revisit, AnRmwThatIsMadeToReadWritesAgain) {
  Program program;
  program.thread().add(kX, 1);
  program.thread().load(0, kX);
  program.thread().add(kX, 2);
  expect_executions(program, 6);
}

TEST(Parked, StatesThatDoNotLetALockThroughAreNoAlternatives) {
  Program program;
  program.thread().lock(kMutex).unlock(kMutex).lock(kMutex).unlock(kMutex);
  program.thread().lock(kMutex).unlock(kMutex);
  const Summary summary = explore(program);
  EXPECT_EQ(summary.complete, 3u);
  EXPECT_EQ(summary.deadlocked, 0u);
  EXPECT_EQ(summary.blocked, 2u);
}

}  // namespace
}  // namespace heddle::test
