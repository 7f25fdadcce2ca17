// SPDX-License-Identifier: Apache-2.0
// Explores the litmus tests of the tables beside it under both models, twice, and replays outcomes.
#include "tests/litmus/support/litmus.h"

#include <algorithm>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

namespace litmus {
namespace {

void run(const LitmusTest& test) {
  Cells cells;
  std::vector<std::thread> threads;
  for (const auto thread : test.threads) {
    if (thread != nullptr) {
      threads.emplace_back(thread, std::ref(cells));
    }
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  heddle::observe("a", cells.a);
  heddle::observe("b", cells.b);
  heddle::observe("c", cells.c);
  heddle::observe("d", cells.d);
  heddle::observe("p", cells.p);
  heddle::observe("q", cells.q);
  heddle::observe("x", cells.x.load());
  heddle::observe("y", cells.y.load());
  heddle::observe("z", cells.z.load());
}

/// Whether the outcome has each of the "name=value" in `asked`.
bool is_as_asked(const heddle::Outcome& outcome, const std::string& asked) {
  std::istringstream words(asked);
  for (std::string word; words >> word;) {
    const heddle::OutcomeValue wanted{word.substr(0, 1), word.substr(2)};
    if (std::find(outcome.values.begin(), outcome.values.end(), wanted) == outcome.values.end()) {
      return false;
    }
  }
  return true;
}

void explore_twice(const LitmusTest& test, heddle::Model model, const Expected& expected) {
  heddle::Options options;
  options.model = model;
  const auto body = [&test] { run(test); };
  const heddle::Report report = heddle::explore(body, options);
  EXPECT_EQ(report.verdict, heddle::Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, expected.executions);
  EXPECT_EQ(report.blocked, 0u);
  EXPECT_EQ(report.outcomes.size(), expected.outcomes);
  EXPECT_EQ(
      std::any_of(report.outcomes.begin(), report.outcomes.end(),
                  [&](const heddle::Outcome& outcome) { return is_as_asked(outcome, test.asks); }),
      expected.asked)
      << test.asks << "\n"
      << to_text(report);
  const heddle::Report again = heddle::explore(body, options);
  EXPECT_EQ(again.executions, report.executions);
  ASSERT_EQ(again.outcomes.size(), report.outcomes.size());
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const heddle::Outcome& outcome = report.outcomes[i];
    EXPECT_EQ(again.outcomes[i].values, outcome.values);
    EXPECT_EQ(again.outcomes[i].token, outcome.token);
    const heddle::Report one = heddle::replay(outcome.token, body, options);
    ASSERT_EQ(one.outcomes.size(), 1u) << to_text(one);
    EXPECT_EQ(one.outcomes[0].values, outcome.values);
  }
}

TEST_P(Litmus, AllowsExactlyWhatRc11Allows) {
  explore_twice(GetParam(), heddle::Model::kRc11, GetParam().rc11);
}

TEST_P(Litmus, AllowsExactlyWhatSequentialConsistencyAllows) {
  explore_twice(GetParam(), heddle::Model::kSc, GetParam().sc);
}

}  // namespace
}  // namespace litmus
