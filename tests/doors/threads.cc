// SPDX-License-Identifier: Apache-2.0
// std::thread and std::jthread: what creation and joining order.
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(thread_creation_and_join_order, ok(1)) {
  int value = 1;
  std::thread thread([&] { value = value + 1; });
  thread.join();
  value = value + 1;
}

HEDDLE_DOOR_TEST(thread_races_before_join, shows(kDataRace)) {
  int value = 0;
  std::thread thread([&] { value = 1; });
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(siblings_race, shows(kDataRace)) {
  int value = 0;
  std::thread one([&] { value = 1; });
  std::thread other([&] { value = 2; });
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(jthread_joins_in_its_destructor, ok(1)) {
  int value = 0;
  {
    std::jthread thread([&] { value = 1; });
  }
  value = 2;
}

HEDDLE_DOOR_TEST(joinable_thread_is_destroyed, shows(heddle::FindingKind::kAbort)) {
  std::thread thread([] {});
}

HEDDLE_DOOR_TEST(nested_threads, ok(1)) {
  int value = 0;
  std::thread outer([&] {
    std::thread inner([&] { value = 1; });
    inner.join();
    value = 2;
  });
  outer.join();
}

HEDDLE_DOOR_TEST(thread_ids_are_distinct, ok()) {
  std::thread::id one, other;
  std::thread first([&] { one = std::this_thread::get_id(); });
  std::thread second([&] { other = std::this_thread::get_id(); });
  first.join();
  second.join();
  if (one == other || one == std::this_thread::get_id()) {
    __builtin_trap();
  }
}
