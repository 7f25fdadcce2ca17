// SPDX-License-Identifier: Apache-2.0
// POSIX threads, their locks and their corners.
#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

int shared = 0;
pthread_mutex_t global_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_spinlock_t spin_lock;
pthread_once_t once = PTHREAD_ONCE_INIT;

void* add_locked(void*) {
  pthread_mutex_lock(&global_mutex);
  ++shared;
  pthread_mutex_unlock(&global_mutex);
  return &shared;
}

void run_two(void* (*routine)(void*)) {
  pthread_t one, other;
  pthread_create(&one, nullptr, routine, nullptr);
  pthread_create(&other, nullptr, routine, nullptr);
  pthread_join(one, nullptr);
  pthread_join(other, nullptr);
}

void expect(bool condition) {
  if (!condition) {
    __builtin_trap();
  }
}

}  // namespace

HEDDLE_DOOR_TEST(pthread_create_join_result, ok()) {
  pthread_t thread;
  void* result = nullptr;
  pthread_create(&thread, nullptr, &add_locked, nullptr);
  expect(pthread_join(thread, &result) == 0 && result == &shared && shared == 1);
}

HEDDLE_DOOR_TEST(static_mutex_excludes, ok(2)) {
  run_two(&add_locked);
  expect(shared == 2);
}

HEDDLE_DOOR_TEST(pthreads_without_a_lock_race, shows(kDataRace)) {
  run_two([](void*) -> void* {
    ++shared;
    return nullptr;
  });
}

HEDDLE_DOOR_TEST(pthread_exit_unwinds, ok(1)) {
  struct Guard {
    ~Guard() { shared = 5; }
  };
  pthread_t thread;
  void* result = nullptr;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        Guard guard;
        pthread_exit(&shared);
      },
      nullptr);
  pthread_join(thread, &result);
  expect(result == &shared && shared == 5);
}

HEDDLE_DOOR_TEST(errorcheck_mutex_says_so, ok(1)) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  expect(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == EDEADLK);
  expect(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_destroy(&mutex) == 0);
}

HEDDLE_DOOR_TEST(destroying_a_locked_mutex, shows(heddle::FindingKind::kLockMisuse)) {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_lock(&mutex);
  pthread_mutex_destroy(&mutex);
}

HEDDLE_DOOR_TEST(spin_locks_exclude, ok(2)) {
  pthread_spin_init(&spin_lock, PTHREAD_PROCESS_PRIVATE);
  run_two([](void*) -> void* {
    pthread_spin_lock(&spin_lock);
    ++shared;
    pthread_spin_unlock(&spin_lock);
    return nullptr;
  });
  expect(shared == 2);
}

HEDDLE_DOOR_TEST(spin_lock_taken_twice, deadlocks()) {
  pthread_spin_init(&spin_lock, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_lock(&spin_lock);
  pthread_spin_lock(&spin_lock);
}

HEDDLE_DOOR_TEST(pthread_once_runs_once, ok()) {
  run_two([](void*) -> void* {
    pthread_once(&once, [] { ++shared; });
    expect(shared == 1);
    return nullptr;
  });
}

HEDDLE_DOOR_TEST(tryjoin_before_or_after_the_end, ok()) {
  pthread_t thread;
  pthread_create(&thread, nullptr, &add_locked, nullptr);
  const int result = pthread_tryjoin_np(thread, nullptr);
  expect(result == 0 || result == EBUSY);
  if (result == EBUSY) {
    pthread_join(thread, nullptr);
  }
  heddle::observe("result", result);
}

HEDDLE_DOOR_TEST(joining_oneself_fails, ok(1)) {
  expect(pthread_join(pthread_self(), nullptr) == EDEADLK);
}

HEDDLE_DOOR_TEST(thread_knows_its_stack, ok(1)) {
  std::thread thread([] {
    pthread_attr_t attributes;
    expect(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* low = nullptr;
    std::size_t size = 0;
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    const auto here = static_cast<char*>(__builtin_frame_address(0));
    expect(here >= low && here < static_cast<char*>(low) + size);
  });
  thread.join();
}

HEDDLE_DOOR_TEST(yield_orders_nothing, shows(kDataRace)) {
  std::thread thread([] { shared = 1; });
  sched_yield();
  shared = 2;
  thread.join();
}
