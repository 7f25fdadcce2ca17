// SPDX-License-Identifier: Apache-2.0
// std::barrier, std::latch and pthread_barrier_t.
#include <pthread.h>

#include <barrier>
#include <latch>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(latch_orders, ok_or_bounded()) {
  std::latch latch(1);
  int value = 0;
  std::thread thread([&] {
    value = 1;
    latch.count_down();
  });
  latch.wait();
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(write_after_count_down_races, shows(kDataRace)) {
  std::latch latch(1);
  int value = 0;
  std::thread thread([&] {
    latch.count_down();
    value = 1;
  });
  latch.wait();
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(latch_too_high_deadlocks, deadlocks()) {
  std::latch latch(2);
  std::thread thread([&] { latch.count_down(); });
  latch.wait();
  thread.join();
}

HEDDLE_DOOR_TEST(barrier_orders, ok_or_bounded()) {
  std::barrier barrier(2);
  int values[2] = {};
  std::thread thread([&] {
    values[1] = 1;
    barrier.arrive_and_wait();
    heddle::observe("first", values[0]);
  });
  values[0] = 1;
  barrier.arrive_and_wait();
  heddle::observe("second", values[1]);
  thread.join();
}

HEDDLE_DOOR_TEST(write_after_the_barrier_races, shows(kDataRace)) {
  std::barrier barrier(2);
  int value = 0;
  std::thread thread([&] {
    barrier.arrive_and_wait();
    value = 1;
  });
  barrier.arrive_and_wait();
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(pthread_barrier_orders_and_elects_one, ok()) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  int values[2] = {};
  int elected[2] = {};
  std::thread thread([&] {
    values[1] = 1;
    elected[1] = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    values[1] += values[0];
  });
  values[0] = 1;
  elected[0] = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
  thread.join();
  if (elected[0] + elected[1] != 1 || values[1] != 2) {
    __builtin_trap();
  }
  pthread_barrier_destroy(&barrier);
}

HEDDLE_DOOR_TEST(pthread_barrier_does_not_order_later_writes, shows(kDataRace)) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  int value = 0;
  std::thread thread([&] {
    pthread_barrier_wait(&barrier);
    value = 1;
  });
  pthread_barrier_wait(&barrier);
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(pthread_barrier_for_one_too_many, deadlocks(heddle::DeadlockCause::kBarrier)) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 3);
  std::thread thread([&] { pthread_barrier_wait(&barrier); });
  pthread_barrier_wait(&barrier);
  thread.join();
}
