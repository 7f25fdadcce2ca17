// SPDX-License-Identifier: Apache-2.0
// Some threads that run what is posted, in the order in which it was posted; who waits for them
// runs some of it meanwhile. One queue under one mutex, which is held for a few instructions. A
// thread is woken only if there is work and none is on its way to it already (as in the scheduler
// of Go, Vyukov, 2012): waking costs more than most small pieces of work. (A queue a thread, with
// thieves, is for work that is smaller still: work_stealing_deque.h.)
//
// Contract
//   Thread safety    all members; work may post more work, but must not wait for the pool. Work
//                    also runs in the thread that calls wait_idle(), so it must not want a lock
//                    that this thread holds.
//   Invariant        unfinished_ counts what was posted and has not returned. searching_ counts
//                    threads that will look at the queue before they sleep (again). As long as
//                    there is work in the queue, one searches or none sleeps.
//   Memory ordering  post() happens-before its work, and the work happens-before what follows
//                    wait_idle() and the destructor.
//   Progress         blocking. Work that throws ends the program.
//   Cost             two cache lines, 48 bytes a thread that sleeps, and 32 bytes (a std::function)
//                    a piece of work in the ring, which doubles when it is full and keeps its room.
//                    A piece of work takes the mutex twice. post() wakes a thread, which is a
//                    system call, if all sleep that do not work; who takes work and leaves some
//                    behind wakes the next. One idle thread looks kLooks times, some 50 us, before
//                    it sleeps.
#pragma once

#include <semaphore.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "primitives/futex_mutex.h"
#include "primitives/policies.h"
#include "primitives/slot.h"

namespace primitives {

/// A queue that keeps its room. One thread at a time.
template <class T>
class GrowingRing {
 public:
  GrowingRing() = default;
  ~GrowingRing() {
    while (!empty()) {
      pop();
    }
  }
  GrowingRing(const GrowingRing&) = delete;
  GrowingRing& operator=(const GrowingRing&) = delete;

  bool empty() const { return first_ == end_; }

  void push(T&& value) {
    if (end_ - first_ == size_) {
      grow();
    }
    slots_[end_ & (size_ - 1)].put(std::move(value));
    ++end_;
  }

  /// The oldest; there is one.
  T pop() {
    Slot<T>& slot = slots_[first_ & (size_ - 1)];
    T value = std::move(slot.value);
    std::destroy_at(std::addressof(slot.value));
    ++first_;
    return value;
  }

 private:
  void grow() {
    const std::size_t size = std::max<std::size_t>(2 * size_, 16);
    auto slots = std::make_unique<Slot<T>[]>(size);
    std::size_t count = 0;
    while (!empty()) {
      slots[count++].put(pop());
    }
    slots_ = std::move(slots);
    size_ = size;
    first_ = 0;
    end_ = count;
  }

