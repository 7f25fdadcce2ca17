// SPDX-License-Identifier: Apache-2.0
// Semaphore oversleeps. Two threads use std::binary_semaphore as a lock, which the standard allows.
// The acquire() of libstdc++ 12 notes the count, tries to take it a number of times, and then asks
// the kernel to sleep as long as the count is what it noted. It should sleep only on zero: if it
// noted one, lost every try, and the count is one again, it sleeps in front of a free semaphore.
//
//   first                                 second
//   ------------------------------------------------------------
//   acquire: notes count 1
//                                         acquire: count 1 -> 0
//   acquire: tries, finds 0 every time
//                                         release: count 0 -> 1, wakes nobody: nobody sleeps
//   sleeps while the count is 1                                         for ever
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  int hits = 0;
  std::binary_semaphore guard{1};
  auto clerk = [&] {
    guard.acquire();
    hits = hits + 1;
    guard.release();
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace buggy

// Fix: a lock, which is what is meant.
namespace mutex {
void body() {
  int hits = 0;
  std::mutex guard;
  auto clerk = [&] {
    guard.lock();
    hits = hits + 1;
    guard.unlock();
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace mutex

// Fix: where it must be a semaphore, one that looks at its count and goes to sleep under one lock.
namespace count_under_lock {
class Semaphore {
 public:
  explicit Semaphore(int count) : count_(count) {}
  void acquire() {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return count_ > 0; });
    --count_;
  }
  void release() {
    std::lock_guard lock(mutex_);
    ++count_;
    released_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  int count_;
};

void body() {
  int hits = 0;
  Semaphore guard{1};
  auto clerk = [&] {
    guard.acquire();
    hits = hits + 1;
    guard.release();
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace count_under_lock

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "semaphore_oversleeps",
    .title = "std::binary_semaphore of libstdc++ 12 sleeps although it is free",
    .story = "The program is right, the library is not. In libstdc++ 12, acquire() reads the "
             "count, then tries for a while to take it, and then waits in the kernel for the count "
             "to differ from what it read at first. If that was one, and another thread has "
             "acquired and released meanwhile, the count is one again: the thread sleeps in front "
             "of a free semaphore, and nobody is left to wake it.",
    .kind = "lost wake-up in the library",
    .cwe = "662,821",
    .origin = "GCC bug 104928",
    .threads = 2,
    .tsan_reason = "Waiting for ever is not something that it looks for, and the run that does so "
                   "is rare: all tries of a bounded spin have to miss.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kLostWakeup},
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion by a lock whose waiters sleep only while it is taken",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "count_under_lock",
             .body = count_under_lock::body,
             .adds = "exclusion: the count cannot change between the look at it and the wait",
             .primitive = "std::condition_variable"},
        },
}};

}  // namespace
