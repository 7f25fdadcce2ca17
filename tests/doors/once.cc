// SPDX-License-Identifier: Apache-2.0
// std::call_once and function-local statics.
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(call_once_runs_once_and_orders, ok()) {
  std::once_flag once;
  int value = 0;
  auto use = [&] {
    std::call_once(once, [&] { ++value; });
    if (value != 1) {
      __builtin_trap();
    }
  };
  std::thread one(use), other(use);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(call_once_tries_again_after_an_exception, ok()) {
  std::once_flag once;
  int value = 0;
  auto use = [&] {
    try {
      std::call_once(once, [&] {
        if (++value == 1) {
          throw std::runtime_error("first attempt");
        }
      });
    } catch (const std::runtime_error&) {
    }
  };
  std::thread one(use), other(use);
  one.join();
  other.join();
  if (value != 2) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(flag_instead_of_once_races, shows(kDataRace)) {
  bool done = false;
  int value = 0;
  auto use = [&] {
    if (!done) {
      ++value;
      done = true;
    }
  };
  std::thread one(use), other(use);
  one.join();
  other.join();
}

namespace {

struct Counter {
  Counter() : value(7) {}
  ~Counter() { value = 0; }
  int value;
};

int local_static() {
  static Counter counter;
  return counter.value;
}

int unguarded_static(int* source) {
  static int copy = *source;
  ++copy;
  return copy;
}

}  // namespace

HEDDLE_DOOR_TEST(local_static_is_initialised_once, ok()) {
  auto use = [] {
    if (local_static() != 7) {
      __builtin_trap();
    }
  };
  std::thread one(use), other(use);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(changing_a_local_static_races, shows(kDataRace)) {
  int source = 1;
  auto use = [&] { unguarded_static(&source); };
  std::thread one(use), other(use);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(recursive_call_once_deadlocks, deadlocks(heddle::DeadlockCause::kSelf)) {
  static std::once_flag once;
  std::call_once(once, [] { std::call_once(once, [] {}); });
}
