// SPDX-License-Identifier: Apache-2.0
// The first request is served last: a pool that takes the newest task first. Under load there is
// always a newer one.
//
//   early client        busy client          worker
//   --------------------------------------------------------
//   submits a task
//                       submits a task
//                                            takes the newest: the busy client's
//                       submits a task
//                                            takes the newest: the busy client's     and so on
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

constexpr int kEarly = 0;
constexpr int kBusy = 1;

/// What the clients and the worker share: tasks, of which each client has one at a time, and
/// whether the client's task is done.
struct Pool {
  std::mutex mutex;
  int tasks[2] = {};
  int count = 0;
  std::atomic<bool> done[2] = {false, false};
  std::atomic<int> clients{2};

  void submit(int client) {
    std::lock_guard guard(mutex);
    tasks[count++] = client;
  }

  /// Removes the task at `index`. There are two at most, so those left are in order of arrival.
  int take(int index) {
    const int task = tasks[index];
    tasks[index] = tasks[count - 1];
    --count;
    return task;
  }

  void submit_and_wait(int client) {
    done[client].store(false);
    submit(client);
    while (!done[client].load()) {
      std::this_thread::yield();
    }
    heddle::progress();
  }
};

/// Two clients of a pool whose worker takes the task that next(pool) says. The early one has a
/// single task, the busy one has always another.
template <class Next>
void run(Next next) {
  Pool pool;
  std::thread worker([&] {
    while (pool.clients.load() != 0) {
      std::unique_lock guard(pool.mutex);
      if (pool.count == 0) {
        guard.unlock();
        std::this_thread::yield();
        continue;
      }
      const int task = pool.take(next(pool));
      guard.unlock();
      pool.done[task].store(true);
      heddle::progress();
    }
  });
  std::thread early([&] {
    pool.submit_and_wait(kEarly);
    pool.clients.fetch_sub(1);
  });
  for (bugs::Rounds rounds; rounds.go_on();) {
    pool.submit_and_wait(kBusy);
  }
  pool.clients.fetch_sub(1);
  early.join();
  worker.join();
}

namespace buggy {
void body() {
  run([](Pool& pool) { return pool.count - 1; });
}
}  // namespace buggy

// Fix: the oldest task first.
namespace fifo {
void body() {
  run([](Pool&) { return 0; });
}
}  // namespace fifo

// Fix: ageing. The newest first, but a task that was passed over twice is due.
namespace ageing {
void body() {
  int passed_over = 0;
  run([&](Pool& pool) {
    const bool due = pool.count == 1 || passed_over == 2;
    passed_over = due ? 0 : passed_over + 1;
    return due ? 0 : pool.count - 1;
  });
}
}  // namespace ageing

// Fix: the task with the earliest deadline first. The early client's is due before any that the
// busy one still submits, so it runs next. (Real deadlines grow; these are two, so that the states
// are few.)
namespace earliest_deadline {
void body() {
  constexpr int kDue[] = {1, 2};
  run([&](Pool& pool) {
    return pool.count == 2 && kDue[pool.tasks[1]] < kDue[pool.tasks[0]] ? 1 : 0;
  });
}
}  // namespace earliest_deadline

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "lifo_pool",
    .title = "A pool takes the newest task first, so the first one is never run",
    .story =
        "Clients submit tasks to a pool whose worker takes the newest first. As long as one "
        "client submits its next task before the worker looks, the task of the other one stays "
        "at the bottom of the stack. The pool is busy, and one client waits for ever.",
    .kind = "starvation in a queue",
    .cwe = "834",
    .origin = "task stacks of work-stealing schedulers",
    .threads = 3,
    .tsan_reason = "The mutex protects the tasks; their order is not its subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kStarvation}},
            {.name = "fifo",
             .body = fifo::body,
             .adds = "order of arrival: what is submitted later runs later",
             .primitive = "a queue"},
            {.name = "ageing",
             .body = ageing::body,
             .adds = "a bound: the oldest task is passed over twice at most",
             .primitive = "a counter"},
            {.name = "earliest_deadline",
             .body = earliest_deadline::body,
             .adds = "order of deadlines: later tasks are due later, so they run later",
             .primitive = "a priority queue"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
