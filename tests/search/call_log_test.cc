// SPDX-License-Identifier: Apache-2.0
// A search that is only told what another one was asked comes to the same graphs, to the last one.
#include "checker/search/call_log.h"

#include <gtest/gtest.h>

#include "checker/search/exhaustive.h"
#include "tests/support/explore.h"
#include "tests/support/random_program.h"

namespace heddle::test {
namespace {

/// A search that runs programs, and beside it one that repeats its calls after each execution.
class Followed final : public search::Search {
 public:
  explicit Followed(Model model) : leader_(model), follower_(model) {}

  bool begin() override {
    const bool more = leader_.begin();
    EXPECT_EQ(follower_.begin(), more);
    return more;
  }
  const graph::ExecutionGraph& graph() const override { return leader_.graph(); }
  base::ThreadId choose_thread(std::span<const search::PendingOperation> pending,
                               base::ThreadId current) override {
    return logged_.choose_thread(pending, current);
  }
  search::Result execute(base::ThreadId thread, const graph::Operation& operation) override {
    return logged_.execute(thread, operation);
  }
  bool withdraw_blocked(base::ThreadId thread) override { return logged_.withdraw_blocked(thread); }
  void end() override {
    EXPECT_TRUE(search::repeat_calls(logged_.log(), &follower_));
    logged_.log().clear();
    compare();
    leader_.end();
    follower_.end();
  }

  std::uint64_t compared = 0;

 private:
  void compare() {
    ASSERT_EQ(follower_.graph().stamps(), graph().stamps());
    for (std::uint32_t stamp = 0; stamp < graph().stamps(); ++stamp) {
      const base::EventId id = graph().by_stamp(stamp);
      ASSERT_EQ(follower_.graph().by_stamp(stamp), id);
      const graph::Event& one = graph().event(id);
      const graph::Event& two = follower_.graph().event(id);
      ASSERT_EQ(one.kind, two.kind);
      ASSERT_EQ(one.value, two.value);
      ASSERT_EQ(one.result, two.result);
      ASSERT_TRUE(one.rf == two.rf);
      ++compared;
    }
  }

  search::ExhaustiveSearch leader_;
  search::ExhaustiveSearch follower_;
  search::LoggedSearch logged_{&leader_};
};

TEST(CallLog, TheSameCallsGiveTheSameSearch) {
  std::uint64_t compared = 0;
  for (const Model model : {Model::kRc11, Model::kSc}) {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      Followed search(model);
      RunOptions options;
      options.collect = false;
      options.limit = 500;
      run(draw_program(seed).build(), search, options);
      compared += search.compared;
      ASSERT_FALSE(testing::Test::HasFailure()) << seed;
    }
  }
  EXPECT_GT(compared, 50'000u);
}

TEST(CallLog, AnotherSearchIsNoticed) {
  graph::Operation load;
  load.location = 0;
  search::ExhaustiveSearch one(Model::kRc11);
  ASSERT_TRUE(one.begin());
  search::LoggedSearch logged(&one);
  logged.execute(0, load);
  search::ExhaustiveSearch same(Model::kRc11);
  ASSERT_TRUE(same.begin());
  EXPECT_TRUE(search::repeat_calls(logged.log(), &same));
  EXPECT_FALSE(search::repeat_calls(logged.log(), &same));  // It has an event more by then.
}

}  // namespace
}  // namespace heddle::test
