// SPDX-License-Identifier: Apache-2.0
// Guards, tokens, banks and interning of synchronisation objects.
#include "checker/graph/sync_state.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <cerrno>
#include <vector>

namespace heddle::graph {
namespace {

using Effect = SyncOutcome::Effect;

/// One object whose operations happen one after the other.
class Object {
 public:
  SyncOutcome peek(SyncOp op, base::ThreadId thread, std::uint64_t argument = 0) const {
    return apply_sync(op, thread, argument, state_);
  }
  SyncOutcome run(SyncOp op, base::ThreadId thread, std::uint64_t argument = 0) {
    const SyncOutcome outcome = peek(op, thread, argument);
    if (outcome.effect == Effect::kUpdate) {
      state_ = outcome.next;
    }
    return outcome;
  }
  bool blocked(SyncOp op, base::ThreadId thread, std::uint64_t argument = 0) const {
    return peek(op, thread, argument).effect == Effect::kBlocked;
  }
  SyncState state() const { return state_; }

 private:
  SyncState state_ = 0;
};

void expect_read(const SyncOutcome& outcome, std::uint64_t result) {
  EXPECT_EQ(outcome.effect, Effect::kRead);
  EXPECT_EQ(outcome.result, result);
}

TEST(Mutex, ExcludesAndReturnsToTheZeroState) {
  Object mutex;
  EXPECT_EQ(mutex.run(SyncOp::kMutexLock, 1).acquires, kBankA);
  EXPECT_TRUE(mutex.blocked(SyncOp::kMutexLock, 2));
  const SyncOutcome failed = mutex.run(SyncOp::kMutexTryLock, 2);
  expect_read(failed, EBUSY);
  EXPECT_EQ(failed.acquires, 0);
  expect_read(mutex.run(SyncOp::kMutexTimedLock, 2), ETIMEDOUT);
  expect_read(mutex.run(SyncOp::kMutexUnlock, 2), EPERM);
  EXPECT_EQ(mutex.run(SyncOp::kMutexUnlock, 1).releases, kBankA);
  EXPECT_EQ(mutex.state(), 0u);
  expect_read(mutex.run(SyncOp::kMutexUnlock, 1), EPERM);
}

TEST(Mutex, RelockDependsOnTheKind) {
  Object mutex;
  mutex.run(SyncOp::kMutexLock, 0);
  EXPECT_TRUE(mutex.blocked(SyncOp::kMutexLock, 0, PTHREAD_MUTEX_NORMAL));
  EXPECT_TRUE(mutex.blocked(SyncOp::kMutexLock, 0, PTHREAD_MUTEX_ADAPTIVE_NP));
  expect_read(mutex.peek(SyncOp::kMutexLock, 0, PTHREAD_MUTEX_ERRORCHECK), EDEADLK);
  expect_read(mutex.peek(SyncOp::kMutexTryLock, 0, PTHREAD_MUTEX_ERRORCHECK), EBUSY);
}

TEST(Mutex, RecursiveCountsAndReleasesAtTheLastUnlock) {
  Object mutex;
  mutex.run(SyncOp::kMutexLock, 0, PTHREAD_MUTEX_RECURSIVE);
  mutex.run(SyncOp::kMutexTryLock, 0, PTHREAD_MUTEX_RECURSIVE);
  EXPECT_EQ(describe(SyncOp::kMutexLock, mutex.state()).holders.at(0).depth, 2u);
  EXPECT_EQ(mutex.run(SyncOp::kMutexUnlock, 0, PTHREAD_MUTEX_RECURSIVE).releases, 0);
  EXPECT_TRUE(mutex.blocked(SyncOp::kMutexLock, 1, PTHREAD_MUTEX_RECURSIVE));
  EXPECT_EQ(mutex.run(SyncOp::kMutexUnlock, 0, PTHREAD_MUTEX_RECURSIVE).releases, kBankA);
  EXPECT_EQ(mutex.state(), 0u);
}

TEST(Mutex, DestroyedOnesAreRefused) {
  Object mutex;
  mutex.run(SyncOp::kMutexLock, 0);
  expect_read(mutex.run(SyncOp::kMutexDestroy, 0), EBUSY);
  mutex.run(SyncOp::kMutexUnlock, 0);
  EXPECT_EQ(mutex.run(SyncOp::kMutexDestroy, 0).effect, Effect::kUpdate);
  expect_read(mutex.run(SyncOp::kMutexLock, 1), EINVAL);
  EXPECT_TRUE(describe(SyncOp::kMutexLock, mutex.state()).destroyed);
}

TEST(RwLock, ReadersShareAndWritersExclude) {
  Object lock;
  EXPECT_EQ(lock.run(SyncOp::kReadLock, 1).acquires, kBankA);
  lock.run(SyncOp::kReadLock, 63);
  lock.run(SyncOp::kReadLock, 1);
  EXPECT_TRUE(lock.blocked(SyncOp::kWriteLock, 2));
  EXPECT_TRUE(lock.blocked(SyncOp::kWriteLock, 1)) << "an upgrade waits for itself";
  expect_read(lock.run(SyncOp::kTryWriteLock, 2), EBUSY);
  EXPECT_EQ(describe(SyncOp::kReadLock, lock.state()).holders.size(), 2u);
  EXPECT_EQ(lock.run(SyncOp::kRwUnlock, 1).releases, kBankB);
  lock.run(SyncOp::kRwUnlock, 1);
  expect_read(lock.run(SyncOp::kRwUnlock, 1), EPERM);
  lock.run(SyncOp::kRwUnlock, 63);
  EXPECT_EQ(lock.run(SyncOp::kTimedWriteLock, 2).acquires, kBankA | kBankB);
  EXPECT_TRUE(lock.blocked(SyncOp::kReadLock, 1));
  expect_read(lock.run(SyncOp::kReadLock, 2), EDEADLK);
  expect_read(lock.run(SyncOp::kWriteLock, 2), EDEADLK);
  EXPECT_TRUE(lock.blocked(SyncOp::kWriteLock, 3));
  expect_read(lock.run(SyncOp::kTimedReadLock, 1), ETIMEDOUT);
  EXPECT_EQ(lock.run(SyncOp::kRwUnlock, 2).releases, kBankA);
  EXPECT_EQ(lock.state(), 0u);
}

TEST(Condition, ANotificationBeforeTheWaitIsLost) {
  Object condition;
  expect_read(condition.run(SyncOp::kConditionSignal, 0), 0);
  expect_read(condition.run(SyncOp::kConditionBroadcast, 0), 0);
  condition.run(SyncOp::kConditionEnqueue, 1);
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 1));
  EXPECT_EQ(describe(SyncOp::kConditionWait, condition.state()).waiters,
            std::vector<base::ThreadId>{1});
}

