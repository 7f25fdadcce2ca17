// SPDX-License-Identifier: Apache-2.0
// The exhaustive search against the oracle on random programs. A mismatch prints the seed, the
// program made smaller, and the executions that are missing or wrong; heddle-random runs more.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/random_program_check.h"

namespace heddle::test {
namespace {

constexpr std::uint64_t kSeedsOfChunk = 600;

class RandomTest : public testing::TestWithParam<std::tuple<Model, std::uint64_t>> {};

TEST_P(RandomTest, SearchFindsTheExecutionsOfTheOracle) {
  const auto [model, chunk] = GetParam();
  std::uint64_t compared = 0;
  std::uint64_t complete = 0;
  std::uint64_t deadlocked = 0;
  for (std::uint64_t i = 0; i < kSeedsOfChunk; ++i) {
    const CheckResult result = check_seed(chunk * kSeedsOfChunk + i, model);
    ASSERT_EQ(result.mismatch, "");
    compared += result.too_large ? 0 : 1;
    complete += result.complete;
    deadlocked += result.deadlocked;
  }
  EXPECT_GT(compared, kSeedsOfChunk * 9 / 10);
  EXPECT_GT(complete, kSeedsOfChunk * 5);
  EXPECT_GT(deadlocked, kSeedsOfChunk / 10);
}

INSTANTIATE_TEST_SUITE_P(, RandomTest,
                         testing::Combine(testing::Values(Model::kRc11, Model::kSc),
                                          testing::Range<std::uint64_t>(0, 8)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) == Model::kSc ? "Sc"
                                                                                    : "Rc11") +
                                  std::to_string(std::get<1>(info.param));
                         });

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
