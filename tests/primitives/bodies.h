// SPDX-License-Identifier: Apache-2.0
// Small programs over any lock of primitives/, each with its oracle: plain data that only the lock
// protects (a race is a finding) and assertions. They run explored and natively.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "primitives/guarded.h"
#include "primitives/policies.h"

namespace primitive_tests {

/// One thread's access to a lock: the lock itself, or a Seat where it wants one.
template <class Lock>
struct SeatOf {
  using Type = Lock&;
};
template <class Lock>
requires requires { typename Lock::Seat; }
struct SeatOf<Lock> {
  using Type = typename Lock::Seat;
};

/// What a thread of a program runs: a callable that outlives it. Without its type, so that all
/// programs share one instantiation of std::thread.
struct Task {
  template <class Function>
  Task(const Function& function)
      : self(&function),
        run([](const void* callable) { (*static_cast<const Function*>(callable))(); }) {}

  const void* self;
  void (*run)(const void*);
};

/// One thread for each task; joins them when it goes out of scope.
class Crew {
 public:
  Crew(std::initializer_list<Task> tasks) {
    for (const Task& task : tasks) {
      start(task);
    }
  }
  /// `count` threads of the same task.
  Crew(std::size_t count, const Task& task) {
    for (std::size_t i = 0; i < count; ++i) {
      start(task);
    }
  }
  ~Crew() {
    for (std::size_t i = 0; i < size_; ++i) {
      threads_[i].join();
    }
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

 private:
  void start(const Task& task) { threads_[size_++] = std::thread(task.run, task.self); }

  std::array<std::thread, 4> threads_;
  std::size_t size_ = 0;
};

/// `kThreads` threads add one to a plain number, `kRounds` times each.
template <class Lock, std::size_t kThreads, int kRounds>
void count_together() {
  Lock lock;
  int total = 0;
  auto add = [&] {
    typename SeatOf<Lock>::Type seat(lock);
    for (int round = 0; round < kRounds; ++round) {
      std::lock_guard guard(seat);
      ++total;
    }
  };
  Crew(kThreads, add);
  assert(total == static_cast<int>(kThreads) * kRounds);
}

/// One thread locks, one only tries, and a third locks behind it if `kThird`.
template <class Lock, bool kThird>
void try_beside() {
  Lock lock;
  int total = 0;
  int tried = 0;
  auto add = [&] {
    std::lock_guard guard(lock);
    ++total;
  };
  auto attempt = [&] {
    if (lock.try_lock()) {
      ++total;
      ++tried;
      lock.unlock();
    }
  };
  if constexpr (kThird) {
    Crew{add, attempt, add};
  } else {
    Crew{add, attempt};
  }
  assert(total == 1 + tried + (kThird ? 1 : 0));
  assert(lock.try_lock());
  lock.unlock();
}

/// Threads that write two plain numbers, and threads that compare them.
template <class Lock, std::size_t kWriters, std::size_t kReaders, int kRounds>
void write_and_compare() {
  Lock lock;
  int left = 0;
  int right = 0;
  auto write = [&] {
    for (int round = 0; round < kRounds; ++round) {
      std::lock_guard guard(lock);
      ++left;
      ++right;
    }
  };
  auto compare = [&] {
    for (int round = 0; round < kRounds; ++round) {
      lock.lock_shared();
      assert(left == right);
      lock.unlock_shared();
    }
  };
  {
    Crew writers(kWriters, write);
    Crew readers(kReaders, compare);
  }
  assert(left == static_cast<int>(kWriters) * kRounds);
}

/// Two readers each wait inside for the other: it ends only if both can be inside at once.
template <class Lock>
void readers_meet_inside() {
  Lock lock;
  std::atomic<bool> inside[2] = {false, false};
  auto meet = [&](int own) {
    lock.lock_shared();
    inside[own].store(true, std::memory_order_relaxed);
    primitives::wait_until<primitives::Yield>(
        [&] { return inside[1 - own].load(std::memory_order_relaxed); });
    lock.unlock_shared();
  };
  const auto first = [&] { meet(0); };
  const auto second = [&] { meet(1); };
  Crew{first, second};
}

/// `kThreads` threads ask for `kWanted` of `kPermits`, and watch how many are out.
template <class Semaphore, std::size_t kThreads, int kPermits, int kWanted>
void permits_are_kept() {
  Semaphore semaphore(kPermits);
  std::atomic<int> out{0};
  auto work = [&] {
    semaphore.acquire(kWanted);
    const int others = out.fetch_add(kWanted, std::memory_order_relaxed);
    assert(others + kWanted <= kPermits);
    out.fetch_sub(kWanted, std::memory_order_relaxed);
    semaphore.release(kWanted);
  };
  Crew(kThreads, work);
  assert(semaphore.try_acquire(kPermits));
  assert(!semaphore.try_acquire());
}

/// A semaphore with one permit is a lock.
template <class Semaphore, std::size_t kThreads, int kRounds>
void semaphore_as_lock() {
  Semaphore semaphore(1);
  int total = 0;
  auto add = [&] {
    for (int round = 0; round < kRounds; ++round) {
      semaphore.acquire();
      ++total;
      semaphore.release();
    }
  };
  Crew(kThreads, add);
  assert(total == static_cast<int>(kThreads) * kRounds);
}

/// Two makers each release one permit for what they made; who wants both gets both, one may only
/// try.
template <class Semaphore, bool kTry>
void two_parts_are_delivered() {
  Semaphore semaphore(0);
  int parts[2] = {};
  auto make = [&](int part) {
    parts[part] = 1;
    semaphore.release();
  };
  auto assemble = [&] {
    if constexpr (kTry) {
      if (!semaphore.try_acquire(2)) {
        return;
      }
    } else {
      semaphore.acquire(2);
    }
    assert(parts[0] + parts[1] == 2);
  };
  const auto make_first = [&] { make(0); };
  const auto make_second = [&] { make(1); };
  Crew{make_first, make_second, assemble};
}

/// A holder locks again, by both ways, beside a thread that locks once and one that only tries.
template <class Mutex>
void lock_again() {
  Mutex mutex;
  int total = 0;
  const auto twice = [&] {
    std::lock_guard outer(mutex);
    ++total;
    std::lock_guard inner(mutex);
    assert(mutex.try_lock());
    ++total;
    mutex.unlock();
  };
  const auto once = [&] {
    std::lock_guard guard(mutex);
    ++total;
  };
  const auto attempt = [&] {
    if (mutex.try_lock()) {
      ++total;
      mutex.unlock();
    }
  };
  Crew{twice, once, attempt};
  assert(total == 3 || total == 4);
}

/// Two threads change a pair through its guard, each in another way; a third one compares.
template <class Mutex>
void guarded_value() {
  primitives::Guarded<std::pair<int, int>, Mutex> pair(0, 0);
  const auto change = [&] {
    pair.with([](auto& value) {
      ++value.first;
      ++value.second;
    });
  };
  const auto change_through = [&] {
    const auto access = pair.lock();
    ++access->first;
    ++(*access).second;
  };
  const auto compare = [&] {
    if constexpr (requires { pair.lock_shared(); }) {
      const auto access = pair.lock_shared();
      assert(access->first == access->second);
    } else {
      pair.with([](const auto& value) { assert(value.first == value.second); });
    }
  };
  Crew{change, change_through, compare};
  assert(pair.lock()->first == 2);
}

}  // namespace primitive_tests
