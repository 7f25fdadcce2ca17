// SPDX-License-Identifier: Apache-2.0
// The mean of random descents is the number of executions, where that is known.
#include "checker/search/tree_probe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using search::Descents;
using search::TreeProbe;

Estimate estimate(const Program& program, std::uint64_t descents, Model model = Model::kRc11) {
  Descents sum;
  for (std::uint64_t seed = 0; seed < descents; ++seed) {
    TreeProbe probe(model, seed);
    bool counts = false;
    RunOptions options;
    options.collect = false;
    options.on_execution = [&](const Execution& execution) {
      counts = execution.end != Execution::End::kBlocked;
    };
    run(program, probe, options);
    sum.add(probe.leaf() && counts ? probe.weight() : 0);
  }
  return sum.estimate();
}

/// The mean is the number, within five standard errors; and these are not arbitrarily large.
void expect_estimate(const Program& program, double executions, Model model = Model::kRc11) {
  const Estimate found = estimate(program, 4000, model);
  EXPECT_EQ(found.descents, 4000u);
  EXPECT_NEAR(found.executions, executions, 5 * found.error + 1e-9);
  EXPECT_LT(found.error, executions / 8);
}

TEST(TreeProbe, CountsForwardAlternatives) {
  Program program;  // 16, without revisits of the writers.
  program.thread().store(0, 1);
  program.thread().store(1, 1);
  program.thread().load(0, 0).load(1, 1);
  program.thread().load(0, 1).load(1, 0);
  expect_estimate(program, 16);
  expect_estimate(program, 15, Model::kSc);
}

TEST(TreeProbe, CountsRevisits) {
  Program program;  // The readers run first.
  program.thread().load(0, 0, kAcq).load(1, 1, kAcq);
  program.thread().store(0, 1, kRel).store(1, 1, kRel);
  program.thread().store(0, 2, kRel).store(1, 2, kRel);
  expect_estimate(program, static_cast<double>(count(program).complete));
}

TEST(TreeProbe, CountsReadModifyWrites) {
  Program program;
  for (int i = 0; i < 5; ++i) program.thread().add(0, 1);
  expect_estimate(program, 120);
  Program chain;
  for (int i = 1; i <= 5; ++i) chain.thread().compare_exchange(0, 0, i - 1, i);
  expect_estimate(chain, 43);
}

TEST(TreeProbe, CountsChoicesAndPlaces) {
  Program program;
  program.thread().choose(0, 3).store(0, 1).store(1, 2);
  program.thread().choose(0, 2).store(1, 1).store(0, 2);
  expect_estimate(program, static_cast<double>(count(program).complete));
}

TEST(TreeProbe, IsAFunctionOfTheSeed) {
  Program program;
  for (int i = 0; i < 4; ++i) program.thread().add(0, 1).add(1, 1);
  EXPECT_EQ(estimate(program, 50), estimate(program, 50));
}

TEST(Descents, MeanAndSpread) {
  Descents descents;
  EXPECT_EQ(descents.estimate(), Estimate{});
  for (const double leaves : {2.0, 4.0, 0.0, 10.0}) descents.add(leaves);
  const Estimate estimate = descents.estimate();
  EXPECT_EQ(estimate.descents, 4u);
  EXPECT_DOUBLE_EQ(estimate.executions, 4);
  EXPECT_NEAR(estimate.error, std::sqrt((4 + 0 + 16 + 36) / 3.0 / 4), 1e-12);
  EXPECT_DOUBLE_EQ(estimate.largest, 10.0 / 16);
}

}  // namespace
}  // namespace heddle::test
