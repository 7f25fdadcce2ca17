// SPDX-License-Identifier: Apache-2.0
// Each strategy's own guarantee, on abstract programs; what is drawn is consistent; seeds repeat.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>

#include "checker/search/bounded.h"
#include "checker/search/bounded_search.h"
#include "checker/search/pct.h"
#include "checker/search/sampling_search.h"
#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using search::SamplingSearch;

constexpr Location kX = 0, kY = 1, kZ = 2;

SamplingSearch sampling(SearchKind kind, std::uint64_t executions, std::uint64_t seed = 1,
                        Model model = Model::kSc, Sampling options = {}) {
  return SamplingSearch(model, seed, executions, search::strategies_of(kind, options));
}

/// How often each outcome comes up.
std::map<std::string, double> frequencies(const Program& program, search::Search& search) {
  std::map<std::string, double> counts;
  double sum = 0;
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    ++counts[outcome_of(program, execution.registers)];
    ++sum;
  };
  options.collect = false;
  run(program, search, options);
  for (auto& [outcome, count] : counts) count /= sum;
  return counts;
}

/// Five standard deviations of a frequency.
double tolerance(double probability, double executions) {
  return 5 * std::sqrt(probability * (1 - probability) / executions);
}

constexpr SearchKind kKinds[] = {SearchKind::kRandom, SearchKind::kPct, SearchKind::kPos,
                                 SearchKind::kSurw, SearchKind::kPortfolio};

/// Store buffering, message passing and two fetch_adds in one.
Program mixed() {
  Program program;
  program.thread().store(kX, 1, kSc).load(0, kY, kSc).add(kZ, 1, kAcqRel, 1);
  program.thread().store(kY, 1, kSc).load(0, kX, kSc).add(kZ, 1, kRlx, 1).store(kX, 2);
  program.thread().load(0, kX, kAcq).load(1, kY).store(kY, 3, kRel);
  return program;
}

TEST(Sampling, DrawsConsistentExecutionsOnly) {
  const Program program = mixed();
  for (const Model model : {Model::kRc11, Model::kSc}) {
    const Summary all = explore(program, model);
    for (const SearchKind kind : kKinds) {
      SamplingSearch search = sampling(kind, 3000, 7, model);
      RunOptions options;
      options.check = &model;
      const Summary some = run(program, search, options);
      EXPECT_EQ(some.inconsistent, 0u);
      EXPECT_EQ(some.blocked, 0u);
      for (const std::string& graph : some.graphs) EXPECT_TRUE(all.graphs.contains(graph));
      EXPECT_EQ(search.distinct().count(), some.graphs.size());
      // Most of them come up: sources and places are drawn, not only threads.
      EXPECT_GT(some.graphs.size() * 2, std::min<std::size_t>(all.graphs.size(), 1500));
    }
  }
}

TEST(Sampling, DrawsWhatOnlyWeakMemoryAllows) {
  Program program;
  program.thread().store(kX, 1).load(0, kY);
  program.thread().store(kY, 1).load(0, kX);
  SamplingSearch weak = sampling(SearchKind::kRandom, 400, 1, Model::kRc11);
  EXPECT_TRUE(run(program, weak).outcomes.contains("0 | 0"));
  SamplingSearch strong = sampling(SearchKind::kRandom, 400, 1, Model::kSc);
  EXPECT_FALSE(run(program, strong).outcomes.contains("0 | 0"));
  // 2+2W: only places in modification order show it.
  Program places;
  places.thread().store(kX, 1).store(kY, 2).load(0, kY);
  places.thread().store(kY, 1).store(kX, 2).load(0, kX);
  SamplingSearch drawn = sampling(SearchKind::kPos, 2000, 1, Model::kRc11);
  EXPECT_EQ(run(places, drawn).outcomes, explore(places).outcomes);
}

