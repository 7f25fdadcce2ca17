// SPDX-License-Identifier: Apache-2.0
// The oracle itself against results of the literature that were worked out by hand: each axiom has
// a program that it forbids something of, and one that it leaves alone.
#include "tests/support/oracle.h"

#include <gtest/gtest.h>

#include "tests/support/oracle_relation.h"

namespace heddle::test {
namespace {

using graph::SyncOp;

constexpr Location kX = 0;
constexpr Location kY = 1;
constexpr Location kMutex = 4;

bool allows(const Program& program, const std::string& outcome, Model model = Model::kRc11) {
  const OracleResult result = executions_by_axioms(program, model);
  EXPECT_TRUE(result.within_limits);
  return result.outcomes.contains(outcome);
}

std::uint64_t count(const Program& program, Model model = Model::kRc11) {
  return executions_by_axioms(program, model).complete;
}

TEST(RelationTest, IsWhatItSays) {
  Relation r(4);
  r.add(0, 1);
  r.add(1, 2);
  EXPECT_TRUE(r.plus().has(0, 2));
  EXPECT_FALSE(r.plus().has(0, 0));
  EXPECT_TRUE(r.star().has(3, 3));
  EXPECT_TRUE(r.inverse().has(2, 1));
  EXPECT_TRUE(r.then(r).has(0, 2));
  EXPECT_FALSE(r.then(r).has(0, 1));
  EXPECT_TRUE(Relation::only(4, 0b10).then(r).has(1, 2));
  EXPECT_FALSE(Relation::only(4, 0b10).then(r).has(0, 1));
  EXPECT_TRUE((r - r).empty());
  EXPECT_TRUE(r.acyclic());
  r.add(2, 0);
  EXPECT_FALSE(r.acyclic());
  EXPECT_TRUE(r.irreflexive());
}

Program store_buffering(MemoryOrder order, MemoryOrder fence = kRlx) {
  Program program;
  for (const Location mine : {kX, kY}) {
    Thread& thread = program.thread().store(mine, 1, order);
    if (fence != kRlx) thread.fence(fence);
    thread.load(0, mine == kX ? kY : kX, order);
  }
  return program;
}

TEST(OracleTest, StoreBuffering) {
  EXPECT_EQ(count(store_buffering(kRlx)), 4);
  EXPECT_EQ(count(store_buffering(kSc)), 3);
  EXPECT_EQ(count(store_buffering(kRlx, kSc)), 3);
  EXPECT_EQ(count(store_buffering(kRlx, kAcqRel)), 4);
  EXPECT_EQ(count(store_buffering(kRlx), Model::kSc), 3);
  EXPECT_EQ(interleavings(store_buffering(kRlx)).complete, 3);
}

Program message_passing(MemoryOrder store, MemoryOrder load) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, store);
  program.thread().load(0, kY, load).skip_if(0, 0, 1).load(1, kX);
  return program;
}

TEST(OracleTest, MessagePassing) {
  EXPECT_EQ(count(message_passing(kRel, kAcq)), 2);
  EXPECT_EQ(count(message_passing(kRlx, kAcq)), 3);
  EXPECT_EQ(count(message_passing(kRel, kRlx)), 3);
}

TEST(OracleTest, MessagePassingByFences) {
  Program program;
  program.thread().store(kX, 1).fence(kRel).store(kY, 1);
  program.thread().load(0, kY).fence(kAcq).load(1, kX);
  EXPECT_FALSE(allows(program, "| 1 0"));
  Program half;
  half.thread().store(kX, 1).fence(kAcq).store(kY, 1);
  half.thread().load(0, kY).fence(kAcq).load(1, kX);
  EXPECT_TRUE(allows(half, "| 1 0"));
}

TEST(OracleTest, ReleaseSequencesRunThroughReadModifyWritesOnly) {
  Program rmw;
  rmw.thread().store(kX, 1).store(kY, 1, kRel);
  rmw.thread().add(kY, 1);
  rmw.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(rmw, "| | 1 1"));
  EXPECT_TRUE(allows(rmw, "| | 2 1"));
  EXPECT_FALSE(allows(rmw, "| | 2 0"));
  Program store;
  store.thread().store(kX, 1).store(kY, 1, kRel).store(kY, 2);
  store.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(store, "| 2 0"));
}

TEST(OracleTest, NonAtomicAccessesDoNotSynchronise) {
  Program program;
  program.thread().store(kX, 1).store(kY, 1, kRel).non_atomic();
  program.thread().load(0, kY, kAcq).load(1, kX);
  EXPECT_TRUE(allows(program, "| 1 0"));
}

