// SPDX-License-Identifier: Apache-2.0
// std::mutex and its kin: exclusion, order, and what a failed attempt does not give.
#include <chrono>
#include <mutex>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

/// Runs `one` and `other` in two threads.
template <class One, class Other>
void both(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

}  // namespace

HEDDLE_DOOR_TEST(mutex_excludes, ok(2)) {
  std::mutex mutex;
  int value = 0;
  auto add = [&] {
    std::lock_guard lock(mutex);
    ++value;
  };
  both(add, add);
  if (value != 2) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(one_side_does_not_lock, shows(kDataRace)) {
  std::mutex mutex;
  int value = 0;
  both(
      [&] {
        std::lock_guard lock(mutex);
        ++value;
      },
      [&] { ++value; });
}

HEDDLE_DOOR_TEST(failed_try_lock_orders_nothing, shows(kDataRace)) {
  std::mutex mutex;
  int value = 0;
  both(
      [&] {
        value = 1;
        std::lock_guard lock(mutex);
      },
      [&] {
        if (mutex.try_lock()) {
          mutex.unlock();
        } else {
          value = 2;  // The other thread holds it, or has only just let go.
        }
      });
}

HEDDLE_DOOR_TEST(try_lock_that_succeeds_excludes, ok()) {
  std::mutex mutex;
  int value = 0;
  auto add = [&] {
    if (mutex.try_lock()) {
      ++value;
      mutex.unlock();
    }
  };
  both(add, add);
}

HEDDLE_DOOR_TEST(opposite_order_deadlocks, deadlocks(heddle::DeadlockCause::kCycle)) {
  std::mutex a, b;
  both(
      [&] {
        std::lock_guard first(a);
        std::lock_guard second(b);
      },
      [&] {
        std::lock_guard first(b);
        std::lock_guard second(a);
      });
}

HEDDLE_DOOR_TEST(relock_deadlocks, deadlocks(heddle::DeadlockCause::kSelf)) {
  std::mutex mutex;
  mutex.lock();
  mutex.lock();
}

HEDDLE_DOOR_TEST(unlock_by_another_thread, shows(heddle::FindingKind::kLockMisuse)) {
  std::mutex mutex;
  mutex.lock();
  std::thread thread([&] { mutex.unlock(); });
  thread.join();
}

HEDDLE_DOOR_TEST(recursive_mutex_may_relock, ok(2)) {
  std::recursive_mutex mutex;
  int value = 0;
  auto add = [&] {
    std::lock_guard outer(mutex);
    std::lock_guard inner(mutex);
    ++value;
  };
  both(add, add);
}

HEDDLE_DOOR_TEST(recursive_mutex_unlocked_once_too_few, deadlocks()) {
  std::recursive_mutex mutex;
  both(
      [&] {
        mutex.lock();
        mutex.lock();
        mutex.unlock();
      },
      [&] { std::lock_guard lock(mutex); });
}

HEDDLE_DOOR_TEST(timed_mutex_excludes, ok_or_bounded()) {
  std::timed_mutex mutex;
  int value = 0;
  auto add = [&] {
    if (mutex.try_lock_for(std::chrono::milliseconds(1))) {
      ++value;
      mutex.unlock();
    }
  };
  both(add, add);
}

HEDDLE_DOOR_TEST(timeout_orders_nothing, shows(kDataRace)) {
  std::timed_mutex mutex;
  int value = 0;
  both(
      [&] {
        std::lock_guard lock(mutex);
        value = 1;
      },
      [&] {
        if (mutex.try_lock_for(std::chrono::milliseconds(1))) {
          mutex.unlock();
        } else {
          value = 2;
        }
      });
}

HEDDLE_DOOR_TEST(scoped_lock_avoids_deadlock, ok_or_bounded()) {
  std::mutex a, b;
  int value = 0;
  both(
      [&] {
        std::scoped_lock lock(a, b);
        ++value;
      },
      [&] {
        std::scoped_lock lock(b, a);
        ++value;
      });
}
