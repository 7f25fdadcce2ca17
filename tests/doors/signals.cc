// SPDX-License-Identifier: Apache-2.0
// Signals that a program sends to itself.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <mutex>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

std::atomic<int> arrived{0};
std::atomic<int> steps{0};
std::mutex mutex;

sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

}  // namespace

HEDDLE_DOOR_TEST(raised_signal_is_handled_at_once, ok(1)) {
  assert(signal(SIGUSR1, [](int number) { arrived = number; }) == SIG_DFL);
  assert(raise(SIGUSR1) == 0);
  assert(arrived == SIGUSR1);
  assert(signal(SIGUSR1, SIG_IGN) != SIG_DFL);
  assert(raise(SIGUSR1) == 0);
}

// Before, between and behind the two steps, which the handler tells apart.
HEDDLE_DOOR_TEST(signal_arrives_at_every_step, ok()) {
  signal(SIGUSR1, [](int) { arrived = 1 + steps.load(); });
  const pthread_t self = pthread_self();
  std::thread thread([self] { assert(pthread_kill(self, SIGUSR1) == 0); });
  steps = 1;
  steps = 2;
  thread.join();
  assert(arrived >= 1 && arrived <= 3);
}

HEDDLE_DOOR_TEST(signal_between_two_steps_is_explored, shows(heddle::FindingKind::kAssertion)) {
  signal(SIGUSR1, [](int) { arrived = 1 + steps.load(); });
  const pthread_t self = pthread_self();
  std::thread thread([self] { pthread_kill(self, SIGUSR1); });
  steps = 1;
  steps = 2;
  thread.join();
  assert(arrived != 2);
}

HEDDLE_DOOR_TEST(handler_locks_what_its_thread_holds, deadlocks(heddle::DeadlockCause::kSelf)) {
  signal(SIGUSR1, [](int) { std::lock_guard lock(mutex); });
  const pthread_t self = pthread_self();
  std::thread thread([self] { pthread_kill(self, SIGUSR1); });
  {
    std::lock_guard lock(mutex);
    steps = 1;
  }
  thread.join();
}

HEDDLE_DOOR_TEST(signal_interrupts_a_wait, ok()) {
  static int ends[2];
  assert(pipe(ends) == 0);
  signal(SIGUSR1, [](int) { assert(write(ends[1], "x", 1) == 1); });
  const pthread_t self = pthread_self();
  std::thread thread([self] { pthread_kill(self, SIGUSR1); });
  char byte = 0;
  assert(read(ends[0], &byte, 1) == 1 && byte == 'x');
  thread.join();
  close(ends[0]);
  close(ends[1]);
}

HEDDLE_DOOR_TEST(blocked_signal_waits, ok()) {
  signal(SIGUSR1, [](int) { arrived = 1; });
  const sigset_t set = only(SIGUSR1);
  sigset_t before;
  assert(pthread_sigmask(SIG_BLOCK, &set, &before) == 0);
  const pthread_t self = pthread_self();
  std::thread([self] { pthread_kill(self, SIGUSR1); }).join();
  assert(arrived == 0);
  assert(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  assert(arrived == 1);
}

HEDDLE_DOOR_TEST(sigwait_takes_a_signal_of_the_process, ok()) {
  const sigset_t set = only(SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread thread([] { assert(kill(getpid(), SIGTERM) == 0); });
  int number = 0;
  assert(sigwait(&set, &number) == 0 && number == SIGTERM);
  thread.join();
}

HEDDLE_DOOR_TEST(sigwait_without_a_signal, deadlocks(heddle::DeadlockCause::kMissingSignal)) {
  const sigset_t set = only(SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  int number = 0;
  sigwait(&set, &number);
}

HEDDLE_DOOR_TEST(sending_a_signal_orders_nothing, shows(kDataRace)) {
  static int value = 0;
  const sigset_t set = only(SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread thread([] {
    value = 1;
    kill(getpid(), SIGTERM);
  });
  int number = 0;
  sigwait(&set, &number);
  value = 2;
  thread.join();
  assert(value == 2);
}

HEDDLE_DOOR_TEST(default_action_is_unsupported, shows(heddle::FindingKind::kUnsupported)) {
  raise(SIGTERM);
}
