// SPDX-License-Identifier: Apache-2.0
// Lost wake-up. The baker's customer looks whether the bread is ready, and if not, goes to sleep.
// The baker's call comes between the look and the sleep: nobody hears it, and there is no second
// one.
//
//   customer                    baker
//   ---------------------------------
//   reads ready: false
//                               ready = true
//                               notify_one()        nobody waits yet
//   locks, waits                                    for ever
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
void body() {
  std::mutex counter;
  std::condition_variable call;
  std::atomic<bool> ready{false};
  std::thread customer([&] {
    if (!ready) {
      std::unique_lock lock(counter);
      call.wait(lock);
    }
  });
  std::thread baker([&] {
    ready = true;
    call.notify_one();
  });
  customer.join();
  baker.join();
  assert(ready);
}
}  // namespace buggy

// Fix: look, and change, under the lock that wait() gives up only when it is listening.
namespace predicate_under_lock {
void body() {
  std::mutex counter;
  std::condition_variable call;
  bool ready = false;
  std::thread customer([&] {
    std::unique_lock lock(counter);
    call.wait(lock, [&] { return ready; });
  });
  std::thread baker([&] {
    std::lock_guard lock(counter);
    ready = true;
    call.notify_one();
  });
  customer.join();
  baker.join();
  assert(ready);
}
}  // namespace predicate_under_lock

// Fix: a semaphore keeps the call until somebody comes for it.
namespace semaphore {
void body() {
  std::binary_semaphore bread{0};
  std::thread customer([&] { bread.acquire(); });
  std::thread baker([&] { bread.release(); });
  customer.join();
  baker.join();
}
}  // namespace semaphore

// Fix: an atomic can be waited for; looking and going to sleep is one step.
namespace atomic_wait {
void body() {
  std::atomic<int> ready{0};
  std::thread customer([&] { ready.wait(0); });
  std::thread baker([&] {
    ready = 1;
    ready.notify_one();
  });
  customer.join();
  baker.join();
  assert(ready == 1);
}
}  // namespace atomic_wait

// Fix: a latch stays open once it has been opened.
namespace latch {
void body() {
  std::latch ready{1};
  std::thread customer([&] { ready.wait(); });
  std::thread baker([&] { ready.count_down(); });
  customer.join();
  baker.join();
}
}  // namespace latch

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "lost_wakeup",
    .title = "The notification comes between the look at the flag and the wait",
    .story =
        "A customer checks an atomic flag without the lock and, finding it unset, locks and waits "
        "on a condition variable. A condition variable remembers nothing: a notification that "
        "comes between the check and the wait is lost, and the customer waits for ever.",
    .kind = "lost wake-up",
    .cwe = "662,821",
    .threads = 2,
    .tsan_reason = "There is no data race, and waiting for ever is not something that it looks "
                   "for: the rare run that loses the call hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kLostWakeup},
             .sc_executions = 3,
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "predicate_under_lock",
             .body = predicate_under_lock::body,
             .adds = "exclusion: the flag cannot change between the look at it and the wait",
             .primitive = "std::condition_variable::wait(lock, predicate)",
             .sc_executions = 2},
            {.name = "semaphore",
             .body = semaphore::body,
             .adds = "memory: a release before the acquire is counted, not lost",
             .primitive = "std::binary_semaphore"},
            {.name = "atomic_wait",
             .body = atomic_wait::body,
             .adds = "atomicity: wait() compares the value and goes to sleep in one step",
             .primitive = "std::atomic::wait"},
            {.name = "latch",
             .body = latch::body,
             .adds = "memory: who comes after the call finds the latch open",
             .primitive = "std::latch"},
        },
}};

}  // namespace
