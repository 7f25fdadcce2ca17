// SPDX-License-Identifier: Apache-2.0
// Semaphores of C++ and of POSIX.
#include <semaphore.h>

#include <chrono>
#include <ctime>
#include <semaphore>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

HEDDLE_DOOR_TEST(binary_semaphore_hands_over, ok_or_bounded()) {
  std::binary_semaphore semaphore(0);
  int value = 0;
  std::thread thread([&] {
    value = 1;
    semaphore.release();
  });
  semaphore.acquire();
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(semaphore_of_two_does_not_exclude, shows(kDataRace)) {
  std::counting_semaphore<2> semaphore(2);
  int value = 0;
  auto add = [&] {
    semaphore.acquire();
    ++value;
    semaphore.release();
  };
  std::thread one(add), other(add);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(failed_try_acquire_orders_nothing, shows(kDataRace)) {
  std::binary_semaphore semaphore(1);
  int value = 0;
  std::thread thread([&] {
    semaphore.acquire();
    value = 1;
    semaphore.release();
  });
  if (semaphore.try_acquire()) {
    semaphore.release();
  } else {
    value = 2;
  }
  thread.join();
}

HEDDLE_DOOR_TEST(semaphore_nobody_releases, deadlocks()) {
  std::binary_semaphore semaphore(0);
  semaphore.acquire();
}

HEDDLE_DOOR_TEST(posix_semaphore_as_a_lock, ok(2)) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  int value = 0;
  auto add = [&] {
    sem_wait(&semaphore);
    ++value;
    sem_post(&semaphore);
  };
  std::thread one(add), other(add);
  one.join();
  other.join();
  sem_destroy(&semaphore);
}

HEDDLE_DOOR_TEST(posix_semaphore_of_two_races, shows(kDataRace)) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 2);
  int value = 0;
  auto add = [&] {
    sem_wait(&semaphore);
    ++value;
    sem_post(&semaphore);
  };
  std::thread one(add), other(add);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(posix_semaphore_without_a_post, deadlocks()) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  sem_wait(&semaphore);
}

HEDDLE_DOOR_TEST(posix_semaphore_in_every_form, ok_or_bounded()) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  std::thread thread([&] { sem_post(&semaphore); });
  timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 1;
  const bool waited = sem_timedwait(&semaphore, &deadline) == 0;
  thread.join();
  const bool tried = sem_trywait(&semaphore) == 0;
  int value = -1;
  sem_getvalue(&semaphore, &value);
  if (waited == tried || value != 0) {
    __builtin_trap();
  }
  sem_destroy(&semaphore);
}