TEST(Condition, OneNotificationMayWakeEitherWaiterButOnlyOne) {
  for (base::ThreadId first : {1u, 2u}) {
    Object condition;
    condition.run(SyncOp::kConditionEnqueue, 1);
    condition.run(SyncOp::kConditionEnqueue, 2);
    condition.run(SyncOp::kConditionSignal, 0);
    EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 1));
    EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 2));
    const SyncOutcome woken = condition.run(SyncOp::kConditionWait, first);
    EXPECT_EQ(woken.effect, Effect::kUpdate);
    EXPECT_EQ(woken.acquires | woken.releases, 0) << "a condition variable orders nothing";
    EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 3 - first));
  }
}

TEST(Condition, TwoNotificationsWakeBothOfTwo) {
  Object condition;
  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionEnqueue, 2);
  condition.run(SyncOp::kConditionSignal, 0);
  condition.run(SyncOp::kConditionSignal, 0);
  expect_read(condition.run(SyncOp::kConditionSignal, 0), 0);
  EXPECT_EQ(describe(SyncOp::kConditionWait, condition.state()).notified.size(), 2u);
  condition.run(SyncOp::kConditionWait, 2);
  condition.run(SyncOp::kConditionWait, 1);
  EXPECT_EQ(condition.state(), 0u);
}

TEST(Condition, LaterWaitersAreNotNamed) {
  Object condition;
  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionSignal, 0);
  condition.run(SyncOp::kConditionEnqueue, 2);
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 2));
  condition.run(SyncOp::kConditionWait, 1);
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 2));
}

