// SPDX-License-Identifier: Apache-2.0
// Random small programs: the exhaustive search finds exactly the executions that a search without
// any reduction finds, each once, and every one can be replayed from its plan.
#include <gtest/gtest.h>

#include <random>

#include "checker/search/replay.h"
#include "tests/support/explore.h"
#include "tests/support/naive_search.h"

namespace heddle::test {
namespace {

using graph::SyncOp;

constexpr Location kMutex = 2;
constexpr Location kSemaphore = 3;
constexpr Location kCondition = 4;
constexpr Location kBarrier = 5;
constexpr Location kRwLock = 6;
constexpr Location kFutex = 7;

class Generator {
 public:
  explicit Generator(unsigned seed, bool sync) : random_(seed), sync_(sync) {}

  Program make() {
    Program program;
    program.initial(kBarrier, graph::apply_sync(SyncOp::kBarrierInit, 0, 2, 0).next);
    const int threads = 2 + below(2);
    const bool creates = below(4) == 0;
    for (int t = 0; t < threads; ++t) {
      Thread& thread = program.thread();
      if (creates && t == 0) thread.create(1);
      locked_ = false;
      const int count = 1 + below(threads == 2 ? 5 : 3);
      for (int i = 0; i < count; ++i) add(thread, i);
      if (locked_ && below(5) != 0) thread.unlock(kMutex);
      if (creates && t == 0 && below(2) == 0) thread.join(1).load(9, 0);
    }
    return program;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  MemoryOrder order() {
    constexpr MemoryOrder kOrders[] = {kRlx, kAcq, kRel, kAcqRel, kSc, kSc};
    return kOrders[below(6)];
  }
  static MemoryOrder of_load(MemoryOrder order) {
    return order == kRel ? kRlx : order == kAcqRel ? kAcq : order;
  }
  static MemoryOrder of_store(MemoryOrder order) {
    return order == kAcq ? kRlx : order == kAcqRel ? kRel : order;
  }

  void add(Thread& thread, int target) {
    if (sync_ && below(2) == 0) {
      add_sync(thread, target);
    } else {
      add_access(thread, target);
    }
  }

  void add_access(Thread& thread, int target) {
    const Location x = below(2);
    const std::uint64_t value = 1 + below(2);
    switch (below(9)) {
      case 0:
        thread.add(x, value, order(), target);
        break;
      case 1:
        thread.compare_exchange(target, x, below(2), value, order(), of_load(order()),
                                below(5) == 0);
        break;
      case 2:
        thread.fence(below(2) == 0 ? kSc : order() == kRlx ? kAcqRel : kRel);
        break;
      case 3:
        below(2) == 0 ? thread.choose(target, 2) : thread.await(x, value, kAcq);
        break;
      case 4:
      case 5:
        thread.store(x, value, of_store(order()));
        break;
      default:
        thread.load(target, x, of_load(order()));
        if (below(4) == 0) thread.skip_if(target, value, 1);
    }
  }

  void add_sync(Thread& thread, int target) {
    constexpr SyncOp kOps[] = {
        SyncOp::kMutexTryLock,     SyncOp::kSemaphoreWait,   SyncOp::kSemaphorePost,
        SyncOp::kSemaphoreTryWait, SyncOp::kConditionSignal, SyncOp::kConditionBroadcast,
        SyncOp::kReadLock,         SyncOp::kWriteLock,       SyncOp::kRwUnlock};
    constexpr Location kObjects[] = {kMutex,     kSemaphore, kSemaphore, kSemaphore, kCondition,
                                     kCondition, kRwLock,    kRwLock,    kRwLock};
    const int kind = below(13);
    if (kind < 9) {
      thread.sync(kOps[kind], kObjects[kind], 0, target);
    } else if (kind == 9) {
      locked_ ? thread.unlock(kMutex) : thread.lock(kMutex);
      locked_ = !locked_;
    } else if (kind == 10) {
      thread.sync(SyncOp::kConditionEnqueue, kCondition);
      if (locked_) thread.unlock(kMutex);
      thread.sync(SyncOp::kConditionWait, kCondition);
      if (locked_) thread.lock(kMutex);
    } else if (kind == 11) {
      thread.sync(SyncOp::kBarrierArrive, kBarrier, 0, 10).skip_if(10, graph::kBarrierSerial, 1);
      thread.sync(SyncOp::kBarrierLeave, kBarrier, 0, target, 10);
    } else {
      thread.sync(SyncOp::kFutexEnqueue, kFutex).load(target, 0, kSc).skip_unless(target, 1, 2);
      thread.sync(SyncOp::kFutexWait, kFutex).skip_if(15, 0, 1);
      thread.sync(SyncOp::kFutexLeave, kFutex).sync(SyncOp::kFutexWake, kFutex, 1);
    }
  }

  std::mt19937 random_;
  const bool sync_;
  bool locked_ = false;
};

std::set<std::string> naive_graphs(const Program& program, Model model) {
  NaiveSearch naive(model);
  std::set<std::string> graphs;
  RunOptions options;
  options.collect = false;
  options.on_execution = [&](const Execution& execution) {
    if (naive.pruned() || execution.end == Execution::End::kBlocked) return;
    graphs.insert(canonical(execution.graph));
  };
  run(program, naive, options);
  return graphs;
}

std::string replayed(const Program& program, const graph::ExecutionGraph& graph) {
  search::ReplaySearch replay(search::make_plan(graph));
  std::string text;
  RunOptions options;
  options.on_execution = [&](const Execution& again) { text = canonical(again.graph); };
  run(program, replay, options);
  return replay.diverged() ? "diverged" : text;
}

void compare(const Program& program, Model model) {
  search::ExhaustiveSearch search(model);
  RunOptions options;
  options.check = &model;
  options.on_execution = [&](const Execution& execution) {
    ASSERT_EQ(replayed(program, execution.graph), canonical(execution.graph));
  };
  const Summary summary = run(program, search, options);
  EXPECT_EQ(summary.duplicates, 0u);
  EXPECT_EQ(summary.inconsistent, 0u);
  EXPECT_EQ(summary.graphs, naive_graphs(program, model));
}

class RandomPrograms : public ::testing::TestWithParam<bool> {};

TEST_P(RandomPrograms, AgreeWithTheNaiveSearch) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    const Program program = Generator(seed, GetParam()).make();
    compare(program, Model::kRc11);
    compare(program, Model::kSc);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, RandomPrograms, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "WithSync" : "Atomics"; });

}  // namespace
}  // namespace heddle::test
