// SPDX-License-Identifier: Apache-2.0
// One condition variable. A buffer for one item; the producer waits until it is empty, consumers
// until it is full, all on the same condition variable, and each wakes one of those who wait. The
// call meant for the producer can wake a consumer, who has no use for it.
//
//   consumer 1            consumer 2            producer
//   ----------------------------------------------------
//   empty, waits
//                         empty, waits
//                                               puts one, wakes consumer 1
//                                               full, waits
//   takes it, wakes consumer 2
//                         empty, waits again                nobody is left to wake anybody
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "primitives/fifo_semaphore.h"

namespace {

// One producer of two items, two consumers of one item each.
template <class Buffer>
void play() {
  Buffer buffer;
  std::thread consumer1([&] { buffer.take(); });
  std::thread consumer2([&] { buffer.take(); });
  std::thread producer([&] {
    buffer.put();
    buffer.put();
  });
  consumer1.join();
  consumer2.join();
  producer.join();
  assert(!buffer.full);
}

namespace buggy {
struct Buffer {
  std::mutex mutex;
  std::condition_variable changed;
  bool full = false;

  void put() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !full; });
    full = true;
    changed.notify_one();
  }
  void take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return full; });
    full = false;
    changed.notify_one();
  }
};

void body() { play<Buffer>(); }
}  // namespace buggy

// Fix: one condition variable for each thing to wait for.
namespace two_condvars {
struct Buffer {
  std::mutex mutex;
  std::condition_variable filled;
  std::condition_variable emptied;
  bool full = false;

  void put() {
    std::unique_lock lock(mutex);
    emptied.wait(lock, [&] { return !full; });
    full = true;
    filled.notify_one();
  }
  void take() {
    std::unique_lock lock(mutex);
    filled.wait(lock, [&] { return full; });
    full = false;
    emptied.notify_one();
  }
};

void body() { play<Buffer>(); }
}  // namespace two_condvars

// Fix: wake everybody; those with no use for it wait again.
namespace notify_all {
struct Buffer {
  std::mutex mutex;
  std::condition_variable changed;
  bool full = false;

  void put() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !full; });
    full = true;
    changed.notify_all();
  }
  void take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return full; });
    full = false;
    changed.notify_all();
  }
};

void body() { play<Buffer>(); }
}  // namespace notify_all

// Fix: two semaphores, which count room and items: a wake-up is for those who want it, and stays.
// (libstdc++'s own semaphore may oversleep; see deadlocks/semaphore_oversleeps.)
namespace two_semaphores {
struct Buffer {
  primitives::FifoSemaphore room{1};
  primitives::FifoSemaphore items{0};
  bool full = false;

  void put() {
    room.acquire();
    full = true;
    items.release();
  }
  void take() {
    items.acquire();
    full = false;
    room.release();
  }
};

void body() { play<Buffer>(); }
}  // namespace two_semaphores

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "one_condvar",
    .title = "Producer and consumers wait on one condition variable, and the wrong one is woken",
    .story = "A one-item buffer has a single condition variable on which the producer waits for "
             "room and two consumers wait for an item. notify_one wakes whoever the library picks: "
             "a consumer that has just emptied the buffer can wake the other consumer instead of "
             "the producer, and then all three sleep.",
    .kind = "wrong waiter woken",
    .cwe = "662",
    .origin = "SEI CERT CON55-CPP",
    .threads = 3,
    .tsan_reason =
        "All accesses hold the mutex, and a run in which everybody sleeps hangs without a report.",
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
            {.name = "two_condvars",
             .body = two_condvars::body,
             .adds = "a wake-up reaches only threads that wait for what has happened",
             .primitive = "std::condition_variable"},
            {.name = "notify_all",
             .body = notify_all::body,
             .adds = "a wake-up reaches every thread that waits, so also the one that can go on",
             .primitive = "std::condition_variable::notify_all"},
            {.name = "two_semaphores",
             .body = two_semaphores::body,
             .adds =
                 "a wake-up reaches only threads that wait for what has happened, and none is lost",
             .primitive = "primitives::FifoSemaphore"},
        },
}};

}  // namespace