TEST(Condition, ATokenIsForThoseItNames) {
  Object condition;
  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionEnqueue, 2);
  condition.run(SyncOp::kConditionSignal, 0);
  condition.run(SyncOp::kConditionEnqueue, 3);
  EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 1));
  EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 2));
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 3));
}

TEST(Condition, TheOldestTokenIsTakenFirst) {
  Object condition;  // Tokens {1,2} and {1,2,3}.
  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionEnqueue, 2);
  condition.run(SyncOp::kConditionSignal, 0);
  condition.run(SyncOp::kConditionEnqueue, 3);
  condition.run(SyncOp::kConditionSignal, 0);
  EXPECT_EQ(describe(SyncOp::kConditionWait, condition.state()).notifications, 2u);
  Object other = condition;
  condition.run(SyncOp::kConditionWait, 1);  // Leaves {2,3}.
  EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 2));
  EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 3));
  other.run(SyncOp::kConditionWait, 3);  // Leaves {1,2}: one of them.
  other.run(SyncOp::kConditionWait, 2);
  EXPECT_TRUE(other.blocked(SyncOp::kConditionWait, 1));
}

TEST(Condition, BroadcastWakesAllOfTheMoment) {
  Object condition;
  for (base::ThreadId thread : {1u, 2u, 3u}) {
    condition.run(SyncOp::kConditionEnqueue, thread);
  }
  condition.run(SyncOp::kConditionBroadcast, 0);
  condition.run(SyncOp::kConditionEnqueue, 4);
  for (base::ThreadId thread : {3u, 1u, 2u}) {
    EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, thread));
    condition.run(SyncOp::kConditionWait, thread);
  }
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionWait, 4));
}

TEST(Condition, TimeoutAndSpuriousWakeLeaveTheQueue) {
  Object condition;
  condition.run(SyncOp::kConditionEnqueue, 1);
  const SyncOutcome timeout = condition.run(SyncOp::kConditionTimedWait, 1);
  EXPECT_EQ(timeout.effect, Effect::kUpdate);
  EXPECT_EQ(timeout.result, static_cast<std::uint64_t>(ETIMEDOUT));
  expect_read(condition.run(SyncOp::kConditionSignal, 0), 0);

  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionSignal, 0);
  EXPECT_EQ(condition.run(SyncOp::kConditionTimedWait, 1).result, 0u);

  condition.run(SyncOp::kConditionEnqueue, 1);
  condition.run(SyncOp::kConditionEnqueue, 2);
  condition.run(SyncOp::kConditionSignal, 0);
  condition.run(SyncOp::kConditionLeave, 1);  // Takes nothing: the notification is now for 2.
  EXPECT_FALSE(condition.blocked(SyncOp::kConditionWait, 2));
}

TEST(Condition, DestroyWaitsForTheNotifiedAndRefusesTheAsleep) {
  Object condition;
  condition.run(SyncOp::kConditionEnqueue, 1);
  expect_read(condition.run(SyncOp::kConditionDestroy, 0), EBUSY);
  condition.run(SyncOp::kConditionBroadcast, 0);
  EXPECT_TRUE(condition.blocked(SyncOp::kConditionDestroy, 0));
  condition.run(SyncOp::kConditionWait, 1);
  EXPECT_EQ(condition.run(SyncOp::kConditionDestroy, 0).effect, Effect::kUpdate);
  expect_read(condition.run(SyncOp::kConditionSignal, 1), EINVAL);
}

