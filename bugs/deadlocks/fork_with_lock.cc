// SPDX-License-Identifier: Apache-2.0
// Fork with lock. One thread writes to the log, under its mutex, while another forks. The child is
// a copy of everything but the other threads: in it the mutex is locked, and nobody is there to
// unlock it.
//
//   logger                      main                        child
//   ------------------------------------------------------------------
//   locks
//                               forks
//   unlocks (in the parent)
//                                                           locks: waits for ever
#include <pthread.h>

#include <thread>

#include "bugs/child_process.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
int lines = 0;

void log_line() {
  pthread_mutex_lock(&log_lock);
  ++lines;
  pthread_mutex_unlock(&log_lock);
}

void body() {
  log_line();
  std::thread logger(log_line);
  const pid_t child = bugs::start_child(log_line);
  bugs::wait_for_child(child);
  logger.join();
}
}  // namespace buggy

// Fix: whoever forks has the lock, so no other thread has it; afterwards both processes unlock
// their copies.
namespace atfork {
pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
int lines = 0;

void log_line() {
  pthread_mutex_lock(&log_lock);
  ++lines;
  pthread_mutex_unlock(&log_lock);
}

void body() {
  pthread_atfork([] { pthread_mutex_lock(&log_lock); }, [] { pthread_mutex_unlock(&log_lock); },
                 [] { pthread_mutex_unlock(&log_lock); });
  log_line();
  std::thread logger(log_line);
  const pid_t child = bugs::start_child(log_line);
  bugs::wait_for_child(child);
  logger.join();
}
}  // namespace atfork

// Fix: fork first, and start threads afterwards.
namespace fork_first {
pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
int lines = 0;

void log_line() {
  pthread_mutex_lock(&log_lock);
  ++lines;
  pthread_mutex_unlock(&log_lock);
}

void body() {
  log_line();
  const pid_t child = bugs::start_child(log_line);
  std::thread logger(log_line);
  bugs::wait_for_child(child);
  logger.join();
}
}  // namespace fork_first

// Fix: the child takes no lock and touches nothing that a lock guards, as if it did nothing but
// exec; it sends what it has to say to its parent.
namespace nothing_inherited {
pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
int lines = 0;

void log_line() {
  pthread_mutex_lock(&log_lock);
  ++lines;
  pthread_mutex_unlock(&log_lock);
}

void body() {
  log_line();
  int ends[2];
  if (pipe(ends) != 0) {
    return;
  }
  std::thread logger(log_line);
  const pid_t child = bugs::start_child([&] {
    if (write(ends[1], "x", 1) != 1) {
      _exit(1);
    }
  });
  char line = 0;
  if (read(ends[0], &line, 1) == 1) {
    log_line();
  }
  bugs::wait_for_child(child);
  logger.join();
  close(ends[0]);
  close(ends[1]);
}
}  // namespace nothing_inherited

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "fork_with_lock",
    .title = "fork() while another thread holds a mutex that the child then locks",
    .story = "fork copies the memory of a process and one of its threads. A mutex that another "
             "thread held at that moment stays locked in the child for ever. malloc and stdio know "
             "that and prepare for it; other libraries' locks, and the program's own, do not.",
    .kind = "lock held across fork",
    .cwe = "667,833",
    .origin = "POSIX, rationale of fork and pthread_atfork",
    .threads = 3,
    .tsan_reason =
        "In the child it watches one thread that locks a mutex; the run hangs if the lock "
        "was held when it forked, which is rare. Now and then it takes the parent's other thread "
        "for one that the child left behind.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang", "thread_leak"},
             .tsan_certain = false},
            {.name = "atfork",
             .body = atfork::body,
             .adds = "exclusion: the fork happens inside a critical section of its own thread",
             .primitive = "pthread_atfork",
             .tsan = {"thread_leak"},
             .tsan_certain = false},
            {.name = "fork_first",
             .body = fork_first::body,
             .adds = "order: there is no other thread when the memory is copied",
             .primitive = "fork before threads"},
            {.name = "nothing_inherited",
             .body = nothing_inherited::body,
             .adds = "no wait: the child locks nothing; the parent does it for the child",
             .primitive = "pipe",
             .tsan = {"thread_leak"},
             .tsan_certain = false},
        },
}};

}  // namespace
