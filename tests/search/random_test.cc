// SPDX-License-Identifier: Apache-2.0
// The generator of random programs, and shapes of programs that it rarely draws. The comparison
// itself is heddle-random's (tests/random/); a little of it is here, so that a debugger finds it.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/native_form.h"
#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

using graph::SyncOp;

TEST(RandomTest, SearchFindsTheExecutionsOfTheOracle) {
  constexpr std::uint64_t kSeeds = 150;
  for (const Model model : {Model::kRc11, Model::kSc}) {
    CheckResult total;
    std::uint64_t compared = 0;
    std::uint64_t races = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const CheckResult result = check_seed(seed, model);
      ASSERT_EQ(result.mismatch, "");
      compared += result.too_large ? 0 : 1;
      races += result.races ? 1 : 0;
      total.complete += result.complete;
      total.deadlocked += result.deadlocked;
    }
    EXPECT_GT(compared, kSeeds * 9 / 10);
    EXPECT_GT(total.complete, kSeeds * 4);
    EXPECT_GT(total.deadlocked, kSeeds / 10);
    EXPECT_GT(races, kSeeds / 20);
    EXPECT_LT(races, kSeeds / 3);
  }
}

TEST(RandomProgramTest, EveryKindOfStatementIsDrawn) {
  std::set<Statement::Kind> kinds;
  std::set<graph::SyncOp> calls;
  bool plain = false;
  bool weak = false;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const RandomProgram program = draw_program(seed);
    plain = plain || program.has_plain();
    weak = weak || program.has_weak();
    for (const std::vector<Statement>& thread : program.threads) {
      for (const Statement& s : thread) {
        kinds.insert(s.kind);
        calls.insert(s.sync);
      }
    }
  }
  for (int kind = 0; kind <= static_cast<int>(Statement::Kind::kScratch); ++kind) {
    EXPECT_TRUE(kinds.contains(static_cast<Statement::Kind>(kind))) << kind;
  }
  EXPECT_TRUE(plain && weak);
  for (const SyncOp call :
       {SyncOp::kMutexTimedLock, SyncOp::kTimedReadLock, SyncOp::kTimedWriteLock,
        SyncOp::kTryReadLock, SyncOp::kConditionTimedWait, SyncOp::kConditionLeave,
        SyncOp::kConditionBroadcast, SyncOp::kBarrierLeave, SyncOp::kSemaphoreTimedWait,
        SyncOp::kSemaphoreValue, SyncOp::kOnceAbort, SyncOp::kFutexLeave}) {
    EXPECT_TRUE(calls.contains(call)) << static_cast<int>(call);
  }
}

/// Programs of shapes that random ones rarely have; `outcome` is allowed or not, in both.
void expect_outcome(const Program& program, const std::string& outcome, bool allowed) {
  EXPECT_EQ(check_program(program, Model::kRc11).mismatch, "");
  EXPECT_EQ(check_program(program, Model::kSc).mismatch, "");
  const OracleResult expected = executions_by_axioms(program, Model::kRc11);
  EXPECT_EQ(expected.outcomes.contains(outcome), allowed) << outcome;
}

TEST(RareProgramTest, SeqCstAccessesOrderedThroughAnotherLocation) {
  Program program;
  program.thread().store(0, 1, kSc).store(2, 1, kRel);
  program.thread().load(0, 2, kAcq).load(1, 1, kSc);
  program.thread().store(1, 1, kSc).load(0, 0, kSc);
  expect_outcome(program, "| 1 0 | 0", false);
}

TEST(RareProgramTest, AFailedTryLockOrdersNothing) {
  Program program;
  program.thread().lock(4).unlock(4).fence(kSc).load(0, 0);
  program.thread().store(0, 1).fence(kSc).sync(graph::SyncOp::kMutexTryLock, 4, 0, 0);
  expect_outcome(program, "0 | 16", true);
}