TEST(Barrier, CompletesOncePerGeneration) {
  Object barrier;
  barrier.run(SyncOp::kBarrierInit, 0, 2);
  for (std::uint64_t generation : {0u, 1u, 2u}) {
    const SyncOutcome first = barrier.run(SyncOp::kBarrierArrive, 1);
    EXPECT_EQ(first.result, generation);
    EXPECT_EQ(first.acquires, 0);
    EXPECT_EQ(first.releases, kBankB);
    EXPECT_TRUE(barrier.blocked(SyncOp::kBarrierLeave, 1, generation));
    expect_read(barrier.run(SyncOp::kBarrierDestroy, 0), EBUSY);
    const SyncOutcome last = barrier.run(SyncOp::kBarrierArrive, 2);
    EXPECT_EQ(last.result, kBarrierSerial);
    EXPECT_EQ(static_cast<int>(last.result), PTHREAD_BARRIER_SERIAL_THREAD);
    EXPECT_EQ(last.acquires, kBankB);
    EXPECT_EQ(last.releases, kBankA);
    EXPECT_EQ(barrier.run(SyncOp::kBarrierLeave, 1, generation).acquires, kBankA);
  }
  barrier.run(SyncOp::kBarrierDestroy, 2);
  EXPECT_FALSE(barrier.blocked(SyncOp::kBarrierLeave, 1, 2));
  expect_read(barrier.run(SyncOp::kBarrierArrive, 1), kBarrierInvalid);
}

TEST(Barrier, ArrivalsCommute) {
  Object one, other;
  one.run(SyncOp::kBarrierInit, 0, 3);
  other.run(SyncOp::kBarrierInit, 0, 3);
  one.run(SyncOp::kBarrierArrive, 1);
  one.run(SyncOp::kBarrierArrive, 2);
  other.run(SyncOp::kBarrierArrive, 2);
  other.run(SyncOp::kBarrierArrive, 1);
  EXPECT_EQ(one.state(), other.state());
}

TEST(Semaphore, CountsAndBlocks) {
  Object semaphore;
  EXPECT_TRUE(semaphore.blocked(SyncOp::kSemaphoreWait, 1));
  expect_read(semaphore.run(SyncOp::kSemaphoreTryWait, 1), EAGAIN);
  expect_read(semaphore.run(SyncOp::kSemaphoreTimedWait, 1), ETIMEDOUT);
  semaphore.run(SyncOp::kSemaphoreInit, 0, 1);
  EXPECT_EQ(semaphore.run(SyncOp::kSemaphorePost, 0).releases, kBankA);
  expect_read(semaphore.run(SyncOp::kSemaphoreValue, 0), 2);
  EXPECT_EQ(semaphore.run(SyncOp::kSemaphoreWait, 1).acquires, kBankA);
  EXPECT_EQ(semaphore.run(SyncOp::kSemaphoreTimedWait, 2).acquires, kBankA);
  EXPECT_TRUE(semaphore.blocked(SyncOp::kSemaphoreWait, 1));
  semaphore.run(SyncOp::kSemaphoreDestroy, 0);
  expect_read(semaphore.run(SyncOp::kSemaphoreWait, 1), EINVAL);
  semaphore.run(SyncOp::kSemaphoreInit, 0, 0x7fffffff);
  expect_read(semaphore.run(SyncOp::kSemaphorePost, 1), EOVERFLOW);
}

TEST(Once, RunsOnceOthersWait) {
  Object once;
  EXPECT_EQ(once.run(SyncOp::kOnceBegin, 1).result, 0u);
  EXPECT_TRUE(once.blocked(SyncOp::kOnceBegin, 2));
  EXPECT_TRUE(once.blocked(SyncOp::kOnceBegin, 1)) << "recursion waits for itself";
  EXPECT_EQ(once.run(SyncOp::kOnceAbort, 1).releases, kBankA);
  EXPECT_EQ(once.run(SyncOp::kOnceBegin, 2).acquires, kBankA);
  EXPECT_EQ(describe(SyncOp::kOnceBegin, once.state()).owner, 2u);
  EXPECT_EQ(once.run(SyncOp::kOnceDone, 2).releases, kBankA);
  const SyncOutcome passive = once.run(SyncOp::kOnceBegin, 1);
  expect_read(passive, 1);
  EXPECT_EQ(passive.acquires, kBankA);
}

