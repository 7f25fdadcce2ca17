// SPDX-License-Identifier: Apache-2.0
// The list of the scheduler benchmarks, and the small ones among them. All atomics are seq_cst:
// what is rare here is the order of the threads.
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/bench/strategies/programs.h"
#include "tests/bench/strategies/programs/deque.h"

namespace heddle::bench {
namespace {

/// N setters write a pair, a checker must not see half of it before any other is done.
template <int N>
void setters() {
  std::atomic<int> a{0};
  std::atomic<int> b{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < N; ++i) {
    threads.emplace_back([&] {
      a = 1;
      b = -1;
    });
  }
  threads.emplace_back([&] {
    const int seen_a = a;
    const int seen_b = b;
    assert((seen_a == 0 && seen_b == 0) || (seen_a == 1 && seen_b == -1) || seen_a == 0);
  });
  for (std::thread& thread : threads) {
    thread.join();
  }
}

/// Each stage takes what the one before left in two steps that belong together.
template <int N>
void pipeline() {
  struct Stage {
    std::mutex first_lock;
    std::mutex second_lock;
    std::atomic<int> first{0};
    std::atomic<int> second{0};
  };
  std::array<Stage, N + 1> stages;
  const auto pass = [&](int i) {
    {
      const std::lock_guard<std::mutex> guard(stages[i].first_lock);
      stages[i].first = i + 1;
    }
    const std::lock_guard<std::mutex> guard(stages[i].second_lock);
    stages[i].second = stages[i].first + 1;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < N; ++i) {
    threads.emplace_back([&, i] { pass(i); });
  }
  bool all_torn = true;
  for (int i = 0; i < N; ++i) {
    int first = 0;
    int second = 0;
    {
      const std::lock_guard<std::mutex> guard(stages[i].first_lock);
      first = stages[i].first;
    }
    {
      const std::lock_guard<std::mutex> guard(stages[i].second_lock);
      second = stages[i].second;
    }
    all_torn = all_torn && first != 0 && second != first + 1;
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  assert(!all_torn);
}

/// A read that comes too late unless its thread is slow for long.
template <int N>
void late_write() {
  std::atomic<int> mine{0};
  std::atomic<int> shared{0};
  std::thread writer([&] {
    for (int i = 0; i < N; ++i) {
      mine = i;
    }
    shared = 1;
  });
  const int seen = shared;
  writer.join();
  assert(seen == 0);
}

/// Two threads must meet in the middle of each other N times.
template <int N>
void handshakes() {
  std::atomic<int> turn{0};
  std::atomic<int> met{0};
  std::thread other([&] {
    for (int i = 0; i < N; ++i) {
      const int seen = turn;
      if (seen == 2 * i + 1) {
        turn = seen + 1;
      }
    }
  });
  for (int i = 0; i < N; ++i) {
    const int seen = turn;
    if (seen == 2 * i) {
      turn = seen + 1;
    }
  }
  other.join();
  met = turn.load();
  assert(met < 2 * N);
}

/// Both counters are right, but for a transfer that reads before another one writes.
void accounts() {
  std::atomic<int> one{10};
  std::atomic<int> two{10};
  const auto transfer = [](std::atomic<int>& from, std::atomic<int>& to) {
    const int amount = 1;
    from = from - amount;
    to = to + amount;
  };
  std::thread there([&] {
    for (int i = 0; i < 3; ++i) transfer(one, two);
  });
  std::thread back([&] {
    for (int i = 0; i < 3; ++i) transfer(two, one);
  });
  there.join();
  back.join();
  assert(one + two < 23);
}

/// One condition variable for two conditions, and notify_one: the wrong one may wake.
void bounded_buffer() {
  std::mutex mutex;
  std::condition_variable changed;
  int filled = 0;
  const auto put = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (filled == 1) changed.wait(lock);
    ++filled;
    changed.notify_one();
  };
  const auto take = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (filled == 0) changed.wait(lock);
    --filled;
    changed.notify_one();
  };
  std::thread consumer_one(take);
  std::thread consumer_two(take);
  std::thread producer_one(put);
  std::thread producer_two(put);
  consumer_one.join();
  consumer_two.join();
  producer_one.join();
  producer_two.join();
}

}  // namespace

const std::vector<SchedulerProgram>& scheduler_programs() {
  static const std::vector<SchedulerProgram> list = {
      {"setters-2", &setters<2>},          {"setters-8", &setters<8>},
      {"setters-20", &setters<20>},        {"pipeline-1", &pipeline<1>},
      {"pipeline-3", &pipeline<3>},        {"late-write-8", &late_write<8>},
      {"late-write-40", &late_write<40>},  {"handshakes-2", &handshakes<2>},
      {"handshakes-4", &handshakes<4>},    {"accounts", &accounts},
      {"bounded-buffer", &bounded_buffer}, {"stealing-deque", &stealing_deque},
  };
  return list;
}

}  // namespace heddle::bench
