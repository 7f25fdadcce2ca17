// SPDX-License-Identifier: Apache-2.0
// Forked processes, what they share, and robust mutexes.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <memory>
#include <thread>

#include "heddle/heddle.h"
#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

template <class Function>
pid_t start(Function function) {
  const pid_t child = fork();
  assert(child >= 0);
  if (child == 0) {
    function();
    _exit(0);
  }
  return child;
}

int finish(pid_t child) {
  int status = -1;
  assert(waitpid(child, &status, 0) == child);
  assert(WIFEXITED(status));
  return WEXITSTATUS(status);
}

template <class T>
T* share() {
  void* const memory =
      mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert(memory != MAP_FAILED);
  return new (memory) T();
}

int global = 0;
thread_local int local = 0;
std::atomic<int> atomic_global{0};

void make_mutex(pthread_mutex_t* mutex, int robustness) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, robustness);
  pthread_mutex_init(mutex, &attributes);
}

}  // namespace

HEDDLE_DOOR_TEST(memory_of_a_child_is_its_own, ok(1)) {
  int on_stack = 1;
  const auto on_heap = std::make_unique<int>(1);
  global = local = 1;
  atomic_global = 1;
  errno = 1;
  const pid_t child = start([&] {
    assert(on_stack == 1 && *on_heap == 1 && global == 1 && local == 1 && errno == 1);
    assert(atomic_global.fetch_add(1) == 1);
    on_stack = *on_heap = global = local = errno = 2;
    const auto own = std::make_unique<int>(on_stack);
    _exit(*own + atomic_global.load());
  });
  on_stack = *on_heap = global = local = errno = 3;
  assert(atomic_global.exchange(3) == 1);
  assert(finish(child) == 4);
  assert(on_stack == 3 && *on_heap == 3 && global == 3 && local == 3 && errno == 3);
  assert(atomic_global.load() == 3);
}

HEDDLE_DOOR_TEST(processes_race_on_shared_memory, shows(kDataRace)) {
  int* const shared = share<int>();
  const pid_t child = start([&] { ++*shared; });
  ++*shared;
  finish(child);
}

HEDDLE_DOOR_TEST(shared_atomics_are_interleaved, ok(2)) {
  auto* const shared = share<std::atomic<int>>();
  const pid_t child = start([&] { shared->fetch_add(1); });
  shared->fetch_add(1);
  finish(child);
  assert(shared->load() == 2);
}

HEDDLE_DOOR_TEST(the_end_of_a_child_comes_before_the_wait_for_it, ok(1)) {
  int* const shared = share<int>();
  const pid_t child = start([&] {
    *shared = 1;
    _exit(7);
  });
  assert(getpid() != child);
  assert(finish(child) == 7);
  assert(*shared == 1);
  assert(waitpid(child, nullptr, 0) == -1 && errno == ECHILD);
}

HEDDLE_DOOR_TEST(children_know_their_numbers, ok()) {
  auto* const shared = share<std::atomic<int>>();
  const pid_t parent = getpid();
  const pid_t one = start([&] { shared->fetch_add(getpid()); });
  const pid_t other = start([&] { assert(getppid() == parent); });
  assert(finish(one) == 0 && finish(other) == 0);
  assert(shared->load() == one && one != other);
}

HEDDLE_DOOR_TEST(child_waits_for_the_lock_of_a_thread_it_has_not, deadlocks()) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const auto use = [] {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  };
  use();
  std::thread thread(use);
  finish(start(use));
  thread.join();
}

HEDDLE_DOOR_TEST(lock_first_used_while_forking_is_not_proved,
                 {{heddle::Verdict::kIncomplete}, {}}) {
  if (heddle::choose(2) == 0) {
    return;
  }
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const auto use = [] {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  };
  std::thread thread(use);
  finish(start(use));
  thread.join();
}

HEDDLE_DOOR_TEST(fork_copies_what_another_thread_writes, shows(kDataRace)) {
  std::thread thread([] { global = 1; });
  const pid_t child = start([] { _exit(global); });
  finish(child);
  thread.join();
}

HEDDLE_DOOR_TEST(fork_copies_what_a_thread_wrote_under_the_lock, ok()) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  std::thread thread([] {
    pthread_mutex_lock(&mutex);
    global = 1;
    pthread_mutex_unlock(&mutex);
  });
  pthread_mutex_lock(&mutex);
  const pid_t child = start([] { _exit(global); });
  pthread_mutex_unlock(&mutex);
  assert(finish(child) <= 1);
  thread.join();
}

HEDDLE_DOOR_TEST(thread_of_a_child_is_unsupported, shows(heddle::FindingKind::kUnsupported)) {
  finish(start([] { std::thread([] {}).join(); }));
}

HEDDLE_DOOR_TEST(robust_mutex_tells_of_its_dead_owner, ok()) {
  auto* const mutex = share<pthread_mutex_t>();
  make_mutex(mutex, PTHREAD_MUTEX_ROBUST);
  const pid_t child = start([&] { pthread_mutex_lock(mutex); });
  finish(child);
  assert(pthread_mutex_lock(mutex) == EOWNERDEAD);
  assert(pthread_mutex_consistent(mutex) == 0);
  assert(pthread_mutex_unlock(mutex) == 0);
  std::thread thread([&] { assert(pthread_mutex_trylock(mutex) == 0); });
  thread.join();
  assert(pthread_mutex_lock(mutex) == EOWNERDEAD);
  assert(pthread_mutex_unlock(mutex) == 0);
  assert(pthread_mutex_lock(mutex) == ENOTRECOVERABLE);
}

HEDDLE_DOOR_TEST(stalled_mutex_of_a_dead_process,
                 deadlocks(heddle::DeadlockCause::kMissingSignal)) {
  auto* const mutex = share<pthread_mutex_t>();
  make_mutex(mutex, PTHREAD_MUTEX_STALLED);
  finish(start([&] { pthread_mutex_lock(mutex); }));
  pthread_mutex_lock(mutex);
}
