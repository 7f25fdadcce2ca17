// SPDX-License-Identifier: Apache-2.0
// Explorations whose runs go on from kept states, against the same ones whose runs all begin at the
// beginning: everything a report says must be equal, whatever the body keeps where.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <semaphore>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

using heddle::Options;
using heddle::Report;
using heddle::Verdict;

/// What a report says, but for the time it took.
std::string text(const Report& report) {
  std::ostringstream out;
  out << to_string(report.verdict) << ' ' << report.executions << ' ' << report.blocked << ' '
      << report.deadlocked << ' ' << report.events << '\n';
  for (const heddle::Outcome& outcome : report.outcomes) {
    for (const auto& value : outcome.values) {
      out << value.name << '=' << value.value << ' ';
    }
    out << outcome.count << ' ' << outcome.token << '\n';
  }
  for (const heddle::Finding& finding : report.findings) {
    out << to_string(finding.kind) << ' ' << finding.message << ' ' << finding.token << '\n';
  }
  for (const std::string& bound : report.bounds) {
    out << bound << '\n';
  }
  return out.str();
}

/// The report of the exploration that uses kept states.
Report compare(const std::function<void()>& body, Options options = {}) {
  options.stop_at_first_bug = false;
  options.checkpoints.after = 0;
  const Report whole = heddle::explore(body, options);
  EXPECT_EQ(whole.resumed, 0u);
  options.checkpoints.after = 1;
  options.checkpoints.apart = 1;
  options.checkpoints.trust_libraries = true;  // GoogleTest's imports are not the bodies'.
  const Report report = heddle::explore(body, options);
  EXPECT_EQ(text(report), text(whole));
  return report;
}

/// The same, and that many runs did go on from one.
Report compare_resumed(const std::function<void()>& body, Options options = {}) {
  Report report = compare(body, std::move(options));
  EXPECT_GT(10 * report.resumed, report.executions) << text(report);
  return report;
}

/// Two threads that read and write an atomic a few times: some executions for the rest to meet.
struct Traffic {
  std::atomic<int> x{0};

  int step(int value) {
    const int seen = x.load(std::memory_order_acquire);
    x.store(value, std::memory_order_release);
    return seen;
  }
};

void branch(Traffic& traffic) {
  std::thread one([&] {
    traffic.step(1);
    traffic.step(2);
    traffic.step(3);
  });
  traffic.step(4);
  traffic.step(5);
  traffic.step(6);
  one.join();
}

int global_sum = 0;
thread_local int local_sum = 0;

int recurse(Traffic& traffic, int depth, int value) {
  std::array<int, 24> frame;
  frame.fill(value);
  const int seen = depth == 0 ? traffic.step(value) : recurse(traffic, depth - 1, value + 1);
  for (const int kept : frame) {
    assert(kept == value);
  }
  return seen + frame[static_cast<std::size_t>(depth) % frame.size()];
}

void stacks_heap_and_globals() {
  Traffic traffic;
  std::mutex mutex;
  std::vector<int> seen;
  assert(global_sum == 0);
  auto work = [&](int base) {
    for (int i = 0; i < 2; ++i) {
      local_sum += recurse(traffic, 3, base + 10 * i);
      errno = base + i;
      const std::lock_guard lock(mutex);
      assert(errno == base + i);
      seen.push_back(local_sum);
      global_sum += local_sum;
    }
  };
  std::thread one(work, 100);
  work(1000);
  one.join();
  int sum = 0;
  for (const int value : seen) {
    sum += value;
  }
  assert(sum == global_sum);
  heddle::observe("sum", global_sum);
}

TEST(Checkpoints, StacksHeapAndGlobals) { compare_resumed(stacks_heap_and_globals); }

/// Frames beyond what is zeroed at the top of a stack.
int deep(Traffic& traffic, int value) {
  std::array<unsigned char, 6000> frame;
  frame.fill(static_cast<unsigned char>(value));
  const int seen = traffic.step(value);
  for (const unsigned char byte : frame) {
    assert(byte == static_cast<unsigned char>(value));
  }
  return seen;
}

TEST(Checkpoints, DeepStacks) {
  compare_resumed([] {
    Traffic traffic;
    std::thread one([&] {
      deep(traffic, 1);
      deep(traffic, 2);
      deep(traffic, 3);
    });
    const int a = deep(traffic, 4);
    const int b = deep(traffic, 5);
    const int c = deep(traffic, 6);
    one.join();
    heddle::observe("seen", 100 * a + 10 * b + c);
  });
}

