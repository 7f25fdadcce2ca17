// SPDX-License-Identifier: Apache-2.0
// std::shared_ptr, atomic shared pointers, and memory that they own.
#include <atomic>
#include <cassert>
#include <memory>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(shared_ptr_counts_are_atomic, ok()) {
  auto pointer = std::make_shared<int>(1);
  std::thread thread([copy = pointer] { heddle::observe("copy", *copy); });
  pointer.reset();
  thread.join();
}

HEDDLE_DOOR_TEST(shared_ptr_object_itself_races, shows(kDataRace)) {
  auto pointer = std::make_unique<std::shared_ptr<int>>(std::make_shared<int>(1));
  std::thread thread([&] { auto copy = *pointer; });
  pointer->reset();
  thread.join();
}

HEDDLE_DOOR_TEST(pointee_of_shared_ptr_races, shows(kDataRace)) {
  auto pointer = std::make_shared<int>(1);
  std::thread thread([copy = pointer] { *copy = 2; });
  *pointer = 3;
  thread.join();
}

HEDDLE_DOOR_TEST(weak_ptr_locks_or_not, ok()) {
  auto pointer = std::make_shared<int>(1);
  std::weak_ptr<int> weak = pointer;
  std::thread thread([weak] {
    if (auto copy = weak.lock()) {
      heddle::observe("value", *copy);
    }
  });
  pointer.reset();
  thread.join();
}

HEDDLE_DOOR_TEST(atomic_shared_ptr_publishes, ok_or_bounded()) {
  std::atomic<std::shared_ptr<int>> pointer;
  std::thread writer([&] { pointer.store(std::make_shared<int>(1)); });
  if (auto copy = pointer.load()) {
    heddle::observe("value", *copy);
  }
  writer.join();
}

// g++ inlines these down to the accesses, and then the debug information has no class names.
HEDDLE_DOOR_TEST(atomic_shared_ptr_to_constants_is_replaced, ok_or_bounded()) {
  struct Pair {
    int first;
    int second;
  };
  std::atomic<std::shared_ptr<const Pair>> latest(std::make_shared<const Pair>(Pair{1, 1}));
  std::thread writer([&] { latest.store(std::make_shared<const Pair>(Pair{2, 2})); });
  std::thread remover([&] { latest.store(nullptr); });
  if (const std::shared_ptr<const Pair> seen = latest.load()) {
    heddle::observe("value", seen->first);
    assert(seen->first == seen->second);
  }
  writer.join();
  remover.join();
}

HEDDLE_DOOR_TEST(pointee_of_atomic_shared_ptr_races, shows(kDataRace)) {
  std::atomic<std::shared_ptr<int>> pointer(std::make_shared<int>(0));
  auto add = [&] { ++*pointer.load(); };
  std::thread one(add), other(add);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(free_functions_on_shared_ptr, ok_or_bounded()) {
  std::shared_ptr<int> pointer;
  std::thread writer([&] { std::atomic_store(&pointer, std::make_shared<int>(1)); });
  if (auto copy = std::atomic_load(&pointer)) {
    heddle::observe("value", *copy);
  }
  writer.join();
}