TEST(Sampling, IsAFunctionOfTheSeed) {
  const Program program = mixed();
  for (const SearchKind kind : kKinds) {
    const auto drawn = [&](std::uint64_t seed) {
      SamplingSearch search = sampling(kind, 40, seed, Model::kRc11);
      std::vector<std::string> order;
      RunOptions options;
      options.on_execution = [&](const Execution& execution) {
        order.push_back(canonical(execution.graph));
      };
      run(program, search, options);
      return order;
    };
    EXPECT_EQ(drawn(5), drawn(5));
    EXPECT_NE(drawn(5), drawn(6));
  }
}

TEST(RandomWalk, SchedulesAreAsLikelyAsTheirStepsSay) {
  // Reads nothing of the other's three stores: the reader goes first, one chance in two.
  Program program;
  program.thread().store(kX, 1).store(kX, 2).store(kX, 3);
  program.thread().load(0, kX);
  SamplingSearch search = sampling(SearchKind::kRandom, 20000);
  const auto seen = frequencies(program, search);
  for (const auto& [outcome, probability] :
       {std::pair("| 0", 0.5), {"| 1", 0.25}, {"| 2", 0.125}, {"| 3", 0.125}}) {
    EXPECT_NEAR(seen.at(outcome), probability, tolerance(probability, 20000)) << outcome;
  }
}

/// One thread has `steps` independent steps before the write that another one's read races with.
Program late_write(int steps) {
  Program program;
  Thread& writer = program.thread();
  for (int i = 0; i < steps; ++i) writer.store(kY, 1);
  writer.store(kX, 1);
  program.thread().load(0, kX);
  return program;
}

TEST(Pos, IndependentStepsDoNotHideARace) {
  for (const int steps : {0, 4, 9}) {
    SamplingSearch search = sampling(SearchKind::kPos, 20000);
    const double expected = 1.0 / (steps + 2);
    EXPECT_NEAR(frequencies(late_write(steps), search).at("| 1"), expected,
                tolerance(expected, 20000))
        << steps;
  }
}

TEST(Surw, InterleavingsOfOneLocationAreEquallyLikely) {
  // The steps on y belong to one thread alone: they are no accesses to interleave.
  Program program;
  program.thread()
      .store(kY, 1)
      .store(kY, 2)
      .add(kX, 1, kRlx, 0)
      .add(kX, 1, kRlx, 1)
      .add(kX, 1, kRlx, 2);
  program.thread().add(kX, 1, kRlx, 0).add(kX, 1, kRlx, 1).add(kX, 1, kRlx, 2);
  SamplingSearch search = sampling(SearchKind::kSurw, 40000);
  const auto seen = frequencies(program, search);
  ASSERT_EQ(seen.size(), 20u);
  for (const auto& [outcome, frequency] : seen) {
    EXPECT_NEAR(frequency, 0.05, tolerance(0.05, 40000)) << outcome;
  }
}

TEST(Surw, CountsOfThreadsThatAreCreatedLaterBelongToTheirCreator) {
  Program program;
  program.thread().add(kX, 1, kRlx, 0).create(1).add(kX, 1, kRlx, 1);
  program.thread().add(kX, 1, kRlx, 0).add(kX, 1, kRlx, 1).add(kX, 1, kRlx, 2);
  SamplingSearch search = sampling(SearchKind::kSurw, 20000);
  const auto seen = frequencies(program, search);
  ASSERT_EQ(seen.size(), 4u);  // Where the creator's second add goes among three.
  for (const auto& [outcome, frequency] : seen) {
    EXPECT_NEAR(frequency, 0.25, tolerance(0.25, 20000)) << outcome;
  }
}

TEST(Pct, KeepsItsBound) {
  // Depth 2: the second thread's two steps lie within the first one's, around its k other steps.
  for (const int steps : {1, 6}) {
    Program program;
    Thread& first = program.thread();
    first.store(kX, 1);
    for (int i = 0; i < steps; ++i) first.store(kZ, 1);
    first.store(kX, 2);
    program.thread().load(0, kX).store(kY, 1);
    Sampling options;
    options.depth = 2;
    options.length = static_cast<std::uint64_t>(steps) + 4;
    SamplingSearch search = sampling(SearchKind::kPct, 20000, 1, Model::kSc, options);
    const double bound = 1.0 / (2.0 * static_cast<double>(options.length));
    EXPECT_GE(frequencies(program, search).at("| 1"), bound - tolerance(bound, 20000)) << steps;
  }
}