TEST(Checkpoints, ExceptionsInFlight) {
  compare_resumed([] {
    Traffic traffic;
    std::atomic<int> caught{0};
    auto work = [&](int value) {
      try {
        throw std::runtime_error("seen " + std::to_string(traffic.step(value)));
      } catch (const std::runtime_error& error) {
        const int seen = traffic.step(value + 1);
        try {
          throw;
        } catch (const std::exception& again) {
          assert(&again == static_cast<const std::exception*>(&error));
          caught.fetch_add(seen + static_cast<int>(std::strlen(again.what())));
        }
      }
    };
    std::thread one(work, 1);
    traffic.step(7);
    work(3);
    traffic.step(8);
    one.join();
    heddle::observe("caught", caught.load());
  });
}

struct AtExit {
  std::atomic<int>* to = nullptr;
  int value = 0;
  ~AtExit() {
    if (to != nullptr) {
      to->fetch_add(value);
    }
  }
};
thread_local AtExit at_exit;

TEST(Checkpoints, ThreadLocalDestructorsAndKeys) {
  compare_resumed([] {
    static std::atomic<int> total;
    total.store(0);
    pthread_key_t key;
    pthread_key_create(&key, [](void* value) { total.fetch_add(*static_cast<int*>(value)); });
    Traffic traffic;
    auto work = [&](int value) {
      at_exit.to = &total;
      at_exit.value = value;
      int kept = 10 * value;
      traffic.step(value);
      pthread_setspecific(key, &kept);
      traffic.step(value + 1);
      pthread_exit(nullptr);
    };
    auto start = [](void* run) -> void* {
      (*static_cast<decltype(work)*>(run))(1);
      return nullptr;
    };
    pthread_t one;
    pthread_create(&one, nullptr, start, &work);
    traffic.step(7);
    traffic.step(8);
    traffic.step(9);
    pthread_join(one, nullptr);
    heddle::observe("total", total.load());
  });
}

TEST(Checkpoints, LocksConditionsAndSemaphores) {
  compare_resumed([] {
    std::mutex mutex;
    std::condition_variable changed;
    std::counting_semaphore<2> slots(1);
    int filled = 0;
    std::thread producer([&] {
      for (int i = 0; i < 2; ++i) {
        slots.acquire();
        const std::lock_guard lock(mutex);
        ++filled;
        changed.notify_one();
      }
    });
    for (int i = 0; i < 2; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return filled > 0; });
      --filled;
      lock.unlock();
      slots.release();
    }
    producer.join();
  });
}

TEST(Checkpoints, OutcomesOfTheKeptPart) {
  const Report report = compare([] {
    heddle::observe("early", 1);
    Traffic traffic;
    branch(traffic);
    heddle::observe("late", traffic.x.load());
  });
  for (const heddle::Outcome& outcome : report.outcomes) {
    EXPECT_EQ(outcome.values.size(), 2u);
  }
}

TEST(Checkpoints, BoundsAndDeadlocks) {
  const Report bounded = compare([] {
    std::mutex a;
    std::mutex b;
    std::thread one([&] { const std::scoped_lock lock(a, b); });
    { const std::scoped_lock lock(b, a); }
    one.join();
  });
  EXPECT_FALSE(bounded.bounds.empty());
  const Report deadlock = compare_resumed([] {
    std::mutex a;
    std::mutex b;
    Traffic traffic;
    std::thread one([&] {
      traffic.step(1);
      traffic.step(4);
      const std::scoped_lock first(a);
      traffic.step(2);
      const std::scoped_lock second(b);
    });
    traffic.step(3);
    traffic.step(5);
    const std::scoped_lock first(b);
    const std::scoped_lock second(a);
    one.join();
  });
  EXPECT_GT(deadlock.deadlocked, 0u);
}