  std::unique_ptr<Slot<T>[]> slots_;
  std::size_t size_ = 0;  // A power of two, or 0.
  std::size_t first_ = 0;
  std::size_t end_ = 0;
};

/// An idle thread looks kLooks times whether there is work before it sleeps; in between it relaxes.
/// Mutex: any that satisfies Lockable.
template <class Mutex = FutexMutex, class Wait = Yield, int kLooks = 100>
class BasicThreadPool {
 public:
  explicit BasicThreadPool(std::size_t threads = std::thread::hardware_concurrency()) {
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  /// Runs all that was posted first.
  ~BasicThreadPool() {
    {
      std::lock_guard guard(mutex_);
      stopping_ = true;
      has_changed();
      wake_all(workers_asleep_);
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  BasicThreadPool(const BasicThreadPool&) = delete;
  BasicThreadPool& operator=(const BasicThreadPool&) = delete;

  void post(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    tasks_.push(std::move(task));
    ++unfinished_;
    has_changed();
    unlock_and_wake(lock);
  }

  /// Returns when everything that was posted has been done, also what that has posted. Until then
  /// the calling thread works, too.
  void wait_idle() {
    std::unique_lock lock(mutex_);
    while (find_task(lock, helpers_asleep_, [this] { return unfinished_ == 0; })) {
      run_task(lock);
    }
  }

 private:
  /// A thread that sleeps, in a list of them. glibc lets go of a semaphore (since 2.21) before the
  /// thread that it wakes can destroy it.
  struct Sleeper {
    Sleeper() { sem_init(&woken, 0, 0); }
    ~Sleeper() { sem_destroy(&woken); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    sem_t woken;
    Sleeper* below = nullptr;
  };

  void work() {
    std::unique_lock lock(mutex_);
    while (find_task(lock, workers_asleep_, [this] { return stopping_; })) {
      run_task(lock);
    }
  }

  /// Waits for a task. False if there is none and it is over.
  template <class Over>
  bool find_task(std::unique_lock<Mutex>& lock, Sleeper*& asleep, const Over& over) {
    bool has_looked = false;
    while (tasks_.empty() && !over()) {
      // One worker that looks is enough. A thread that waits for the pool hopes to wait for less
      // time than waking it takes.
      if (kLooks > 0 && !has_looked && (searching_ == 0 || &asleep == &helpers_asleep_)) {
        look_around(lock);
        has_looked = true;
      } else {
        sleep(lock, asleep);
        has_looked = false;
      }
    }
    return !tasks_.empty();
  }

  void look_around(std::unique_lock<Mutex>& lock) {
    // relaxed, here and below: a hint; what has changed is found under the mutex.
    const std::uint32_t before = changes_.load(std::memory_order_relaxed);
    ++searching_;
    lock.unlock();
    for (int look = 0; look < kLooks && changes_.load(std::memory_order_relaxed) == before;
         ++look) {
      Wait::relax();
    }
    lock.lock();
    --searching_;
  }

  void sleep(std::unique_lock<Mutex>& lock, Sleeper*& asleep) {
    Sleeper self;
    self.below = std::exchange(asleep, &self);
    lock.unlock();
    while (sem_wait(&self.woken) != 0) {
      // A signal was handled.
    }
    lock.lock();
    --searching_;
  }

  /// Runs the first task, without the lock.
  void run_task(std::unique_lock<Mutex>& lock) noexcept {
    {
      const std::function<void()> task = tasks_.pop();
      unlock_and_wake(lock);
      task();
    }
    lock.lock();
    if (--unfinished_ == 0) {
      has_changed();
      wake_all(helpers_asleep_);
    }
  }

  /// Something that threads may look for.
  void has_changed() {
    if constexpr (kLooks > 0) {
      // relaxed, both: written under the mutex, and a hint to those who read it without.
      changes_.store(changes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
  }

  /// Wakes a thread if there is work that none is on its way to.
  void unlock_and_wake(std::unique_lock<Mutex>& lock) {
    Sleeper* chosen = nullptr;
    if (searching_ == 0 && !tasks_.empty()) {
      chosen = take_out(workers_asleep_ != nullptr ? workers_asleep_ : helpers_asleep_);
    }
    lock.unlock();
    if (chosen != nullptr) {
      sem_post(&chosen->woken);
    }
  }

  void wake_all(Sleeper*& asleep) {
    while (Sleeper* const sleeper = take_out(asleep)) {
      sem_post(&sleeper->woken);
    }
  }

  /// To be woken by the caller; null if there is none.
  Sleeper* take_out(Sleeper*& asleep) {
    Sleeper* const sleeper = asleep;
    if (sleeper != nullptr) {
      asleep = sleeper->below;
      ++searching_;
    }
    return sleeper;
  }

  Mutex mutex_;  // For all that follows, but threads_.
  std::atomic<std::uint32_t> changes_{0};
  GrowingRing<std::function<void()>> tasks_;
  std::size_t unfinished_ = 0;
  Sleeper* workers_asleep_ = nullptr;
  Sleeper* helpers_asleep_ = nullptr;
  std::size_t searching_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

using ThreadPool = BasicThreadPool<>;

}  // namespace primitives