TEST(OracleTest, Coherence) {
  Program reads;
  reads.thread().store(kX, 1).store(kX, 2);
  reads.thread().load(0, kX).load(1, kX);
  EXPECT_FALSE(allows(reads, "| 2 1"));
  EXPECT_TRUE(allows(reads, "| 1 2"));
  EXPECT_EQ(count(reads), 6);
  Program own;
  own.thread().store(kX, 1).load(0, kX);
  own.thread().store(kX, 2);
  EXPECT_EQ(count(own), 3);
  EXPECT_FALSE(allows(own, "0 |"));
}

TEST(OracleTest, NoThinAir) {
  Program program;
  program.thread().load(0, kX).store(kY, 1);
  program.thread().load(0, kY).store(kX, 1);
  EXPECT_FALSE(allows(program, "1 | 1"));
  EXPECT_EQ(count(program), 3);
}

TEST(OracleTest, Atomicity) {
  Program program;
  for (int i = 0; i < 3; ++i) program.thread().add(kX, 1);
  EXPECT_EQ(count(program), 6);
  Program mixed;
  mixed.thread().add(kX, 1, kRlx, 0);
  mixed.thread().store(kX, 5);
  EXPECT_EQ(count(mixed), 2);
}

TEST(OracleTest, IndependentReads) {
  const auto program = [](MemoryOrder order) {
    Program program;
    program.thread().store(kX, 1, order);
    program.thread().store(kY, 1, order);
    program.thread().load(0, kX, order).load(1, kY, order);
    program.thread().load(0, kY, order).load(1, kX, order);
    return program;
  };
  EXPECT_EQ(count(program(kRlx)), 16);
  EXPECT_EQ(count(program(kSc)), 15);
  EXPECT_EQ(count(program(kRlx), Model::kSc), 15);
  EXPECT_EQ(interleavings(program(kRlx)).complete, 15);
}

// Lahav et al., PLDI 2017, section 2.1: allowed there, and on POWER, though not by C++11.
TEST(OracleTest, SeqCstIsWeakAcrossMixedOrders) {
  Program program;
  program.thread().store(kX, 1, kSc).store(kY, 1, kRel);
  program.thread().add(kY, 1, kSc, 0).load(1, kY);
  program.thread().store(kY, 3, kSc).load(0, kX, kSc);
  EXPECT_TRUE(allows(program, "| 1 3 | 0"));
}

// Without psc's F;hb?;..., fences around a relaxed reader of one thread's write would not count.
TEST(OracleTest, FencesAreCumulative) {
  Program program;
  program.thread().store(kX, 1);
  program.thread().load(0, kX).fence(kSc).load(1, kY);
  program.thread().store(kY, 1).fence(kSc).load(0, kX);
  EXPECT_FALSE(allows(program, "| 1 0 | 0"));
  EXPECT_TRUE(allows(program, "| 1 1 | 0"));
}

TEST(OracleTest, CreateAndJoinOrder) {
  Program program;
  program.thread().store(kX, 1).create(1).join(1).load(0, kY);
  program.thread().load(0, kX).store(kY, 1);
  EXPECT_EQ(count(program), 1);
  EXPECT_TRUE(allows(program, "1 | 1"));
}

TEST(OracleTest, MutexesGiveTwoOrdersAndHappensBefore) {
  Program program;
  program.thread().lock(kMutex).store(kX, 1).unlock(kMutex);
  program.thread().lock(kMutex).load(0, kX).unlock(kMutex);
  EXPECT_EQ(count(program), 2);
}

TEST(OracleTest, DeadlocksAreExecutions) {
  Program keep;
  keep.thread().lock(kMutex).unlock(kMutex);
  keep.thread().lock(kMutex).unlock(kMutex).lock(kMutex);
  const OracleResult result = executions_by_axioms(keep, Model::kRc11);
  EXPECT_EQ(result.complete, 2);
  EXPECT_EQ(result.deadlocked, 1);
  EXPECT_EQ(interleavings(keep).graphs, result.graphs);
  Program wait;
  wait.thread().await(kX, 1);
  wait.thread().store(kX, 1).choose(0, 2).skip_if(0, 0, 1).store(kX, 2);
  const OracleResult spins = executions_by_axioms(wait, Model::kRc11);
  EXPECT_EQ(spins.complete, 2);
  EXPECT_EQ(spins.deadlocked, 1);
}

TEST(OracleTest, SharedLocksDoNotOrderReaders) {
  Program program;
  for (const std::uint64_t value : {1, 2}) {
    program.thread()
        .sync(SyncOp::kReadLock, kMutex)
        .store(value == 1 ? kX : kY, 1)
        .load(0, value == 1 ? kY : kX)
        .sync(SyncOp::kRwUnlock, kMutex);
  }
  EXPECT_TRUE(allows(program, "0 | 0"));
  EXPECT_FALSE(allows(program, "0 | 0", Model::kSc));
}

