// SPDX-License-Identifier: Apache-2.0
// The dining philosophers: three of them, three forks, each eats with the fork to the left and the
// fork to the right, and all take the left one first.
//
//   first               second              third
//   ---------------------------------------------
//   takes fork 0
//                       takes fork 1
//                                           takes fork 2
//   waits for fork 1
//                       waits for fork 2
//                                           waits for fork 0     nobody eats
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "primitives/fifo_semaphore.h"

namespace {

namespace buggy {
void body() {
  std::array<std::mutex, 3> forks;
  auto dine = [&](int seat) {
    std::lock_guard left(forks[seat]);
    std::lock_guard right(forks[(seat + 1) % 3]);
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace buggy

// Fix: forks have numbers, and everybody takes the lower one first. Only the last philosopher
// changes.
namespace lower_first {
void body() {
  std::array<std::mutex, 3> forks;
  auto dine = [&](int seat) {
    const int left = seat;
    const int right = (seat + 1) % 3;
    std::lock_guard lower(forks[left < right ? left : right]);
    std::lock_guard higher(forks[left < right ? right : left]);
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace lower_first

// Fix: a waiter, who serves one philosopher at a time until that one has both forks.
namespace waiter {
void body() {
  std::array<std::mutex, 3> forks;
  std::mutex waiter;
  auto dine = [&](int seat) {
    std::unique_lock served(waiter);
    std::lock_guard left(forks[seat]);
    std::lock_guard right(forks[(seat + 1) % 3]);
    served.unlock();
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace waiter

// Fix: one seat less than philosophers. Of those who sit, one has a neighbour who is not there.
// (libstdc++'s own semaphore may oversleep; see deadlocks/semaphore_oversleeps.)
namespace seats {
void body() {
  std::array<std::mutex, 3> forks;
  primitives::FifoSemaphore seats(2);
  auto dine = [&](int seat) {
    seats.acquire();
    {
      std::lock_guard left(forks[seat]);
      std::lock_guard right(forks[(seat + 1) % 3]);
    }
    seats.release();
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace seats

// Fix: both forks or none. Who cannot have both waits without any.
namespace monitor {
void body() {
  std::array<bool, 3> taken{};
  std::mutex table;
  std::condition_variable put_back;
  auto dine = [&](int seat) {
    bool& left = taken[seat];
    bool& right = taken[(seat + 1) % 3];
    std::unique_lock lock(table);
    put_back.wait(lock, [&] { return !left && !right; });
    left = right = true;
    lock.unlock();
    lock.lock();
    left = right = false;
    put_back.notify_all();
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace monitor

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "dining_philosophers",
    .title = "Every philosopher takes the left fork first",
    .story = "Three philosophers sit around a table with one fork between any two of them, and "
             "need both neighbouring forks to eat. All take the left fork first; once all have "
             "one, nobody gets the second.",
    .kind = "lock cycle",
    .cwe = "833",
    .origin = "Dijkstra",
    .threads = 3,
    .tsan_reason = "A run that gets through shows a cycle of three lock orders, which is reported; "
                   "a run that really deadlocks hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kCycle},
             .sc_executions = 7,
             .tsan = {"lock_order", "hang"}},
            {.name = "lower_first",
             .body = lower_first::body,
             .adds = "order: forks are taken in the order of their numbers, so waiting cannot form "
                     "a cycle",
             .primitive = "std::mutex",
             .sc_executions = 6},
            {.name = "waiter",
             .body = waiter::body,
             .adds =
                 "exclusion: only one philosopher at a time holds one fork and waits for another",
             .primitive = "std::mutex",
             .sc_executions = 6,
             .tsan = {"lock_order"}},
            {.name = "seats",
             .body = seats::body,
             .adds = "no cycle: with two at the table, one of them gets both forks",
             .primitive = "primitives::FifoSemaphore",
             .tsan = {"lock_order"}},
            {.name = "monitor",
             .body = monitor::body,
             .adds = "no hold and wait: nobody has one fork while waiting for the other",
             .primitive = "std::condition_variable"},
        },
}};

}  // namespace
