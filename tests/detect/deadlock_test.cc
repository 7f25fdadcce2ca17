// SPDX-License-Identifier: Apache-2.0
// Causes and words of deadlocks, and which cause is named when several apply.
#include "checker/detect/deadlock.h"

#include <gtest/gtest.h>

namespace heddle::detect {
namespace {

const std::vector<std::string> kNames{"main", "T1", "T2", "T3"};

Wait waits(base::ThreadId thread, WaitKind kind, std::string object,
           std::vector<base::ThreadId> holders = {}) {
  Wait wait;
  wait.thread = thread;
  wait.kind = kind;
  wait.object = std::move(object);
  wait.holders = std::move(holders);
  return wait;
}

Deadlock explain(std::vector<Wait> list) { return explain_deadlock(list, kNames); }

TEST(Deadlock, two_locks_in_opposite_order) {
  const auto deadlock =
      explain({waits(0, WaitKind::kJoin, "", {1}), waits(1, WaitKind::kMutex, "b", {2}),
               waits(2, WaitKind::kMutex, "a", {1})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kCycle);
  EXPECT_EQ(deadlock.message,
            "T1 holds mutex a and waits for mutex b; T2 holds mutex b and waits for mutex a");
  ASSERT_EQ(deadlock.threads.size(), 3u);
  EXPECT_EQ(deadlock.threads[0].thread, 1u);
  EXPECT_EQ(deadlock.threads[0].what, "waits for mutex b, held by T2");
  EXPECT_EQ(deadlock.threads[1].thread, 2u);
  EXPECT_EQ(deadlock.threads[2].what, "waits for T1 to end");
}

TEST(Deadlock, three_threads_in_the_order_of_the_cycle) {
  const auto deadlock =
      explain({waits(1, WaitKind::kMutex, "c", {3}), waits(2, WaitKind::kMutex, "a", {1}),
               waits(3, WaitKind::kMutex, "b", {2})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kCycle);
  ASSERT_EQ(deadlock.threads.size(), 3u);
  EXPECT_EQ(deadlock.threads[0].thread, 1u);
  EXPECT_EQ(deadlock.threads[1].thread, 3u);
  EXPECT_EQ(deadlock.threads[2].thread, 2u);
}

TEST(Deadlock, the_shortest_cycle_is_told) {
  const auto deadlock =
      explain({waits(0, WaitKind::kMutex, "a", {1}), waits(1, WaitKind::kMutex, "b", {2}),
               waits(2, WaitKind::kReadLock, "c", {0, 3}), waits(3, WaitKind::kMutex, "d", {2})});
  EXPECT_EQ(deadlock.message,
            "T2 holds mutex d and waits for read lock c; T3 holds lock c and "
            "waits for mutex d");
}

TEST(Deadlock, a_join_under_a_lock_is_a_cycle) {
  const auto deadlock =
      explain({waits(0, WaitKind::kJoin, "", {1}), waits(1, WaitKind::kMutex, "m", {0})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kCycle);
  EXPECT_EQ(deadlock.message, "main holds mutex m and waits for T1 to end; T1 waits for mutex m");
}

TEST(Deadlock, two_readers_that_upgrade_are_a_cycle_and_one_is_itself) {
  EXPECT_EQ(explain({waits(1, WaitKind::kWriteLock, "rw", {1, 2}),
                     waits(2, WaitKind::kWriteLock, "rw", {1, 2})})
                .cause,
            DeadlockCause::kCycle);
  EXPECT_EQ(explain({waits(1, WaitKind::kWriteLock, "rw", {1})}).cause, DeadlockCause::kSelf);
}

TEST(Deadlock, relocking) {
  const auto deadlock =
      explain({waits(0, WaitKind::kJoin, "", {1}), waits(1, WaitKind::kMutex, "m", {1})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kSelf);
  EXPECT_EQ(deadlock.message, "T1 waits for mutex m, which it holds itself");
  EXPECT_EQ(deadlock.threads[0].what, "waits for mutex m, held by itself");
  EXPECT_EQ(explain({waits(1, WaitKind::kJoin, "", {1})}).cause, DeadlockCause::kSelf);
}

TEST(Deadlock, barrier_with_too_few) {
  Wait first = waits(1, WaitKind::kBarrier, "gate");
  first.arrived = 2;
  first.expected = 3;
  Wait second = first;
  second.thread = 2;
  const auto deadlock = explain({first, second, waits(3, WaitKind::kCondition, "c")});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kBarrier);
  EXPECT_EQ(deadlock.threads[0].what, "waits at barrier gate (2 of 3 arrived)");
  EXPECT_EQ(deadlock.threads.size(), 3u);
}

TEST(Deadlock, lost_stolen_and_missing_notifications) {
  Wait wait = waits(1, WaitKind::kCondition, "ready");
  EXPECT_EQ(explain({wait}).cause, DeadlockCause::kMissingSignal);
  EXPECT_EQ(explain({wait}).message,
            "T1 waits on condition variable ready, which nobody ever "
            "notifies");
  wait.signals = 1;
  EXPECT_EQ(explain({wait}).cause, DeadlockCause::kMissingSignal);
  wait.signals_while_waiting = 1;
  EXPECT_EQ(explain({wait}).cause, DeadlockCause::kLostWakeup);
  EXPECT_NE(explain({wait}).message.find("woke another thread"), std::string::npos);
  wait.signals_unheard = 1;
  EXPECT_EQ(explain({wait}).cause, DeadlockCause::kLostWakeup);
  EXPECT_NE(explain({wait}).message.find("came before it waited"), std::string::npos);
}

TEST(Deadlock, a_lost_wakeup_is_named_before_a_missing_signal) {
  Wait lost = waits(2, WaitKind::kFutex, "");
  lost.signals_unheard = 1;
  const auto deadlock =
      explain({waits(0, WaitKind::kJoin, "", {1}), waits(1, WaitKind::kSemaphore, "items"), lost});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kLostWakeup);
  EXPECT_EQ(deadlock.threads[0].thread, 2u);
  EXPECT_EQ(deadlock.threads[1].thread, 1u);
  EXPECT_EQ(deadlock.threads[2].thread, 0u);
}

TEST(Deadlock, a_semaphore_cycle_needs_known_holders) {
  EXPECT_EQ(
      explain({waits(1, WaitKind::kSemaphore, "a"), waits(2, WaitKind::kSemaphore, "b")}).cause,
      DeadlockCause::kMissingSignal);
  EXPECT_EQ(
      explain({waits(1, WaitKind::kSemaphore, "a", {2}), waits(2, WaitKind::kSemaphore, "b", {1})})
          .cause,
      DeadlockCause::kCycle);
}

TEST(Deadlock, an_owner_that_has_ended) {
  const auto deadlock = explain({waits(1, WaitKind::kMutex, "m", {2})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kMissingSignal);
  EXPECT_EQ(deadlock.threads[0].what, "waits for mutex m, held by T2 (which will not act again)");
}

TEST(Deadlock, a_wait_for_a_waiting_thread_is_no_root) {
  const auto deadlock =
      explain({waits(1, WaitKind::kMutex, "m", {2}), waits(2, WaitKind::kJoin, "", {3})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kJoin);
}

TEST(Deadlock, only_a_join) {
  const auto deadlock = explain({waits(0, WaitKind::kJoin, "", {1})});
  EXPECT_EQ(deadlock.cause, DeadlockCause::kJoin);
  EXPECT_EQ(deadlock.message, "main waits for T1 to end, which it cannot do");
}

}  // namespace
}  // namespace heddle::detect