TEST(OracleTest, FutexCallsAreSeqCstFences) {
  Program program;
  program.thread().store(kX, 1).sync(SyncOp::kFutexWake, kMutex, 1).load(0, kY);
  program.thread().store(kY, 1).sync(SyncOp::kFutexWake, kMutex, 1).load(0, kX);
  EXPECT_FALSE(allows(program, "0 | 0"));
  EXPECT_EQ(count(program), 3);
}

TEST(OracleTest, TooLargeIsSaid) {
  Program program;
  for (int i = 0; i < 4; ++i) program.thread().store(kX, 1).store(kX, 2);
  EXPECT_FALSE(executions_by_axioms(program, Model::kRc11, {1000, 100}).within_limits);
}

bool races(const Program& program, Model model = Model::kRc11) {
  return executions_by_axioms(program, model).races;
}

Program message_of_plain_data(MemoryOrder store, MemoryOrder load) {
  Program program;
  program.thread().store(kX, 1).plain().store(kY, 1, store);
  program.thread().load(0, kY, load).skip_if(0, 0, 1).load(1, kX).plain();
  return program;
}

TEST(OracleRaceTest, ComesFromTheDeclaredOrdersUnderBothModels) {
  for (const Model model : {Model::kRc11, Model::kSc}) {
    EXPECT_FALSE(races(message_of_plain_data(kRel, kAcq), model));
    EXPECT_TRUE(races(message_of_plain_data(kRlx, kAcq), model));
    EXPECT_TRUE(races(message_of_plain_data(kRel, kRlx), model));
  }
}

TEST(OracleRaceTest, PlainAccessesAreNoPartOfTheGraph) {
  const OracleResult result = executions_by_axioms(message_of_plain_data(kRel, kAcq), Model::kRc11);
  EXPECT_EQ(result.complete, 2);
  EXPECT_EQ(result.outcomes, (std::set<std::string>{"| 0 0", "| 1 1"}));
}

TEST(OracleRaceTest, TwoReadsDoNotRaceNorDoAtomics) {
  Program reads;
  for (int i = 0; i < 2; ++i) reads.thread().load(0, kX).plain();
  EXPECT_FALSE(races(reads));
  Program atomics;
  for (int i = 0; i < 2; ++i) atomics.thread().store(kX, 1);
  EXPECT_FALSE(races(atomics));
  Program mixed;
  mixed.thread().store(kX, 1);
  mixed.thread().load(0, kX).plain();
  EXPECT_TRUE(races(mixed));
}

TEST(OracleRaceTest, ALoopRacesInItsFailedRoundsToo) {
  Program program;
  program.thread().await(kX, 2, kAcq);
  program.thread().store(kX, 1).plain().store(kX, 2, kRel);
  EXPECT_TRUE(races(program));
}

TEST(OracleClockTest, ShowsWhatExpiredInThePrefix) {
  Program program;
  program.thread().lock(kMutex).sleep().store(kX, 1);
  program.thread().sync(SyncOp::kMutexTimedLock, kMutex, 0, 0).clock(1).load(2, kX).clock(3);
  const OracleResult result = executions_by_axioms(program, Model::kRc11);
  // Locked first; expired without and with news of the other thread, whose clock is no later.
  EXPECT_EQ(result.outcomes, (std::set<std::string>{"| 110 1 0 1", "| 110 1 1 1"}));
  EXPECT_EQ(result.deadlocked, 1);
}

TEST(OracleObjectTest, AQueueKnowsWhomItMayHaveWoken) {
  const auto call = [](SyncOp op, std::uint64_t thread, std::uint64_t* state) {
    const ObjectEffect effect = effect_of({op, thread, 0, 0}, *state);
    if (effect.kind == ObjectEffect::Kind::kChanges) *state = effect.next;
    return effect.kind;
  };
  using Kind = ObjectEffect::Kind;
  std::uint64_t state = 0;
  for (const std::uint64_t thread : {1, 2}) call(SyncOp::kConditionEnqueue, thread, &state);
  EXPECT_EQ(call(SyncOp::kConditionWait, 1, &state), Kind::kWaits);
  EXPECT_EQ(call(SyncOp::kConditionSignal, 0, &state), Kind::kChanges);
  std::uint64_t other = state;
  EXPECT_EQ(call(SyncOp::kConditionWait, 1, &state), Kind::kChanges);
  EXPECT_EQ(call(SyncOp::kConditionWait, 2, &state), Kind::kWaits);
  EXPECT_EQ(call(SyncOp::kConditionLeave, 1, &other), Kind::kChanges);
  EXPECT_EQ(call(SyncOp::kConditionWait, 2, &other), Kind::kChanges);
  EXPECT_EQ(call(SyncOp::kConditionSignal, 0, &other), Kind::kPasses);
}

}  // namespace
}  // namespace heddle::test
