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
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

using Task = std::function<void()>;

/// What the pool is used for.
int words_in(std::string_view text) {
  int words = 0;
  bool inside = false;
  for (const char letter : text) {
    words += !inside && letter != ' ' ? 1 : 0;
    inside = letter != ' ';
  }
  return words;
}

/// A client submits one task while main shuts the pool down. What was accepted must be done.
template <class Pool>
void play() {
  Pool pool;
  bool accepted = false;
  int words = 0;
  std::thread worker([&] { pool.work(); });
  std::thread client(
      [&] { accepted = pool.submit([&] { words = words_in("to be or not to be"); }); });
  pool.shut_down();
  worker.join();
  client.join();
  heddle::observe("accepted", accepted);
  assert(words == (accepted ? 6 : 0));
}

namespace buggy {
class Pool {
 public:
  bool submit(Task task) {
    if (!open_) {
      return false;
    }
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex_);
    open_ = false;
    changed_.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex_);
    while (!tasks_.empty() || open_) {
      changed_.wait(lock, [&] { return !tasks_.empty() || !open_; });
      while (!tasks_.empty()) {
        tasks_.front()();
        tasks_.pop_front();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::atomic<bool> open_{true};
};

void body() { play<Pool>(); }
}  // namespace buggy

// Also buggy: a task waits until all tasks are done. It is one of them.
namespace waits_for_itself {
class Pool {
 public:
  void submit(Task task) {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    submitted_.notify_one();
  }
  void wait_until_all_done() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return tasks_.empty(); });
  }
  void work_once() {
    std::unique_lock lock(mutex_);
    submitted_.wait(lock, [&] { return !tasks_.empty(); });
    const Task task = tasks_.front();
    lock.unlock();
    task();
    lock.lock();
    tasks_.pop_front();
    done_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable submitted_;
  std::condition_variable done_;
  std::deque<Task> tasks_;
};

void body() {
  Pool pool;
  std::thread worker([&] { pool.work_once(); });
  pool.submit([&] { pool.wait_until_all_done(); });
  worker.join();
}
}  // namespace waits_for_itself

// Fix: state and queue are looked at and changed under one lock.
namespace one_lock {
class Pool {
 public:
  bool submit(Task task) {
    std::lock_guard lock(mutex_);
    if (!open_) {
      return false;
    }
    tasks_.push_back(std::move(task));
    changed_.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex_);
    open_ = false;
    changed_.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex_);
    while (!tasks_.empty() || open_) {
      changed_.wait(lock, [&] { return !tasks_.empty() || !open_; });
      while (!tasks_.empty()) {
        tasks_.front()();
        tasks_.pop_front();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool open_ = true;
};

void body() { play<Pool>(); }
}  // namespace one_lock

// Fix: whoever finds the worker gone does the task, and shutting down leaves nothing behind.
namespace drained {
class Pool {
 public:
  bool submit(Task task) {
    if (!open_) {
      return false;
    }
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (worker_ended_) {
      do_tasks();
    }
    changed_.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex_);
    open_ = false;
    changed_.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex_);
    while (!tasks_.empty() || open_) {
      changed_.wait(lock, [&] { return !tasks_.empty() || !open_; });
      do_tasks();
    }
    worker_ended_ = true;
  }

 private:
  void do_tasks() {
    while (!tasks_.empty()) {
      tasks_.front()();
      tasks_.pop_front();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool worker_ended_ = false;
  std::atomic<bool> open_{true};
};

void body() { play<Pool>(); }
}  // namespace drained

// Fix: a stop token, which is asked under the lock of the queue. Who waits for a task is woken by
// the request to stop.
namespace stop_token {
class Pool {
 public:
  bool submit(Task task) {
    std::lock_guard lock(mutex_);
    if (stop_.stop_requested()) {
      return false;
    }
    tasks_.push_back(std::move(task));
    changed_.notify_one();
    return true;
  }
  void shut_down() {
    std::lock_guard lock(mutex_);
    stop_.request_stop();
    changed_.notify_one();
  }
  void work() {
    std::unique_lock lock(mutex_);
    while (!tasks_.empty() || !stop_.stop_requested()) {
      changed_.wait(lock, [&] { return !tasks_.empty() || stop_.stop_requested(); });
      while (!tasks_.empty()) {
        tasks_.front()();
        tasks_.pop_front();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::stop_source stop_;
};

void body() { play<Pool>(); }
}  // namespace stop_token

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "thread_pool",
    .title = "A thread pool accepts a task while it is shut down, and never does it",
    .story = "A pool accepts tasks until it is shut down; its worker ends when the pool is closed "
             "and the queue is empty. submit() looks at the flag before it locks the queue. In "
             "between the pool is closed and the worker ends, and a task that was accepted stays "
             "in the queue for ever. In the second buggy variant a task waits until all tasks are "
             "done, itself among them.",
    .kind = "check-then-act, lost task; self-wait",
    .cwe = "362,833",
    .threads = 2,
    .tsan_reason = "The flag is atomic and all else is accessed under the lock, so there is no "
                   "data race to report; the task that waits for itself hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "waits_for_itself",
             .body = waits_for_itself::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"}},
            {.name = "one_lock",
             .body = one_lock::body,
             .adds = "exclusion: the pool is not closed between the look and the queueing",
             .primitive = "std::mutex"},
            {.name = "drained",
             .body = drained::body,
             .adds = "ownership: who queues after the worker's end does the task",
             .primitive = "std::mutex"},
            {.name = "stop_token",
             .body = stop_token::body,
             .adds = "exclusion: no request to stop between the question and the queueing",
             .primitive = "std::stop_source, asked under the lock"},
        },
}};

}  // namespace