TEST(Checkpoints, SpinsTimeAndChoices) {
  compare_resumed([] {
    std::atomic<int> turn{0};
    Traffic traffic;
    std::thread one([&] {
      traffic.step(1);
      while (turn.load(std::memory_order_acquire) == 0) {
      }
      traffic.step(2);
    });
    traffic.step(5);
    traffic.step(static_cast<int>(heddle::choose(3)));
    turn.store(1, std::memory_order_release);
    traffic.step(4);
    one.join();
  });
  compare([] {
    std::timed_mutex mutex;
    Traffic traffic;
    std::thread one([&] {
      traffic.step(1);
      const std::lock_guard lock(mutex);
      traffic.step(2);
    });
    traffic.step(3);
    if (mutex.try_lock_for(std::chrono::milliseconds(5))) {
      traffic.step(4);
      mutex.unlock();
    }
    heddle::observe("ms", std::chrono::steady_clock::now().time_since_epoch().count() / 1000000);
    one.join();
  });
}

/// The plain write comes before all that branches, the unordered read after it.
TEST(Checkpoints, RacesWithTheKeptPart) {
  const Report report = compare([] {
    Traffic traffic;
    int plain = 0;
    std::thread one([&] {
      plain = 1;
      traffic.x.load(std::memory_order_relaxed);
      traffic.x.store(1, std::memory_order_relaxed);
    });
    for (int i = 0; i < 3; ++i) {
      traffic.step(5 + i);
    }
    std::thread two([&] { traffic.step(10); });
    traffic.step(11);
    two.join();
    if (traffic.x.load(std::memory_order_acquire) == 1) {
      heddle::observe("plain", plain);
    }
    one.join();
  });
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, heddle::FindingKind::kDataRace);
}

TEST(Checkpoints, UsesAfterReleasesOfTheKeptPart) {
  const Report report = compare([] {
    Traffic traffic;
    auto* freed = new int(1);
    delete freed;
    branch(traffic);
    if (traffic.x.load() == 3) {
      heddle::observe("freed", *freed);
    }
  });
  ASSERT_EQ(report.findings.size(), 1u) << text(report);
  EXPECT_EQ(report.findings[0].kind, heddle::FindingKind::kUseAfterFree);
}

TEST(Checkpoints, LeaksOfTheKeptPart) {
  const Report report = compare_resumed([] {
    Traffic traffic;
    auto* kept = new int(2);
    asm volatile("" : : "r"(kept));  // Or the compiler leaves it out.
    branch(traffic);
    if (traffic.x.load() != 3) {
      delete kept;
    }
  });
  ASSERT_EQ(report.findings.size(), 1u) << text(report);
  EXPECT_EQ(report.findings[0].kind, heddle::FindingKind::kLeak);
}

/// Executions that differ in what they call where, and in the sizes of their blocks.
int go_left(Traffic& traffic, int* plain) {
  const std::string text(40, 'l');
  const int seen = traffic.step(20);
  *plain = 20;
  return seen + text[static_cast<std::size_t>(seen)];
}

int go_right(Traffic& traffic, int* plain) {
  const std::vector<int> numbers(100, 7);
  *plain = 30;
  const int seen = traffic.step(30);
  return seen + numbers[static_cast<std::size_t>(seen)];
}

TEST(Checkpoints, BranchesThatDiffer) {
  const Report report = compare([] {
    Traffic traffic;
    int plain = 0;
    int sum = 0;
    std::thread one([&] {
      traffic.step(1);
      for (int i = 0; i < 2; ++i) {
        sum += traffic.step(2) % 2 == 0 ? go_left(traffic, &plain) : go_right(traffic, &plain);
      }
    });
    const int seen = traffic.step(5);
    traffic.step(6);
    if (seen == 20 && traffic.x.load(std::memory_order_relaxed) == 30) {
      plain = 5;
    } else if (seen == 30) {
      plain = 6;
    }
    one.join();
  });
  EXPECT_GE(report.findings.size(), 1u);
}

TEST(Checkpoints, AtomicsThatLiveAgain) {
  compare_resumed([] {
    Traffic traffic;
    std::thread one([&] {
      traffic.step(1);
      traffic.step(2);
    });
    int sum = 0;
    for (int i = 0; i < 2; ++i) {
      std::atomic<int> brief{10 * i};
      std::thread inner([&] { brief.fetch_add(traffic.step(3)); });
      sum += brief.load();
      inner.join();
      sum += brief.load();
    }
    one.join();
    heddle::observe("sum", sum);
  });
}

// What follows would go wrong if a run began behind the first half and ran the second one only.

TEST(Checkpoints, LibrariesThatKeepState) {
  const Report report = compare([] {
    assert(std::get_new_handler() == nullptr);
    std::set_new_handler([] {});
    Traffic traffic;
    branch(traffic);
    assert(std::get_new_handler() != nullptr);
    std::set_new_handler(nullptr);
  });
  EXPECT_EQ(report.verdict, Verdict::kOk);
}

