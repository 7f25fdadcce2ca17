// SPDX-License-Identifier: Apache-2.0
// What each synchronisation object orders, and what it does not: an edge too many hides races.
//
// The first thread stores to x, the second one loads it; both use one object. An execution counts
// when the store is in the (sb|rf)-prefix of the load: is it always hb-before it then?
#include <gtest/gtest.h>

#include "checker/graph/sync_op.h"
#include "tests/support/explore.h"

namespace heddle::test {
namespace {

using graph::SyncOp;

constexpr Location kX = 0;
constexpr Location kObject = 1;

/// The access of the thread to x, or none().
base::EventId access_to_x(const graph::ExecutionGraph& graph, base::ThreadId thread) {
  return graph.last_access(kX, thread);
}

enum class Order { kNone, kHappensBefore, kNeverSeen };

Order order_of(const Program& program) {
  search::ExhaustiveSearch search(Model::kRc11);
  Order order = Order::kNeverSeen;
  RunOptions options;
  options.on_execution = [&](const Execution& execution) {
    const graph::ExecutionGraph& graph = execution.graph;
    const base::EventId store = access_to_x(graph, 0);
    const base::EventId load = access_to_x(graph, 1);
    if (!store.is_event() || !load.is_event()) return;
    if (!base::clock_contains(graph.porf(load), store)) return;
    if (!base::clock_contains(graph.hb(load), store)) {
      order = Order::kNone;
    } else if (order == Order::kNeverSeen) {
      order = Order::kHappensBefore;
    }
  };
  run(program, search, options);
  return order;
}

/// The object's state after an initialising operation.
std::uint64_t state_after(SyncOp op, std::uint64_t argument) {
  return graph::apply_sync(op, 0, argument, 0).next;
}

/// store x; the operations of `first` | the operations of `second`; load x. The store stands behind
/// `before` of the first thread's operations.
Order order_through(std::initializer_list<SyncOp> first, std::initializer_list<SyncOp> second,
                    int before = 0) {
  Program program;
  Thread& writer = program.thread();
  for (const SyncOp op : first) {
    if (before-- == 0) writer.store(kX, 1);
    writer.sync(op, kObject, op == SyncOp::kFutexWake ? 1 : 0);
  }
  Thread& reader = program.thread();
  for (const SyncOp op : second) reader.sync(op, kObject);
  reader.load(0, kX);
  return order_of(program);
}

TEST(SyncOrder, Mutex) {
  using enum SyncOp;
  EXPECT_EQ(order_through({kMutexLock, kMutexUnlock}, {kMutexLock}), Order::kHappensBefore);
  // The state that the failing ones read was written by the second lock, behind an unlock.
  const auto locks = {kMutexLock, kMutexUnlock, kMutexLock};
  EXPECT_EQ(order_through(locks, {kMutexTryLock}, 1), Order::kNone);
  EXPECT_EQ(order_through(locks, {kMutexTimedLock}, 1), Order::kNone);
}

TEST(SyncOrder, ReadWriteLock) {
  using enum SyncOp;
  EXPECT_EQ(order_through({kWriteLock, kRwUnlock}, {kWriteLock}), Order::kHappensBefore);
  EXPECT_EQ(order_through({kWriteLock, kRwUnlock}, {kReadLock}), Order::kHappensBefore);
  EXPECT_EQ(order_through({kReadLock, kRwUnlock}, {kWriteLock}), Order::kHappensBefore);
  EXPECT_EQ(order_through({kReadLock, kRwUnlock}, {kReadLock}), Order::kNone);
  const auto locks = {kReadLock, kRwUnlock, kReadLock};
  EXPECT_EQ(order_through(locks, {kTryWriteLock}, 1), Order::kNone);
}

TEST(SyncOrder, ConditionVariablesOrderNothing) {
  using enum SyncOp;
  EXPECT_EQ(order_through({kConditionSignal}, {kConditionEnqueue, kConditionWait}), Order::kNone);
}

TEST(SyncOrder, FutexQueuesOrderBothWays) {
  using enum SyncOp;
  EXPECT_EQ(order_through({kFutexWake}, {kFutexEnqueue, kFutexWait}), Order::kHappensBefore);
}

TEST(SyncOrder, Semaphore) {
  using enum SyncOp;
  EXPECT_EQ(order_through({kSemaphorePost}, {kSemaphoreWait}), Order::kHappensBefore);
  EXPECT_EQ(order_through({kSemaphorePost}, {kSemaphoreValue}), Order::kNone);
  EXPECT_EQ(order_through({kSemaphorePost, kSemaphoreWait}, {kSemaphoreTryWait}), Order::kNone);
  Program initialised;
  initialised.thread().store(kX, 1).sync(kSemaphoreInit, kObject, 1);
  initialised.thread().sync(kSemaphoreWait, kObject).load(0, kX);
  EXPECT_EQ(order_of(initialised), Order::kHappensBefore);
}

TEST(SyncOrder, ASemaphoreKeepsTheReleasesOfAllPosts) {
  // The second post is what the waiter reads; the first one's thread is ordered before it too.
  Program program;
  program.thread().store(kX, 1).sync(SyncOp::kSemaphorePost, kObject);
  program.thread()
      .sync(SyncOp::kSemaphoreWait, kObject)
      .sync(SyncOp::kSemaphoreWait, kObject)
      .load(0, kX);
  program.thread().sync(SyncOp::kSemaphorePost, kObject);
  EXPECT_EQ(order_of(program), Order::kHappensBefore);
}

/// Both threads arrive and leave; the one that completes the barrier has left with that.
Thread& pass_barrier(Thread& thread) {
  return thread.sync(SyncOp::kBarrierArrive, kObject, 0, 1)
      .skip_if(1, graph::kBarrierSerial, 1)
      .sync(SyncOp::kBarrierLeave, kObject, 0, kNoRegister, 1);
}

TEST(SyncOrder, BarriersOrderWhatCameBefore) {
  Program program;
  program.initial(kObject, state_after(SyncOp::kBarrierInit, 2));
  pass_barrier(program.thread().store(kX, 1));
  pass_barrier(program.thread()).load(0, kX);
  EXPECT_EQ(order_of(program), Order::kHappensBefore);
}

TEST(SyncOrder, LeavingABarrierIsNotOrderedAfterTheNextArrival) {
  Program program;
  program.initial(kObject, state_after(SyncOp::kBarrierInit, 2));
  pass_barrier(program.thread()).store(kX, 1).sync(SyncOp::kBarrierArrive, kObject);
  pass_barrier(program.thread()).load(0, kX);
  EXPECT_EQ(order_of(program), Order::kNone);
}

TEST(SyncOrder, Once) {
  Program passed;
  passed.thread().sync(SyncOp::kOnceBegin, kObject).store(kX, 1).sync(SyncOp::kOnceDone, kObject);
  passed.thread().sync(SyncOp::kOnceBegin, kObject, 0, 1).skip_unless(1, 1, 1).load(0, kX);
  EXPECT_EQ(order_of(passed), Order::kHappensBefore);
  // A failed initialisation comes before the one that tries again.
  Program failed;
  failed.thread().sync(SyncOp::kOnceBegin, kObject).store(kX, 1).sync(SyncOp::kOnceAbort, kObject);
  failed.thread().sync(SyncOp::kOnceBegin, kObject).load(0, kX);
  EXPECT_EQ(order_of(failed), Order::kHappensBefore);
}

TEST(SyncOrder, Notes) {
  EXPECT_EQ(order_through({SyncOp::kReleaseNote}, {SyncOp::kAcquireNote}), Order::kHappensBefore);
}

}  // namespace
}  // namespace heddle::test
