// SPDX-License-Identifier: Apache-2.0
// std::stop_token, stop_callback and interruptible waits.
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(stop_request_is_seen, ok_or_bounded()) {
  int value = 0;
  std::jthread thread([&](std::stop_token token) {
    if (token.stop_requested()) {
      value = value + 1;  // request_stop() orders what came before it.
    }
  });
  value = 1;
  thread.request_stop();
}

HEDDLE_DOOR_TEST(write_after_stop_request_races, shows(kDataRace)) {
  int value = 0;
  std::jthread thread([&](std::stop_token token) {
    if (token.stop_requested()) {
      value = 1;
    }
  });
  thread.request_stop();
  value = 2;
}

HEDDLE_DOOR_TEST(stop_callback_runs_once, ok_or_bounded()) {
  std::stop_source source;
  int runs = 0;
  {
    std::stop_callback callback(source.get_token(), [&] { ++runs; });
    std::thread thread([&] { source.request_stop(); });
    thread.join();
  }
  if (runs != 1) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(interruptible_wait_is_interrupted, ok_or_bounded()) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::jthread thread([&](std::stop_token token) {
    std::unique_lock lock(mutex);
    condition.wait(lock, token, [] { return false; });
  });
  thread.request_stop();
}