TEST(Checkpoints, LibrariesThatKeepStateHalfWay) {
  const Report report = compare([] {
    Traffic traffic;
    std::set_new_handler([] {});
    std::thread one([&] {
      traffic.step(1);
      traffic.step(2);
      traffic.step(3);
    });
    traffic.step(4);
    traffic.step(5);
    assert(std::get_new_handler() != nullptr);
    std::set_new_handler(nullptr);
    traffic.step(6);
    traffic.step(7);
    one.join();
  });
  EXPECT_EQ(report.verdict, Verdict::kOk);
}

TEST(Checkpoints, MemoryOfLibc) {
  const Report report = compare([] {
    char* line = nullptr;
    assert(asprintf(&line, "%d", 42) == 2);
    Traffic traffic;
    branch(traffic);
    assert(std::strcmp(line, "42") == 0);
    std::free(line);
  });
  EXPECT_EQ(report.verdict, Verdict::kOk);
}

TEST(Checkpoints, FilesMappingsAndTokens) {
  const Report report = compare([] {
    const int file = open("/dev/null", O_RDWR);
    assert(file >= 0);
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char words[] = "one two";
    assert(std::strcmp(strtok(words, " "), "one") == 0);
    Traffic traffic;
    branch(traffic);
    assert(std::strcmp(strtok(nullptr, " "), "two") == 0);
    assert(munmap(page, 4096) == 0);
    assert(close(file) == 0);
  });
  EXPECT_EQ(report.verdict, Verdict::kOk);
}

int outside_count = 0;

TEST(Checkpoints, GlobalsThatOutsideCodeChanges) {
  outside_count = 0;
  const Report report = compare([] {
    Traffic traffic;
    branch(traffic);
    heddle::outside([] { ++outside_count; });
  });
  EXPECT_EQ(static_cast<std::uint64_t>(outside_count),
            2 * (report.executions + report.blocked + 1));
}

/// This program imports functions that keep state, gmtime among them: without anybody's word for it
/// no state is kept.
TEST(Checkpoints, AreNotTakenWhereLibrariesMayKeepState) {
  const auto body = [] {
    const std::time_t start = 0;
    const std::tm* parts = std::gmtime(&start);
    Traffic traffic;
    branch(traffic);
    const std::time_t later = 1'000'000'000;
    assert(parts->tm_year == 70);
    std::gmtime(&later);
  };
  Options options;
  options.checkpoints.after = 1;
  const Report report = heddle::explore(body, options);
  EXPECT_EQ(report.verdict, Verdict::kOk);
  EXPECT_GT(report.executions, 100u);
  EXPECT_EQ(report.resumed, 0u);
}

TEST(Checkpoints, WhatRunsOutside) {
  int executions = 0;
  const Report report = compare([&] {
    heddle::outside([&] { ++executions; });
    Traffic traffic;
    branch(traffic);
  });
  // Two searches, each of which runs its first execution twice.
  EXPECT_EQ(static_cast<std::uint64_t>(executions), 2 * (report.executions + report.blocked + 1));
}

pthread_mutex_t kept_mutex = PTHREAD_MUTEX_INITIALIZER;
volatile std::atomic<int> stored{0};  // Or clang leaves its stores out.

void* tries_then_locks(void*) {
  if (pthread_mutex_trylock(&kept_mutex) == 0) {
    pthread_mutex_unlock(&kept_mutex);
  }
  pthread_mutex_lock(&kept_mutex);
  return nullptr;
}

void* locks_and_keeps(void*) {
  pthread_mutex_lock(&kept_mutex);
  stored.store(1, std::memory_order_relaxed);
  return nullptr;
}

void* stores(void*) {
  stored.store(1, std::memory_order_relaxed);
  return nullptr;
}

// Found by heddle-random, with seed 81710: the deadlock in which the first thread waits was lost.
TEST(Checkpoints, HoldAThreadThatTheGraphSaysIsBlocked) {
  const Report report = compare([] {
    pthread_t thread;
    for (const auto routine : {&tries_then_locks, &locks_and_keeps, &stores}) {
      pthread_create(&thread, nullptr, routine, nullptr);
      pthread_detach(thread);
    }
  });
  EXPECT_EQ(report.deadlocked, 5u);
}

}  // namespace