TEST(Pct, OfDepthOneNeverPreempts) {
  Program program;
  program.thread().store(kX, 1).store(kX, 2);
  program.thread().load(0, kX).load(1, kX);
  Sampling options;
  options.depth = 1;
  SamplingSearch search = sampling(SearchKind::kPct, 500, 1, Model::kSc, options);
  EXPECT_EQ(run(program, search).outcomes, (std::set<std::string>{"| 0 0", "| 2 2"}));
}

TEST(Pct, LearnsLengthAndThreads) {
  SamplingSearch search = sampling(SearchKind::kPct, 10);
  run(late_write(9), search);
  const auto& pct = dynamic_cast<const search::Pct&>(*search.strategies().front());
  EXPECT_EQ(pct.length(), 11u);
  EXPECT_EQ(pct.threads(), 2u);
}

/// Far more than 100 executions, so that no member runs out.
TEST(Portfolio, GivesEachFamilyItsShareOfTheTurns) {
  Program program;
  for (int i = 0; i < 4; ++i) program.thread().store(kX, i).store(kY, i).load(0, kZ).store(kZ, 1);
  Sampling options;
  options.bound = 8;
  SamplingSearch search = sampling(SearchKind::kPortfolio, 84, 1, Model::kSc, options);
  run(program, search);
  std::map<std::string_view, std::uint64_t> executions;
  for (std::size_t i = 0; i < search.strategies().size(); ++i) {
    executions[search.strategies()[i]->name()] = search.executions_of(i);
  }
  const std::map<std::string_view, std::uint64_t> expected = {
      {"delays", 28}, {"surw", 21}, {"pct", 14}, {"pos", 14}, {"random", 7}};
  EXPECT_EQ(executions, expected);
}

TEST(Portfolio, GoesOnWhenTheEnumerationIsDone) {
  Program program;
  program.thread().store(kX, 1);
  program.thread().load(0, kX);
  SamplingSearch search = sampling(SearchKind::kPortfolio, 80);
  run(program, search);
  const auto& delays = dynamic_cast<const search::Bounded&>(*search.strategies().front());
  EXPECT_EQ(delays.schedules().completed(), 2);
  EXPECT_FALSE(delays.schedules().cut());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < search.strategies().size(); ++i) sum += search.executions_of(i);
  EXPECT_EQ(sum, 80u);
  EXPECT_EQ(search.executions_of(0), 2u);
}

TEST(Bounded, RunsWhatTheBoundedSearchRuns) {
  const Program program = mixed();
  for (const std::uint32_t bound : {0U, 1U, 3U}) {
    std::vector<std::unique_ptr<search::Strategy>> strategy;
    strategy.push_back(std::make_unique<search::Bounded>(bound));
    SamplingSearch drawn(Model::kRc11, 1, 0, std::move(strategy));
    search::BoundedSearch all(search::BoundedSearch::Cost::kDelays, bound);
    const Summary expected = run(program, all);
    const Summary found = run(program, drawn);
    EXPECT_EQ(found.graphs, expected.graphs);
    EXPECT_EQ(found.complete, expected.complete);
  }
}

TEST(Bounded, IsPatientWithALoopThatWaits) {
  std::vector<std::unique_ptr<search::Strategy>> strategy;
  strategy.push_back(std::make_unique<search::Bounded>(0));
  SamplingSearch drawn(Model::kSc, 1, 0, std::move(strategy));
  ASSERT_TRUE(drawn.begin());
  graph::Operation load;
  load.kind = graph::OpKind::kLoad;
  load.location = kX;
  const search::PendingOperation pending[] = {{0, &load}, {1, &load}};
  std::uint32_t alone = 0;
  while (alone < 5000 && drawn.choose_thread(pending, 0) == 0) {
    drawn.execute(0, load);
    ++alone;
  }
  EXPECT_GE(alone, 1000u);
  EXPECT_LT(alone, 1010u);
}

}  // namespace
}  // namespace heddle::test
