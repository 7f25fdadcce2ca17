// SPDX-License-Identifier: Apache-2.0
// Signal handler. A service writes a journal, under a mutex. Its handler for SIGTERM writes to the
// journal, too, that it is about to stop. A handler is not another thread: it interrupts the thread
// wherever that is, and if that holds the mutex, waits for itself.
//
//   service                     operator
//   ----------------------------------------
//   locks the journal
//                               sends SIGTERM
//   handler: locks the journal  waits for itself
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
std::mutex journal;
int entries = 0;

void write_entry() {
  std::lock_guard lock(journal);
  ++entries;
}

void body() {
  signal(SIGTERM, [](int) { write_entry(); });
  const pthread_t service = pthread_self();
  std::thread operator_([service] { pthread_kill(service, SIGTERM); });
  write_entry();
  operator_.join();
  signal(SIGTERM, SIG_DFL);
  heddle::observe("entries", entries);
}
}  // namespace buggy

// Fix: the handler sets a flag and no more; the service looks at it when it holds nothing.
namespace flag {
std::mutex journal;
int entries = 0;
std::atomic<bool> stopping{false};

void write_entry() {
  std::lock_guard lock(journal);
  ++entries;
}

void body() {
  signal(SIGTERM, [](int) { stopping.store(true); });
  const pthread_t service = pthread_self();
  std::thread operator_([service] { pthread_kill(service, SIGTERM); });
  write_entry();
  operator_.join();
  if (stopping.load()) {
    write_entry();
  }
  signal(SIGTERM, SIG_DFL);
  heddle::observe("entries", entries);
}
}  // namespace flag

// Fix: the handler writes a byte to a pipe, which write may do; the service's loop reads it among
// its other events.
namespace self_pipe {
std::mutex journal;
int entries = 0;
int ends[2];

void write_entry() {
  std::lock_guard lock(journal);
  ++entries;
}

void body() {
  const int opened = pipe(ends);
  assert(opened == 0);
  static_cast<void>(opened);
  signal(SIGTERM, [](int number) {
    const char byte = static_cast<char>(number);
    if (write(ends[1], &byte, 1) != 1) {
      _exit(1);
    }
  });
  const pthread_t service = pthread_self();
  std::thread operator_([service] { pthread_kill(service, SIGTERM); });
  write_entry();
  char byte = 0;
  if (read(ends[0], &byte, 1) == 1) {
    write_entry();
  }
  operator_.join();
  signal(SIGTERM, SIG_DFL);
  close(ends[0]);
  close(ends[1]);
  heddle::observe("entries", entries);
  assert(entries == 2);
  entries = 0;
}
}  // namespace self_pipe

// Fix: no handler. The signal is blocked in all threads, and one of them waits for it: what it does
// then interrupts nobody.
namespace waiting_thread {
std::mutex journal;
int entries = 0;

void write_entry() {
  std::lock_guard lock(journal);
  ++entries;
}

void body() {
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &terminate, nullptr);
  std::thread waiter([&terminate] {
    int number = 0;
    sigwait(&terminate, &number);
    write_entry();
  });
  std::thread operator_([] { kill(getpid(), SIGTERM); });
  write_entry();
  operator_.join();
  waiter.join();
  pthread_sigmask(SIG_UNBLOCK, &terminate, nullptr);
  heddle::observe("entries", entries);
  assert(entries == 2);
  entries = 0;
}
}  // namespace waiting_thread

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "signal_handler",
    .title = "A signal handler locks a mutex that the interrupted code holds",
    .story = "A handler runs in the middle of whatever its thread was doing. If it needs a lock, "
             "malloc's or printf's among them, and the thread was in the critical section, the "
             "thread waits for itself. It works as long as signals come at other times.",
    .kind = "signal handler that is not async-signal-safe",
    .cwe = "479,828,364",
    .threads = 2,
    .tsan_reason = "It reports handlers that call malloc and a few others; a mutex is none of "
                   "these, and the run hangs only if the signal comes in the critical section.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kSelf},
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "flag",
             .body = flag::body,
             .adds = "no lock in the handler: a lock-free store cannot wait",
             .primitive = "std::atomic<bool>"},
            {.name = "self_pipe",
             .body = self_pipe::body,
             .adds = "order: the work is done where the loop reads the pipe, outside the lock",
             .primitive = "self-pipe"},
            {.name = "waiting_thread",
             .body = waiting_thread::body,
             .adds = "exclusion works again: the signal is handled by another thread",
             .primitive = "sigwait"},
        },
}};

}  // namespace
