// SPDX-License-Identifier: Apache-2.0
// Ten lines of a user's test.
#include "counter.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "heddle/gtest.h"

HEDDLE_TEST(Counter, Unlocked) {
  Counter counter;
  std::thread other([&] { counter.add(); });
  counter.add();
  other.join();
  EXPECT_EQ(counter.value(), 2);
}

HEDDLE_TEST(Counter, Locked) {
  Counter counter;
  std::mutex mutex;
  const auto add = [&] {
    const std::lock_guard lock(mutex);
    counter.add();
  };
  std::thread other(add);
  add();
  other.join();
  EXPECT_EQ(counter.value(), 2);
}
