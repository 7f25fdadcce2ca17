// SPDX-License-Identifier: Apache-2.0
// Shared counter. Two processes count visitors in memory that they share. It is the lost update of
// two threads again, but a tool that watches one process sees one thread in each.
//
//   parent                      child
//   ----------------------------------------
//   reads visitors: 0
//                               reads visitors: 0
//                               writes visitors: 1
//   writes visitors: 1                          two visitors, visitors == 1
#include <pthread.h>

#include <atomic>
#include <cassert>

#include "bugs/child_process.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  bugs::Shared<int> visitors{0};
  const pid_t child = bugs::start_child([&] { ++*visitors; });
  ++*visitors;
  bugs::wait_for_child(child);
  heddle::observe("visitors", *visitors);
  assert(*visitors == 2);
}
}  // namespace buggy

// Fix: a mutex that lies in the shared memory, too, and is made for that.
namespace shared_mutex {
struct Counter {
  pthread_mutex_t mutex;
  int visitors = 0;

  Counter() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  void count() {
    pthread_mutex_lock(&mutex);
    ++visitors;
    pthread_mutex_unlock(&mutex);
  }
};

void body() {
  bugs::Shared<Counter> counter;
  const pid_t child = bugs::start_child([&] { counter->count(); });
  counter->count();
  bugs::wait_for_child(child);
  heddle::observe("visitors", counter->visitors);
  assert(counter->visitors == 2);
}
}  // namespace shared_mutex

// Fix: one atomic step; a lock-free atomic works across processes as it does across threads.
namespace fetch_add {
void body() {
  bugs::Shared<std::atomic<int>> visitors{0};
  const pid_t child = bugs::start_child([&] { visitors->fetch_add(1); });
  visitors->fetch_add(1);
  bugs::wait_for_child(child);
  heddle::observe("visitors", visitors->load());
  assert(visitors->load() == 2);
}
}  // namespace fetch_add

// Fix: share nothing. The child tells its count at its end, through a pipe, and the parent adds.
namespace message {
void body() {
  int ends[2];
  const int opened = pipe(ends);
  assert(opened == 0);
  const pid_t child = bugs::start_child([&] {
    const int visitors = 1;
    const ssize_t sent = write(ends[1], &visitors, sizeof visitors);
    assert(sent == sizeof visitors);
  });
  int visitors = 1;
  int more = 0;
  const ssize_t got = read(ends[0], &more, sizeof more);
  assert(got == sizeof more);
  visitors += more;
  bugs::wait_for_child(child);
  close(ends[0]);
  close(ends[1]);
  heddle::observe("visitors", visitors);
  assert(visitors == 2);
}
}  // namespace message

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "shared_counter",
    .title = "Two processes increment a counter in shared memory",
    .story =
        "A parent and its child count in memory that they share. Each process has one thread, "
        "so neither uses a lock; but the increments of the two meet in the same place, and one "
        "of them is lost.",
    .kind = "cross-process data race, lost update",
    .cwe = "366",
    .threads = 2,
    .tsan_reason = "It knows the accesses of one process only; what another one does to shared "
                   "memory it does not see.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion}},
            {.name = "shared_mutex",
             .body = shared_mutex::body,
             .adds = "exclusion: the mutex is in the shared memory and holds across processes",
             .primitive = "PTHREAD_PROCESS_SHARED"},
            {.name = "fetch_add",
             .body = fetch_add::body,
             .adds = "atomicity: the increments are adjacent in modification order",
             .primitive = "std::atomic::fetch_add"},
            {.name = "message",
             .body = message::body,
             .adds =
                 "happens-before: what is written to the pipe comes before what is read from it",
             .primitive = "pipe"},
        },
}};

}  // namespace
