// SPDX-License-Identifier: Apache-2.0
// Semaphore as lock, barrier as order, spin lock: three ways to synchronise that are no mutex. Each
// guards plain data, correctly.
#include <semaphore.h>

#include <array>
#include <atomic>
#include <barrier>
#include <cassert>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace semaphore {
void body() {
  int hits = 0;
  sem_t guard;
  sem_init(&guard, 0, 1);
  auto clerk = [&] {
    sem_wait(&guard);
    hits = hits + 1;
    sem_post(&guard);
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  sem_destroy(&guard);
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace semaphore

namespace spin_lock {
void body() {
  int hits = 0;
  std::atomic<bool> locked{false};
  auto clerk = [&] {
    while (locked.exchange(true, std::memory_order_acquire)) {
    }
    hits = hits + 1;
    locked.store(false, std::memory_order_release);
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace spin_lock

namespace barrier {
void body() {
  std::array<int, 2> tiles{};
  std::barrier phase(2);
  auto worker = [&](int mine, int theirs) {
    tiles[mine] = 1;
    phase.arrive_and_wait();
    assert(tiles[theirs] == 1);
  };
  std::thread first(worker, 0, 1);
  std::thread second(worker, 1, 0);
  first.join();
  second.join();
}
}  // namespace barrier

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "semaphore_as_lock",
    .title = "A semaphore, a spin lock and a barrier guard plain data: correct",
    .story = "Plain data is guarded by a POSIX semaphore used as a lock, by a spin lock with "
             "acquire and release, and by a barrier between writing and reading. None of them is a "
             "mutex, all of them order the accesses.",
    .kind = "correct program",
    .cwe = "",
    .threads = 2,
    .tsan_reason = "It sees the happens-before edges that the atomics inside them make, and is "
                   "rightly silent.",
    .file = __FILE__,
    .variants =
        {
            {.name = "semaphore",
             .body = semaphore::body,
             .adds = "happens-before and exclusion: each release before the acquire that it lets "
                     "through",
             .primitive = "sem_t",
             .sc_executions = 2},
            {.name = "spin_lock",
             .body = spin_lock::body,
             .adds = "happens-before and exclusion: the release store before the acquire exchange "
                     "that reads it",
             .primitive = "std::atomic (release/acquire)"},
            {.name = "barrier",
             .body = barrier::body,
             .adds = "happens-before: every arrival before every return from the same phase",
             .primitive = "std::barrier"},
        },
}};

}  // namespace
