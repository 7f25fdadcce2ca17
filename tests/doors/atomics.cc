// SPDX-License-Identifier: Apache-2.0
// std::atomic in all widths, fences, atomic_flag, atomic_ref, wait and notify.
#include <atomic>
#include <cstdint>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

std::atomic<bool> never_set{false};  // Visible to other files, for all that the compiler knows.

namespace {

template <class Integer>
void count_in_two_threads() {
  std::atomic<Integer> counter{0};
  auto add = [&] { counter.fetch_add(1, std::memory_order_relaxed); };
  std::thread one(add), other(add);
  one.join();
  other.join();
  if (counter.load() != 2) {
    __builtin_trap();
  }
}

struct alignas(16) Pair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  bool operator==(const Pair&) const = default;
};

struct Triple {
  std::uint64_t values[3] = {};
};

}  // namespace

HEDDLE_DOOR_TEST(fetch_add_of_1_byte, ok(2)) { count_in_two_threads<std::uint8_t>(); }
HEDDLE_DOOR_TEST(fetch_add_of_2_bytes, ok(2)) { count_in_two_threads<std::uint16_t>(); }
HEDDLE_DOOR_TEST(fetch_add_of_4_bytes, ok(2)) { count_in_two_threads<std::uint32_t>(); }
HEDDLE_DOOR_TEST(fetch_add_of_8_bytes, ok(2)) { count_in_two_threads<std::uint64_t>(); }

HEDDLE_DOOR_TEST(every_read_modify_write, ok(1)) {
  std::atomic<unsigned> value{0b1100};
  value.fetch_and(0b0110);
  value.fetch_or(0b0001);
  value.fetch_xor(0b1111);
  value.fetch_sub(2);
  if (value.exchange(5) != 0b1000) {
    __builtin_trap();
  }
  unsigned expected = 4;
  if (value.compare_exchange_strong(expected, 6) || expected != 5) {
    __builtin_trap();
  }
  if (!value.compare_exchange_strong(expected, 6) || value.load() != 6) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(release_and_acquire_order, ok(2)) {
  std::atomic<int> flag{0};
  int data = 0;
  std::thread writer([&] {
    data = 1;
    flag.store(1, std::memory_order_release);
  });
  if (flag.load(std::memory_order_acquire) == 1 && data != 1) {
    __builtin_trap();
  }
  writer.join();
}

HEDDLE_DOOR_TEST(relaxed_orders_nothing, shows(kDataRace)) {
  std::atomic<int> flag{0};
  int data = 0;
  std::thread writer([&] {
    data = 1;
    flag.store(1, std::memory_order_relaxed);
  });
  if (flag.load(std::memory_order_relaxed) == 1) {
    heddle::observe("data", data);
  }
  writer.join();
}

HEDDLE_DOOR_TEST(fences_order, ok(2)) {
  std::atomic<int> flag{0};
  int data = 0;
  std::thread writer([&] {
    data = 1;
    std::atomic_thread_fence(std::memory_order_release);
    flag.store(1, std::memory_order_relaxed);
  });
  if (flag.load(std::memory_order_relaxed) == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);
    heddle::observe("data", data);
  }
  writer.join();
}

HEDDLE_DOOR_TEST(signal_fence_orders_nothing, shows(kDataRace)) {
  std::atomic<int> flag{0};
  int data = 0;
  std::thread writer([&] {
    data = 1;
    std::atomic_signal_fence(std::memory_order_release);
    flag.store(1, std::memory_order_relaxed);
  });
  if (flag.load(std::memory_order_relaxed) == 1) {
    std::atomic_signal_fence(std::memory_order_acquire);
    heddle::observe("data", data);
  }
  writer.join();
}

HEDDLE_DOOR_TEST(atomic_flag_as_a_spin_lock, ok_or_bounded()) {
  std::atomic_flag lock;
  int value = 0;
  auto add = [&] {
    while (lock.test_and_set(std::memory_order_acquire)) {
    }
    ++value;
    lock.clear(std::memory_order_release);
  };
  std::thread one(add), other(add);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(spin_for_ever, shows(heddle::FindingKind::kSpin)) {
  while (!never_set.load(std::memory_order_acquire)) {
  }
}

HEDDLE_DOOR_TEST(atomic_ref_counts, ok(2)) {
  int counter = 0;
  auto add = [&] { std::atomic_ref<int>(counter).fetch_add(1); };
  std::thread one(add), other(add);
  one.join();
  other.join();
  if (counter != 2) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(atomic_ref_beside_plain_access_races, shows(kDataRace)) {
  int counter = 0;
  std::thread thread([&] { std::atomic_ref<int>(counter).fetch_add(1); });
  ++counter;
  thread.join();
}

HEDDLE_DOOR_TEST(sixteen_bytes_are_one_atomic, ok()) {
  std::atomic<Pair> pair{Pair{}};
  std::thread writer([&] { pair.store({1, 1}, std::memory_order_release); });
  const Pair seen = pair.load(std::memory_order_acquire);
  if (seen.first != seen.second) {
    __builtin_trap();
  }
  writer.join();
  Pair expected{1, 1};
  if (!pair.compare_exchange_strong(expected, {2, 3}) || pair.load() != Pair{2, 3}) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(other_sizes_are_unsupported, shows(heddle::FindingKind::kUnsupported)) {
  std::atomic<Triple> triple{Triple{}};
  triple.store({}, std::memory_order_relaxed);
}

HEDDLE_DOOR_TEST(atomic_wait_is_woken, ok_or_bounded()) {
  std::atomic<int> flag{0};
  int data = 0;
  std::thread writer([&] {
    data = 1;
    flag.store(1, std::memory_order_release);
    flag.notify_one();
  });
  flag.wait(0, std::memory_order_acquire);
  data = 2;
  writer.join();
}

HEDDLE_DOOR_TEST(atomic_wait_without_notify, deadlocks()) {
  std::atomic<int> flag{0};
  std::thread writer([&] { flag.store(1); });
  flag.wait(0);
  writer.join();
}

HEDDLE_DOOR_TEST(atomic_wait_through_the_pool_is_woken, ok_or_bounded()) {
  std::atomic<std::uint64_t> flag{0};
  std::thread writer([&] {
    flag.store(1, std::memory_order_release);
    flag.notify_all();
  });
  flag.wait(0, std::memory_order_acquire);
  writer.join();
}
