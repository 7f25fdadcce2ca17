// SPDX-License-Identifier: Apache-2.0
// Tests that pass and tests that fail on purpose; gtest_test.sh runs them and reads what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

// Expanded with GoogleTest's own macros: as in a file that does not include heddle/gtest.h.
void check_elsewhere(int value) { EXPECT_EQ(value, 2) << "from elsewhere"; }

#include "heddle/gtest.h"

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
std::atomic<int> bodies{0};  // Restored: each execution begins with 0.

void store_and_load(std::memory_order publish) {
  std::atomic<bool> full{false};
  std::atomic<int> letter{0};
  std::thread postman([&] {
    letter.store(42, kRelaxed);
    full.store(true, publish);
    SUCCEED();
  });
  if (full.load(std::memory_order_acquire)) {
    SCOPED_TRACE("the reader");
    EXPECT_EQ(letter.load(kRelaxed), 42) << "a letter is lost";
    heddle::observe("letter", letter.load(kRelaxed));
  }
  postman.join();
}

HEDDLE_TEST(Passes, Release) { store_and_load(std::memory_order_release); }
HEDDLE_TEST(Passes, OptionsOfTheCode, "model=sc") { store_and_load(kRelaxed); }
HEDDLE_TEST(Passes, OptionsAsAStruct, heddle::Options{}) { EXPECT_EQ(++bodies, 1); }
HEDDLE_TEST(Passes, Skipped) { GTEST_SKIP() << "not today"; }
HEDDLE_TEST(Passes, GoogleTestsCallsOfABody) {
  EXPECT_TRUE(heddle::exploring());
  EXPECT_FALSE(HasFailure());
  EXPECT_NO_FATAL_FAILURE(EXPECT_THAT(std::vector<int>({1, 2}), testing::ElementsAre(1, 2)));
  RecordProperty("colour", "red");
}

HEDDLE_TEST(Fails, Expect) { store_and_load(kRelaxed); }
HEDDLE_TEST(Fails, AssertOnAThreadLeavesItsFunction, "stop_at_first_bug=0") {
  std::atomic<int> count{0}, went_on{0};
  const auto add = [&] {
    count.fetch_add(1, kRelaxed);
    ASSERT_LT(count.load(kRelaxed), 2);
    went_on.fetch_add(1, kRelaxed);
  };
  std::thread one(add), two(add);
  one.join();
  two.join();
  heddle::observe("went on", went_on.load(kRelaxed));
  EXPECT_EQ(HasFatalFailure(), went_on.load(kRelaxed) < 2);
}
HEDDLE_TEST(Fails, FromElsewhere, "stop_at_first_bug=0") {
  std::atomic<int> count{0};
  std::thread one([&] { check_elsewhere(++count); });
  std::thread two([&] { check_elsewhere(++count); });
  one.join();
  two.join();
}
HEDDLE_TEST(Fails, OutsideTheModel) {
  heddle::outside([] { ADD_FAILURE() << "outside"; });
}
std::vector<int>* const older = new std::vector<int>(1);
HEDDLE_TEST(Fails, StateOutlives) { ++(*older)[0]; }
HEDDLE_TEST(Fails, OptionOfTheCode, "modle=sc") {}
HEDDLE_TEST(Fails, Incomplete, "executions=1") { store_and_load(std::memory_order_release); }
HEDDLE_TEST(Fails, NothingExplored) { heddle::assume(false); }

struct Sink {
  virtual ~Sink() = default;
  virtual void put(int value) = 0;
};
struct MockSink : Sink {
  MOCK_METHOD(void, put, (int), (override));
};
void use_mock(int calls) {
  MockSink sink;
  EXPECT_CALL(sink, put).Times(calls);
  std::thread other([&] { sink.put(1); });
  sink.put(2);
  other.join();
}
HEDDLE_TEST(Passes, Mock) { use_mock(2); }
HEDDLE_TEST(Fails, Mock) { use_mock(3); }

class Counter : public testing::Test {
 protected:
  static void SetUpTestSuite() { ++suites; }
  static void TearDownTestSuite() { --suites; }
  void SetUp() override {
    EXPECT_TRUE(heddle::exploring());
    value_ = 1;
  }
  void TearDown() override { EXPECT_GT(value_, 1); }
  void add() {
    const std::lock_guard lock(mutex_);
    ++value_;
  }
  static inline int suites = 0;
  std::mutex mutex_;
  int value_ = 0;
};

HEDDLE_TEST_F(Counter, PassesAndBeginsAnew) {
  std::thread other([this] { add(); });
  add();
  other.join();
  EXPECT_EQ(value_, 3);
  EXPECT_EQ(suites, 1);
}
HEDDLE_TEST_F(Counter, FailsInTearDown) {}

class Threads : public testing::TestWithParam<int> {};
HEDDLE_TEST_P(Threads, PassesWithEach) {
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < GetParam(); ++i) {
    threads.emplace_back([&] { count.fetch_add(1, kRelaxed); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(count, GetParam());
}
INSTANTIATE_TEST_SUITE_P(Of, Threads, testing::Values(2, 3));

void store_buffering() {
  std::atomic<int> x{0}, y{0};
  int r1 = 0, r2 = 0;
  std::thread other([&] {
    x.store(1, kRelaxed);
    r1 = y.load(kRelaxed);
  });
  y.store(1, kRelaxed);
  r2 = x.load(kRelaxed);
  other.join();
  heddle::observe("r1", r1);
  heddle::observe("r2", r2);
}

/// Executions go on from kept states although GoogleTest's imports are the program's.
TEST(Passes, Checkpoints) {
  const heddle::Report report = heddle::explore([] {
    std::atomic<int> count{0};
    const auto add = [&] {
      for (int i = 0; i < 5; ++i) {
        count.fetch_add(1, kRelaxed);
      }
    };
    std::thread other(add);
    add();
    other.join();
    EXPECT_EQ(count, 10);
  });
  EXPECT_THAT(report, heddle::IsOk());
  EXPECT_EQ(report.executions, 252u);
  EXPECT_GT(report.resumed, 100u);
}

TEST(Passes, Matchers) {
  using heddle::explore, heddle::HasOutcomes;
  heddle::Options sc;
  sc.model = heddle::Model::kSc;
  EXPECT_THAT(explore(store_buffering), heddle::IsOk());
  EXPECT_THAT(explore(store_buffering), testing::Not(heddle::IsBounded()));
  EXPECT_THAT(explore(store_buffering),
              HasOutcomes({"r2=0 r1=0", "r1=0 r2=1", "r1=1, r2=0", "r1=1 r2=1"}));
  EXPECT_THAT(explore(store_buffering, sc),
              testing::Not(HasOutcomes({"r1=0 r2=0", "r1=0 r2=1", "r1=1 r2=0", "r1=1 r2=1"})));
  EXPECT_THAT(explore([] { EXPECT_TRUE(false); }),
              heddle::FindsBug(heddle::FindingKind::kAssertion));
  EXPECT_THAT(explore(store_buffering),
              testing::Not(heddle::FindsBug(heddle::FindingKind::kDataRace)));
  EXPECT_THROW(HasOutcomes({"r1"}), std::invalid_argument);
  EXPECT_EQ(heddle::options_of_test().model, heddle::Model::kRc11);
}
TEST(Fails, MatcherShowsTheReport) {
  EXPECT_THAT(heddle::explore([] { store_and_load(kRelaxed); }), heddle::IsOk());
}

}  // namespace

int main(int argc, char** argv) {
  heddle::remove_flags(&argc, argv);
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    std::printf("left: %s\n", argv[1]);
  }
  return RUN_ALL_TESTS();
}