TEST(RareProgramTest, AReleaseFenceBeforeASharedLockReleasesNothing) {
  Program program;
  program.thread().store(0, 1).fence(kRel).sync(graph::SyncOp::kReadLock, 6);
  program.thread().sync(graph::SyncOp::kReadLock, 6).load(0, 0);
  EXPECT_EQ(executions_by_axioms(program, Model::kRc11).complete, 4);
  expect_outcome(program, "| 0", true);
}

TEST(RareProgramTest, AnAcquireFenceAfterAskingASemaphoreAcquiresNothing) {
  Program program;
  program.thread().store(0, 1).sync(graph::SyncOp::kSemaphorePost, 7);
  program.thread().sync(graph::SyncOp::kSemaphoreValue, 7, 0, 0).fence(kAcq).load(1, 0);
  expect_outcome(program, "| 1 0", true);
}

TEST(RareProgramTest, APlainStoreAfterAReleaseFenceReleasesNothing) {
  Program program;
  program.thread().store(0, 1).fence(kRel).store(1, 1).non_atomic();
  program.thread().load(0, 1, kAcq).load(1, 0);
  expect_outcome(program, "| 1 0", true);
}

TEST(RandomProgramTest, MostAreCompiledAndHaveEveryKindOfStep) {
  std::set<NativeStep::Code> codes;
  std::uint64_t compiled = 0;
  bool spurious = false;
  std::set<NativeRoom> rooms;
  constexpr std::uint64_t kSeeds = 3000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::optional<NativeProgram> native = native_form(draw_program(seed));
    if (!native.has_value()) continue;
    ++compiled;
    spurious = spurious || native->spurious_wakeups;
    rooms.insert(native->room);
    for (const std::vector<NativeStep>& thread : native->threads) {
      for (const NativeStep& step : thread) codes.insert(step.code);
    }
  }
  EXPECT_GT(compiled, kSeeds * 3 / 4);
  EXPECT_TRUE(spurious);
  EXPECT_EQ(rooms.size(), 3);
  for (int code = 0; code <= static_cast<int>(NativeStep::Code::kOnceThrowing); ++code) {
    EXPECT_TRUE(codes.contains(static_cast<NativeStep::Code>(code))) << code;
  }
}

TEST(RandomProgramTest, SeedsGiveTheSameProgramAgainAndOthersDifferentOnes) {
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(draw_program(seed).text(), draw_program(seed).text());
    texts.insert(draw_program(seed).text());
  }
  EXPECT_EQ(texts.size(), 100);
}

TEST(RandomProgramTest, EveryExecutionOfScIsOneOfRc11) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Program program = draw_program(seed).build();
    const OracleResult sc = executions_by_axioms(program, Model::kSc);
    const OracleResult rc11 = executions_by_axioms(program, Model::kRc11);
    if (!sc.within_limits || !rc11.within_limits) continue;
    for (const std::string& graph : sc.graphs) EXPECT_TRUE(rc11.graphs.contains(graph)) << seed;
  }
}

TEST(RandomProgramTest, ShrinkingKeepsWhatFails) {
  const auto buffers = [](const RandomProgram& program) {
    const OracleResult rc11 = executions_by_axioms(program.build(), Model::kRc11, {5000, 5000});
    const OracleResult sc = executions_by_axioms(program.build(), Model::kSc, {5000, 5000});
    return rc11.within_limits && sc.within_limits && rc11.complete > sc.complete;
  };
  std::uint64_t tried = 0;
  for (std::uint64_t seed = 0; tried < 5 && seed < 200; ++seed) {
    const RandomProgram program = draw_program(seed);
    if (!buffers(program)) continue;
    ++tried;
    const RandomProgram smaller = shrink(program, buffers);
    EXPECT_TRUE(buffers(smaller)) << smaller.text();
    EXPECT_LE(smaller.statements(), 6) << smaller.text();
  }
  EXPECT_EQ(tried, 5);
}

}  // namespace
}  // namespace heddle::test
