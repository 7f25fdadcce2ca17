// SPDX-License-Identifier: Apache-2.0
// Loops whose rounds end as they began, but for one effect. Such a round is not pure: what a later
// one does depends on it. Optimised code keeps what a round has read in registers that a call may
// change, so that there nothing else tells the rounds apart.
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <set>
#include <string>
#include <thread>

#include "heddle/heddle.h"

namespace {

using heddle::Options;
using heddle::Report;
using heddle::Verdict;

using Names = std::set<std::string>;

Names kinds(const Report& report) {
  Names names;
  for (const heddle::Finding& finding : report.findings) {
    names.emplace(to_string(finding.kind));
  }
  return names;
}

/// Rounds enough for the loops here.
Options patient() {
  Options options;
  options.stop_at_first_bug = false;
  options.bounds.failed_rounds = 8;
  options.detect_leaks = false;
  return options;
}

void expect_ok(void (*body)()) {
  const Report report = heddle::explore(body, patient());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.executions, 1u);
}

/// Put back for each execution.
std::atomic<int> x{0};

void counts_by_stores() {
  while (x.load() < 3) {
    x.store(x.load() + 1);
  }
}

TEST(Effects, AnAtomicWriteIsOne) { expect_ok(counts_by_stores); }

void counts_by_rmws() {
  while (x.load() < 3) {
    x.fetch_add(1);
  }
}

TEST(Effects, AnRmwThatChangesTheValueIsOne) { expect_ok(counts_by_rmws); }

volatile int in_a_global;

/// A function of its own, so that no register keeps the value for its caller.
template <class Count>
[[gnu::noinline]] void increment(Count& count) {
  count = count + 1;
}

void counts_in_a_global() {
  while (x.load() == 0 && in_a_global < 3) {
    increment(in_a_global);
  }
}

TEST(Effects, APlainWriteOutsideTheStackIsOne) { expect_ok(counts_in_a_global); }

TEST(Effects, ARoundThatChangesMemoryIsNoFailedOne) {
  const Report report = heddle::explore(counts_in_a_global, {});
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

void counts_in_the_heap() {
  int* volatile count = new int(0);
  while (x.load() == 0 && *count < 3) {
    increment(*count);
  }
}

TEST(Effects, APlainWriteToTheHeapIsOne) { expect_ok(counts_in_the_heap); }

void takes_blocks_up_to_an_address() {
  while ((reinterpret_cast<std::uintptr_t>(std::malloc(16)) >> 5 & 7) != 7) {
    x.load();
  }
}

TEST(Effects, AnAllocationIsOne) { expect_ok(takes_blocks_up_to_an_address); }

void releases_in_a_loop() {
  void* volatile block = std::malloc(8);
  for (;;) {
    x.load();
    std::free(block);
  }
}

TEST(Effects, AReleaseIsOne) {
  const Report report = heddle::explore(releases_in_a_loop, patient());
  EXPECT_TRUE(kinds(report).contains("double_free")) << to_text(report);
}

void goes_on_by_choice() {
  do {
    x.load();
  } while (heddle::choose(2) == 1);
}

TEST(Effects, AChoiceOtherThanTheDefaultIsOne) {
  const Report report = heddle::explore(goes_on_by_choice, patient());
  EXPECT_EQ(report.verdict, Verdict::kBounded) << to_text(report);
}

void waits_in_a_loop() {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  const timespec past{1, 0};
  while (x.load() == 0) {
    sem_timedwait(&semaphore, &past);
  }
}

TEST(Effects, AnExpiredWaitIsOne) {
  const Report report = heddle::explore(waits_in_a_loop, patient());
  EXPECT_EQ(kinds(report), Names{}) << to_text(report);
  EXPECT_FALSE(report.bounds.empty());
}

void takes_all_memory() {
  void* volatile block = nullptr;
  do {
    block = std::malloc(1 << 20);
  } while (block != nullptr);
}

TEST(Heap, ThatIsUsedUpEndsTheExecution) {
  const Report report = heddle::explore(takes_all_memory, patient());
  EXPECT_EQ(kinds(report), Names{"unsupported"}) << to_text(report);
  EXPECT_FALSE(report.complete);
}

// What memory holds.

void stores_in_both_orders() {
  std::thread one([] { x.store(1, std::memory_order_relaxed); });
  std::thread two([] { x.store(2, std::memory_order_relaxed); });
  one.join();
  two.join();
  int plain = 0;
  std::memcpy(&plain, &x, sizeof plain);
  heddle::observe("plain", plain);
}

TEST(Memory, HoldsTheNewestWriteOfModificationOrder) {
  const Report report = heddle::explore(stores_in_both_orders, patient());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_EQ(report.outcomes.size(), 2u) << to_text(report);
}

void makes_a_lock_anew() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  volatile std::size_t size = sizeof mutex;  // Or g++ writes it in line and unannounced.
  std::memset(&mutex, 0, size);
  pthread_mutex_lock(&mutex);
}

TEST(Memory, WrittenPlainlyBeginsANewLifeOfALock) {
  const Report report = heddle::explore(makes_a_lock_anew, patient());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

void hands_over() {
  std::atomic<int> ready{0};
  std::atomic<int> z{0};
  std::thread other([&] {
    if (ready.load(std::memory_order_acquire) == 1) {
      x.store(2, std::memory_order_relaxed);
    }
    z.load();
  });
  x.store(1, std::memory_order_relaxed);
  int plain = 0;
  std::memcpy(&plain, &x, sizeof plain);
  ready.store(1, std::memory_order_release);
  z.store(plain);
  other.join();
}

TEST(Memory, ReadBeforeAStoreThatIsOnlyRepeatedLaterIsNoRace) {
  const Report report = heddle::explore(hands_over, patient());
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

}  // namespace
