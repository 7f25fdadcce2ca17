// SPDX-License-Identifier: Apache-2.0
// The price of an event, in fiber switches: the Fibonacci program of checker/README.md, 525,630
// executions, against a bare switch, both measured in this run; and whether memory grows with the
// number of executions. Milestone: at most 6 switches an event. Then two jobs beside one (jobs.cc),
// and the search of cycles (states.cc).
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "checker/runtime/fiber.h"
#include "heddle/heddle.h"
#include "jobs.h"
#include "states.h"

namespace {

using Clock = std::chrono::steady_clock;

void fibonacci() {
  std::atomic<int> x{1};
  std::atomic<int> y{1};
  std::thread one([&] {
    for (int i = 0; i < 5; ++i) {
      x.store(x.load(std::memory_order_acquire) + y.load(std::memory_order_acquire),
              std::memory_order_release);
    }
  });
  std::thread two([&] {
    for (int i = 0; i < 5; ++i) {
      y.store(x.load(std::memory_order_acquire) + y.load(std::memory_order_acquire),
              std::memory_order_release);
    }
  });
  std::thread three([&] {
    if (x.load(std::memory_order_acquire) <= 144) {
      y.load(std::memory_order_acquire);
    }
  });
  one.join();
  two.join();
  three.join();
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

heddle::runtime::Fiber explorer;
heddle::runtime::Fiber partner;

void bounce(void*) {
  while (true) {
    heddle::runtime::switch_fiber(partner, explorer);
  }
}

/// Nanoseconds of one switch, the least of several rounds.
double switch_nanoseconds() {
  constexpr std::size_t kStack = 64 * 1024;
  constexpr int kSwitches = 2'000'000;
  partner.stack_low = std::aligned_alloc(4096, kStack);
  partner.stack_size = kStack;
  heddle::runtime::reset_fiber(partner, &bounce, nullptr);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < kSwitches / 2; ++i) {
      heddle::runtime::switch_fiber(explorer, partner);
    }
    best = std::min(best, seconds_since(start) / kSwitches * 1e9);
  }
  return best;
}

heddle::Report explore(std::uint64_t executions) {
  heddle::Options options;
  options.limits.executions = executions;
  return heddle::explore(fibonacci, options);
}

}  // namespace

int main() {
  const double switch_cost = switch_nanoseconds();
  explore(10'000);
  const long at_10_000 = peak_kilobytes();
  explore(500'000);
  const long at_500_000 = peak_kilobytes();
  // The least of a few, like the switch: what disturbs the machine disturbs both alike.
  heddle::Report report = explore(0);
  for (int round = 1; round < 3; ++round) {
    report.seconds = std::min(report.seconds, explore(0).seconds);
  }
  const double event_cost = report.seconds / static_cast<double>(report.events) * 1e9;
  const double switch_again = switch_nanoseconds();
  const double bare = std::min(switch_cost, switch_again);
  std::printf("executions            %llu (%.0f a second)\n",
              static_cast<unsigned long long>(report.executions),
              static_cast<double>(report.executions) / report.seconds);
  std::printf("events                %llu (%.1f ns each)\n",
              static_cast<unsigned long long>(report.events), event_cost);
  std::printf("runs resumed          %.0f %% (began at a kept state)\n",
              100 * static_cast<double>(report.resumed) / static_cast<double>(report.executions));
  std::printf("bare fiber switch     %.1f ns\n", bare);
  std::printf("switches an event     %.1f (milestone: at most 6)\n", event_cost / bare);
  std::printf("peak memory           %ld KiB after 10,000 executions, %ld KiB after 500,000\n",
              at_10_000, at_500_000);
  const bool same = bench::measure_jobs(&fibonacci);
  const bool judged = bench::measure_states();
  return report.executions == 525'630 && same && judged ? 0 : 1;
}
