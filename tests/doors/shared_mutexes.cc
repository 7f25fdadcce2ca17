// SPDX-License-Identifier: Apache-2.0
// std::shared_mutex: readers share, and their sharing orders nothing between them.
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(shared_mutex_reader_and_writer, ok(2)) {
  std::shared_mutex mutex;
  int value = 0;
  int seen = 0;
  std::thread writer([&] {
    std::unique_lock lock(mutex);
    value = 1;
  });
  std::thread reader([&] {
    std::shared_lock lock(mutex);
    seen = value;
  });
  writer.join();
  reader.join();
  heddle::observe("seen", seen);
}

HEDDLE_DOOR_TEST(writing_under_a_shared_lock_races, shows(kDataRace)) {
  std::shared_mutex mutex;
  int value = 0;
  auto add = [&] {
    std::shared_lock lock(mutex);
    ++value;
  };
  std::thread one(add), other(add);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(writer_after_readers_is_ordered, ok()) {
  std::shared_mutex mutex;
  int value = 0;
  int seen[2] = {};
  std::thread readers[2];
  for (int i = 0; i < 2; ++i) {
    readers[i] = std::thread([&, i] {
      std::shared_lock lock(mutex);
      seen[i] = value;
    });
  }
  {
    std::unique_lock lock(mutex);
    value = 1;
  }
  readers[0].join();
  readers[1].join();
}

HEDDLE_DOOR_TEST(upgrade_deadlocks, deadlocks()) {
  std::shared_mutex mutex;
  auto upgrade = [&] {
    mutex.lock_shared();
    mutex.lock();
    mutex.unlock();
    mutex.unlock_shared();
  };
  std::thread one(upgrade), other(upgrade);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(failed_try_lock_shared_orders_nothing, shows(kDataRace)) {
  std::shared_mutex mutex;
  int value = 0;
  std::thread writer([&] {
    std::unique_lock lock(mutex);
    value = 1;
  });
  if (mutex.try_lock_shared()) {
    mutex.unlock_shared();
  } else {
    value = 2;
  }
  writer.join();
}

HEDDLE_DOOR_TEST(shared_timed_mutex_excludes, ok_or_bounded()) {
  std::shared_timed_mutex mutex;
  int value = 0;
  std::thread writer([&] {
    if (mutex.try_lock_for(std::chrono::seconds(1))) {
      value = 1;
      mutex.unlock();
    }
  });
  if (mutex.try_lock_shared_for(std::chrono::seconds(1))) {
    heddle::observe("value", value);
    mutex.unlock_shared();
  }
  writer.join();
}
