// SPDX-License-Identifier: Apache-2.0
// Thread pool. submit() looks whether the pool is still open and then queues the task. Between the
// two the pool is shut down and its worker ends: the task was accepted and is never done.
//
//   submit                      shutdown                    worker
//   ---------------------------------------------------------------
//   reads open: true
//                               open = false
//                                                           queue empty, not open: ends
//   queues the task             which nobody does
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// A client submits one task while main shuts the pool down. What was accepted must be done.
template <class Pool>
void play() {
  Pool pool;
  bool accepted = false;
  std::thread worker([&] { pool.work(); });
  std::thread client([&] { accepted = pool.submit(); });
  pool.shut_down();
  worker.join();
  client.join();
  heddle::observe("accepted", accepted);
  assert(pool.done == (accepted ? 1 : 0));
}

namespace buggy {
struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  int queued = 0;
  int done = 0;
  std::atomic<bool> open{true};

  bool submit() {
    if (!open) {
      return false;
    }
    std::lock_guard lock(mutex);
    ++queued;
    changed.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex);
    open = false;
    changed.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex);
    while (queued > 0 || open) {
      changed.wait(lock, [&] { return queued > 0 || !open; });
      if (queued > 0) {
        --queued;
        ++done;
      }
    }
  }
};

void body() { play<Pool>(); }
}  // namespace buggy

// Fix: state and queue are looked at and changed under one lock.
namespace one_lock {
struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  int queued = 0;
  int done = 0;
  bool open = true;

  bool submit() {
    std::lock_guard lock(mutex);
    if (!open) {
      return false;
    }
    ++queued;
    changed.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex);
    open = false;
    changed.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex);
    while (queued > 0 || open) {
      changed.wait(lock, [&] { return queued > 0 || !open; });
      if (queued > 0) {
        --queued;
        ++done;
      }
    }
  }
};

void body() { play<Pool>(); }
}  // namespace one_lock

// Fix: whoever finds the worker gone does the task, and shutting down leaves nothing behind.
namespace drained {
struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  int queued = 0;
  int done = 0;
  bool worker_ended = false;
  std::atomic<bool> open{true};

  bool submit() {
    if (!open) {
      return false;
    }
    std::lock_guard lock(mutex);
    ++queued;
    if (worker_ended) {
      do_queued();
    }
    changed.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex);
    open = false;
    changed.notify_one();
  }
  void do_queued() {
    done += queued;
    queued = 0;
  }
  void work() {
    std::unique_lock lock(mutex);
    while (queued > 0 || open) {
      changed.wait(lock, [&] { return queued > 0 || !open; });
      do_queued();
    }
    worker_ended = true;
  }
};

void body() { play<Pool>(); }
}  // namespace drained

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "thread_pool",
    .title = "A thread pool accepts a task while it is shut down, and never does it",
    .story = "A pool accepts tasks until it is shut down; its worker ends when the pool is closed "
             "and the queue is empty. submit() looks at the flag before it locks the queue. In "
             "between the pool is closed and the worker ends, and a task that was accepted stays "
             "in the queue for ever.",
    .kind = "check-then-act, lost task",
    .cwe = "362",
    .threads = 2,
    .tsan_reason = "The flag is atomic and all else is accessed under the lock, so there is no "
                   "data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "one_lock",
             .body = one_lock::body,
             .adds = "exclusion: the pool is not closed between the look and the queueing",
             .primitive = "std::mutex"},
            {.name = "drained",
             .body = drained::body,
             .adds = "ownership: who queues after the worker's end does the task",
             .primitive = "std::mutex"},
        },
}};

}  // namespace
