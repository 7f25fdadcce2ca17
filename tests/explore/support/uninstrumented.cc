// SPDX-License-Identifier: Apache-2.0
// Built without -fsanitize=thread.
#include "uninstrumented.h"

#include <sys/syscall.h>

#include <ctime>
#include <thread>

namespace uninstrumented {

heddle::Report explore_quiet_body() {
  return heddle::explore([] {});
}

heddle::Report explore_uninstrumented_thread(const heddle::Options& options) {
  return heddle::explore(
      [] {
        std::atomic<int> x{0};
        std::thread other([&] { x.fetch_add(1); });
        x.fetch_add(1);
        other.join();
      },
      options);
}

std::uint64_t kernel_nanoseconds() {
  timespec now{};
  long result = SYS_clock_gettime;
  asm volatile("syscall" : "+a"(result) : "D"(CLOCK_MONOTONIC), "S"(&now) : "rcx", "r11", "memory");
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::atomic<bool> never_set{false};

void store_unseen(void* to, int value) { *static_cast<volatile int*>(to) = value; }

void spin_for_ever() {
  volatile bool never = false;
  while (!never) {
  }
}

void wait_for_a_whole_round(const std::atomic<int>& rounds) {
  // What this thread wrote before is seen by the other one before the first round counts.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const int before = rounds.load();
  while (rounds.load() - before < 2) {
  }
}

}  // namespace uninstrumented