TEST(Futex, WakesAtMostAsManyAsAsked) {
  Object queue;
  expect_read(queue.run(SyncOp::kFutexWake, 0, 1), 0);
  for (base::ThreadId thread : {1u, 2u, 3u}) {
    queue.run(SyncOp::kFutexEnqueue, thread);
  }
  const SyncOutcome wake = queue.run(SyncOp::kFutexWake, 0, 2);
  EXPECT_EQ(wake.result, 2u);
  EXPECT_EQ(wake.acquires, kBankA);
  EXPECT_EQ(wake.releases, kBankA);
  for (base::ThreadId thread : {1u, 2u, 3u}) {
    EXPECT_FALSE(queue.blocked(SyncOp::kFutexWait, thread));
  }
  queue.run(SyncOp::kFutexWait, 3);
  queue.run(SyncOp::kFutexWait, 1);
  EXPECT_TRUE(queue.blocked(SyncOp::kFutexWait, 2));
  EXPECT_EQ(queue.run(SyncOp::kFutexTimedWait, 2).result, static_cast<std::uint64_t>(ETIMEDOUT));
  EXPECT_EQ(queue.state(), 0u);
  EXPECT_TRUE(is_futex(SyncOp::kFutexWake));
  EXPECT_FALSE(is_futex(SyncOp::kOnceAbort));
}

TEST(Futex, AMismatchLeavesItsWakeToOthers) {
  Object queue;
  queue.run(SyncOp::kFutexEnqueue, 1);
  queue.run(SyncOp::kFutexEnqueue, 2);
  EXPECT_EQ(queue.run(SyncOp::kFutexWake, 0, 1).result, 1u);
  queue.run(SyncOp::kFutexLeave, 2);
  EXPECT_FALSE(queue.blocked(SyncOp::kFutexWait, 1));
  EXPECT_EQ(queue.run(SyncOp::kFutexWake, 0, 1000).result, 0u);
}

TEST(Note, CarriesReleasesToAcquires) {
  Object note;
  EXPECT_EQ(note.run(SyncOp::kReleaseNote, 1).releases, kBankA);
  const SyncOutcome acquired = note.run(SyncOp::kAcquireNote, 2);
  EXPECT_EQ(acquired.effect, SyncOutcome::Effect::kUpdate);  // Releases that follow read from it.
  EXPECT_EQ(acquired.result, 0u);
  EXPECT_EQ(acquired.releases, 0);
  EXPECT_EQ(acquired.acquires, kBankA);
  EXPECT_FALSE(is_futex(SyncOp::kAcquireNote));
}

TEST(States, AreInternedOnceAndKnowTheirKind) {
  Object a, b, semaphore;
  a.run(SyncOp::kMutexLock, 5);
  const std::uint64_t count = interned_state_count();
  b.run(SyncOp::kMutexLock, 5);
  EXPECT_EQ(a.state(), b.state());
  EXPECT_EQ(interned_state_count(), count);
  semaphore.run(SyncOp::kSemaphoreInit, 0, 6);
  EXPECT_NE(a.state(), semaphore.state());
  EXPECT_EQ(apply_sync(SyncOp::kMutexLock, 0, 0, semaphore.state()).result,
            static_cast<std::uint64_t>(EINVAL));
  EXPECT_EQ(sync_kind(SyncOp::kTimedReadLock), SyncKind::kReadWriteLock);
}

TEST(States, SurviveTheGrowthOfTheTable) {
  std::vector<SyncState> states;
  for (std::uint64_t value = 1; value < 5000; ++value) {
    states.push_back(apply_sync(SyncOp::kSemaphoreInit, 0, value, 0).next);
  }
  for (std::uint64_t value = 1; value < 5000; ++value) {
    EXPECT_EQ(describe(SyncOp::kSemaphoreValue, states[value - 1]).value, value);
    EXPECT_EQ(apply_sync(SyncOp::kSemaphoreInit, 0, value, 0).next, states[value - 1]);
  }
}

TEST(Timed, FormsHaveABlockingForm) {
  EXPECT_EQ(blocking_form(SyncOp::kMutexTimedLock), SyncOp::kMutexLock);
  EXPECT_EQ(blocking_form(SyncOp::kConditionTimedWait), SyncOp::kConditionWait);
  EXPECT_EQ(blocking_form(SyncOp::kMutexTryLock), SyncOp::kMutexTryLock);
  EXPECT_TRUE(is_timed(SyncOp::kTimedWriteLock));
}

}  // namespace
}  // namespace heddle::graph
