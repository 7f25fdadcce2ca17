// SPDX-License-Identifier: Apache-2.0
// Small programs over any lock of primitives/, each with its oracle: plain data that only the lock
// protects (a race is a finding) and assertions. They run explored and natively.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

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

/// Joins when it goes out of scope.
template <std::size_t kThreads>
class Crew {
 public:
  template <class... Functions>
  explicit Crew(Functions&&... functions) : threads_{std::thread(functions)...} {}
  ~Crew() {
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

 private:
  std::array<std::thread, kThreads> threads_;
};
template <class... Functions>
Crew(Functions&&...) -> Crew<sizeof...(Functions)>;

template <class Function, std::size_t... kIndices>
void run_all(Function& function, std::index_sequence<kIndices...> /*threads*/) {
  Crew<sizeof...(kIndices)> crew((static_cast<void>(kIndices), std::ref(function))...);
}

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
  run_all(add, std::make_index_sequence<kThreads>());
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
    Crew crew(add, attempt, add);
  } else {
    Crew crew(add, attempt);
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
  std::array<std::thread, kWriters + kReaders> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = i < kWriters ? std::thread(write) : std::thread(compare);
  }
  for (std::thread& thread : threads) {
    thread.join();
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
  Crew crew([&] { meet(0); }, [&] { meet(1); });
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
  run_all(work, std::make_index_sequence<kThreads>());
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
  run_all(add, std::make_index_sequence<kThreads>());
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
  Crew crew([&] { make(0); }, [&] { make(1); }, assemble);
}

}  // namespace primitive_tests
