// SPDX-License-Identifier: Apache-2.0
// If-wait. A consumer that finds the store empty waits once, and when it is woken takes an item
// without looking again. Between the call and its waking another consumer may have come by.
//
//   patient                     producer                    greedy
//   --------------------------------------------------------------
//   locks; items == 0, waits
//                               items = 1, notifies
//                                                           locks; items == 1
//                                                           takes it: items = 0
//   wakes up, takes: items = -1
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
struct Store {
  std::mutex mutex;
  std::condition_variable filled;
  int items = 0;

  void put() {
    std::lock_guard lock(mutex);
    ++items;
    filled.notify_one();
  }
  void take() {
    std::unique_lock lock(mutex);
    if (items == 0) {
      filled.wait(lock);
    }
    assert(items > 0);
    --items;
  }
};

void body() {
  Store store;
  std::thread patient([&] { store.take(); });
  std::thread greedy([&] { store.take(); });
  std::thread producer([&] {
    store.put();
    store.put();
  });
  patient.join();
  greedy.join();
  producer.join();
  assert(store.items == 0);
}
}  // namespace buggy

// Fix: look again after waking up.
namespace while_wait {
struct Store {
  std::mutex mutex;
  std::condition_variable filled;
  int items = 0;

  void put() {
    std::lock_guard lock(mutex);
    ++items;
    filled.notify_one();
  }
  void take() {
    std::unique_lock lock(mutex);
    while (items == 0) {
      filled.wait(lock);
    }
    assert(items > 0);
    --items;
  }
};

void body() {
  Store store;
  std::thread patient([&] { store.take(); });
  std::thread greedy([&] { store.take(); });
  std::thread producer([&] {
    store.put();
    store.put();
  });
  patient.join();
  greedy.join();
  producer.join();
  assert(store.items == 0);
}
}  // namespace while_wait

// Fix: the semaphore is the number of items; acquire() waits and takes in one step.
namespace semaphore {
struct Store {
  std::counting_semaphore<2> items{0};

  void put(int count) { items.release(count); }
  void take() { items.acquire(); }
};

void body() {
  Store store;
  std::thread patient([&] { store.take(); });
  std::thread greedy([&] { store.take(); });
  std::thread producer([&] { store.put(2); });
  patient.join();
  greedy.join();
  producer.join();
}
}  // namespace semaphore

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "if_wait",
    .title = "A woken consumer takes without looking again",
    .story = "A consumer waits for items with if instead of while. Being woken means that there "
             "was an item, not that there still is: another consumer may take it first, and the "
             "store goes below zero. A spurious wake-up has the same effect.",
    .kind = "missing re-check after waiting",
    .cwe = "691",
    .origin = "SEI CERT CON54-CPP",
    .threads = 3,
    .tsan_reason = "All accesses hold the mutex, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "while_wait",
             .body = while_wait::body,
             .adds =
                 "exclusion: the last look at the items and the taking are one critical section",
             .primitive = "std::condition_variable in a loop"},
            {.name = "semaphore",
             .body = semaphore::body,
             .adds = "atomicity: waiting for an item and taking it are one step",
             .primitive = "std::counting_semaphore"},
        },
}};

}  // namespace
