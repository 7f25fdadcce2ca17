// SPDX-License-Identifier: Apache-2.0
// Owner dies. Two processes share a table and its lock. The child ends in the middle of an update,
// as a process that crashes does, and takes the unlock with it. Threads of one process die
// together; a process that waits for the lock of a dead one waits for ever.
//
//   parent                      child
//   ----------------------------------------
//                               locks
//                               rows = 1
//                               ends, before total = 1 and the unlock
//   locks: waits for ever
#include <pthread.h>

#include <cassert>
#include <cerrno>

#include "bugs/child_process.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

void make_shared_mutex(pthread_mutex_t* mutex, int robustness) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, robustness);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

namespace buggy {
struct Table {
  pthread_mutex_t mutex;
  int rows = 0;
  int total = 0;

  Table() { make_shared_mutex(&mutex, PTHREAD_MUTEX_STALLED); }
  void lock() { pthread_mutex_lock(&mutex); }
  void unlock() { pthread_mutex_unlock(&mutex); }
};

void body() {
  bugs::Shared<Table> table;
  const pid_t child = bugs::start_child([&] {
    table->lock();
    table->rows = 1;
    _exit(1);  // Crashes.
  });
  table->lock();
  assert(table->rows == table->total);
  table->unlock();
  bugs::wait_for_child(child);
}
}  // namespace buggy

// A false fix: the mutex is robust, and whoever gets it from the dead does not look at what is
// left.
namespace not_repaired {
struct Table {
  pthread_mutex_t mutex;
  int rows = 0;
  int total = 0;

  Table() { make_shared_mutex(&mutex, PTHREAD_MUTEX_ROBUST); }
  void lock() {
    if (pthread_mutex_lock(&mutex) == EOWNERDEAD) {
      pthread_mutex_consistent(&mutex);
    }
  }
  void unlock() { pthread_mutex_unlock(&mutex); }
};

void body() {
  bugs::Shared<Table> table;
  const pid_t child = bugs::start_child([&] {
    table->lock();
    table->rows = 1;
    _exit(1);  // Crashes.
  });
  table->lock();
  assert(table->rows == table->total);
  table->unlock();
  bugs::wait_for_child(child);
}
}  // namespace not_repaired

// Fix: a robust mutex, and a repair: whoever is told that the owner died makes the table whole
// before it says so.
namespace robust {
struct Table {
  pthread_mutex_t mutex;
  int rows = 0;
  int total = 0;

  Table() { make_shared_mutex(&mutex, PTHREAD_MUTEX_ROBUST); }
  void lock() {
    if (pthread_mutex_lock(&mutex) == EOWNERDEAD) {
      total = rows;
      pthread_mutex_consistent(&mutex);
    }
  }
  void unlock() { pthread_mutex_unlock(&mutex); }
};

void body() {
  bugs::Shared<Table> table;
  const pid_t child = bugs::start_child([&] {
    table->lock();
    table->rows = 1;
    _exit(1);  // Crashes.
  });
  table->lock();
  assert(table->rows == table->total);
  table->unlock();
  bugs::wait_for_child(child);
}
}  // namespace robust

// Fix: no lock outlives its owner if the owner is a pipe. The child does not touch the table; it
// sends a finished row or, if it crashes, an end of file.
namespace messages {
struct Table {
  int rows = 0;
  int total = 0;
};

void body() {
  Table table;
  int ends[2];
  const int opened = pipe(ends);
  assert(opened == 0);
  const pid_t child = bugs::start_child([&] {
    _exit(1);  // Crashes.
  });
  close(ends[1]);
  int row = 0;
  if (read(ends[0], &row, sizeof row) == sizeof row) {
    table.rows += 1;
    table.total += row;
  }
  assert(table.rows == table.total);
  bugs::wait_for_child(child);
  close(ends[0]);
}
}  // namespace messages

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "owner_dies",
    .title = "A process ends with the shared lock held",
    .story =
        "A lock in shared memory outlives the processes that use it. If one of them ends while it "
        "holds the lock, nobody will unlock it. A robust mutex tells the next owner of the death; "
        "what the dead one was changing is then still half done.",
    .kind = "lock leaked by a dead owner",
    .cwe = "772,413",
    .origin = "POSIX, rationale of robust mutexes",
    .threads = 2,
    .tsan_reason =
        "Each process is watched alone, and in each of them nothing is wrong; the parent "
        "hangs whenever the child is first.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "not_repaired",
             .body = not_repaired::body,
             .verdict = kBug,
             .kinds = {kAssertion}},
            {.name = "robust",
             .body = robust::body,
             .adds = "the kernel unlocks for the dead, and the next owner knows and repairs",
             .primitive = "PTHREAD_MUTEX_ROBUST"},
            {.name = "messages",
             .body = messages::body,
             .adds = "no lock: the kernel closes the pipe of a process that ends",
             .primitive = "pipe"},
        },
}};

}  // namespace
