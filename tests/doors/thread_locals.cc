// SPDX-License-Identifier: Apache-2.0
// thread_local variables and their destructors, and pthread keys.
#include <pthread.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

thread_local int per_thread = 0;
thread_local std::string per_thread_text = "fresh";
int* shared_pointer = nullptr;

std::atomic<int> destroyed{0};
struct CountsItsEnd {
  ~CountsItsEnd() { destroyed.fetch_add(1); }
  int value = 0;
};
thread_local CountsItsEnd counts_its_end;

pthread_key_t key;
int key_runs = 0;

}  // namespace

HEDDLE_DOOR_TEST(thread_local_variables_are_apart, ok()) {
  auto use = [] {
    ++per_thread;
    per_thread_text += "!";
    if (per_thread != 1 || per_thread_text != "fresh!") {
      __builtin_trap();
    }
  };
  std::thread one(use), other(use);
  use();
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(thread_local_of_another_thread_races, shows(kDataRace)) {
  shared_pointer = &per_thread;
  std::thread thread([] { ++*shared_pointer; });
  ++per_thread;
  thread.join();
}

HEDDLE_DOOR_TEST(thread_local_destructors_run, ok()) {
  std::thread thread([] { counts_its_end.value = 1; });
  thread.join();
  if (destroyed.load() != 1) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(pthread_keys_are_apart, ok()) {
  pthread_key_create(&key, [](void* value) { ++*static_cast<int*>(value); });
  std::thread thread([] {
    if (pthread_getspecific(key) != nullptr) {
      __builtin_trap();
    }
    pthread_setspecific(key, &key_runs);
  });
  thread.join();
  if (key_runs != 1 || pthread_getspecific(key) != nullptr) {
    __builtin_trap();
  }
  pthread_key_delete(key);
}

HEDDLE_DOOR_TEST(key_destructors_of_two_threads_race, shows(kDataRace)) {
  pthread_key_create(&key, [](void* value) { ++*static_cast<int*>(value); });
  auto use = [] { pthread_setspecific(key, &key_runs); };
  std::thread one(use), other(use);
  one.join();
  other.join();
}
