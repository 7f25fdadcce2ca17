// SPDX-License-Identifier: Apache-2.0
// Some threads that run what is posted, in the order in which it was posted. One queue under one
// mutex: a pool for work that is longer than a lock. (Finer work wants a deque a thread, and
// thieves: work_stealing_deque.h.)
//
// Contract
//   Thread safety    all members; work may post more work, but must not wait for the pool.
//   Invariant        unfinished_ counts what was posted and has not returned. If a thread sleeps
//                    that nobody has notified, sleeping_ says so.
//   Memory ordering  post() happens-before its work, and the work happens-before what follows
//                    wait_idle() and the destructor.
//   Progress         blocking. Work that throws ends the program.
//   Cost             a mutex, two condition variables, and a std::function a piece of work.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace primitives {

class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads = std::thread::hardware_concurrency()) {
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  /// Runs all that was posted first.
  ~ThreadPool() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    posted_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void post(std::function<void()> task) {
    bool somebody_sleeps = false;
    {
      std::lock_guard guard(mutex_);
      tasks_.push_back(std::move(task));
      ++unfinished_;
      somebody_sleeps = sleeping_ > 0;
      sleeping_ -= somebody_sleeps ? 1 : 0;
    }
    if (somebody_sleeps) {
      posted_.notify_one();
    }
  }

  /// Returns when everything that was posted has been done, also what that has posted.
  void wait_idle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return unfinished_ == 0; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      while (tasks_.empty()) {
        if (stopping_) {
          return;
        }
        ++sleeping_;
        posted_.wait(lock);
      }
      {
        const std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
      }
      lock.lock();
      if (--unfinished_ == 0) {
        idle_.notify_all();
      }
    }
  }

  std::mutex mutex_;  // For all that follows, but threads_.
  std::condition_variable posted_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> tasks_;
  std::size_t unfinished_ = 0;
  std::size_t sleeping_ = 0;  // At least those that nobody has notified.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace primitives
