// SPDX-License-Identifier: Apache-2.0
// std::condition_variable and condition_variable_any: waking, losing and ordering.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(condition_hands_over, ok(2)) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    while (!ready) {
      condition.wait(lock);
    }
  });
  {
    std::lock_guard lock(mutex);
    ready = true;
    condition.notify_one();
  }
  waiter.join();
}

HEDDLE_DOOR_TEST(notification_before_the_wait_is_lost,
                 deadlocks(heddle::DeadlockCause::kLostWakeup)) {
  std::mutex mutex;
  std::condition_variable condition;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    condition.wait(lock);
  });
  condition.notify_one();
  waiter.join();
}

HEDDLE_DOOR_TEST(nobody_notifies, deadlocks(heddle::DeadlockCause::kMissingSignal)) {
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock lock(mutex);
  condition.wait(lock);
}

HEDDLE_DOOR_TEST(one_notification_for_two_waiters, deadlocks()) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  auto wait = [&] {
    std::unique_lock lock(mutex);
    while (!ready) {
      condition.wait(lock);
    }
  };
  std::thread one(wait), other(wait);
  {
    std::lock_guard lock(mutex);
    ready = true;
  }
  condition.notify_one();
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(notify_all_wakes_both, ok()) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  auto wait = [&] {
    std::unique_lock lock(mutex);
    while (!ready) {
      condition.wait(lock);
    }
  };
  std::thread one(wait), other(wait);
  {
    std::lock_guard lock(mutex);
    ready = true;
  }
  condition.notify_all();
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(notification_alone_orders_nothing, shows(kDataRace)) {
  std::mutex mutex;
  std::condition_variable condition;
  int value = 0;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    condition.wait_for(lock, std::chrono::seconds(1));
    value = 1;
  });
  value = 2;  // Outside the mutex: notifying after it does not order it before the waiter.
  condition.notify_one();
  waiter.join();
}

HEDDLE_DOOR_TEST(timed_wait_may_time_out, ok_or_bounded()) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  std::thread setter([&] {
    std::lock_guard lock(mutex);
    ready = true;
    condition.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    const bool in_time = condition.wait_for(lock, std::chrono::seconds(1), [&] { return ready; });
    heddle::observe("in_time", in_time);
  }
  setter.join();
}

HEDDLE_DOOR_TEST(condition_variable_any_with_a_shared_lock, ok_or_bounded()) {
  std::shared_mutex mutex;
  std::condition_variable_any condition;
  bool ready = false;
  std::thread waiter([&] {
    std::shared_lock lock(mutex);
    condition.wait(lock, [&] { return ready; });
  });
  {
    std::unique_lock lock(mutex);
    ready = true;
  }
  condition.notify_one();
  waiter.join();
}
