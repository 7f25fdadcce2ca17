// SPDX-License-Identifier: Apache-2.0
// std::promise, future, async and packaged_task: futex calls inside libstdc++.
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(future_carries_a_value_and_orders, ok_or_bounded()) {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  int side = 0;
  std::thread thread([&] {
    side = 1;
    promise.set_value(41);
  });
  if (future.get() + side != 42) {
    __builtin_trap();
  }
  thread.join();
}

HEDDLE_DOOR_TEST(write_after_set_value_races, shows(kDataRace)) {
  std::promise<void> promise;
  std::future<void> future = promise.get_future();
  int side = 0;
  std::thread thread([&] {
    promise.set_value();
    side = 1;
  });
  future.get();
  side = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(future_carries_an_exception, ok_or_bounded()) {
  auto future = std::async(std::launch::async, []() -> int { throw std::runtime_error("no"); });
  bool caught = false;
  try {
    future.get();
  } catch (const std::runtime_error&) {
    caught = true;
  }
  if (!caught) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(async_orders, ok_or_bounded()) {
  int value = 0;
  auto future = std::async(std::launch::async, [&] { value = 1; });
  future.wait();
  value = 2;
}

HEDDLE_DOOR_TEST(future_nobody_fulfils, deadlocks()) {
  std::promise<int> promise;
  promise.get_future().wait();
}

HEDDLE_DOOR_TEST(packaged_task_runs_elsewhere, ok_or_bounded()) {
  std::packaged_task<int(int)> task([](int value) { return value + 1; });
  std::future<int> future = task.get_future();
  std::thread thread(std::move(task), 1);
  heddle::observe("result", future.get());
  thread.join();
}

HEDDLE_DOOR_TEST(wait_for_may_time_out, ok_or_bounded()) {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread thread([&] { promise.set_value(1); });
  const auto status = future.wait_for(std::chrono::seconds(1));
  heddle::observe("ready", status == std::future_status::ready);
  thread.join();
}
