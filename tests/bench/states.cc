// SPDX-License-Identifier: Apache-2.0
// States a second and bytes a state: philosophers who put their fork down again when they cannot
// have the other, philosophers who take forks in order, and a ticket lock whose counters wrap.
#include "states.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "heddle/heddle.h"

namespace bench {
namespace {

constexpr int kPhilosophers = 3;

template <class Dine>
void dinner(Dine dine) {
  static std::array<std::mutex, kPhilosophers> forks;
  std::array<std::thread, kPhilosophers> guests;
  for (int i = 0; i < kPhilosophers; ++i) {
    guests[i] = std::thread([=] { dine(forks[i], forks[(i + 1) % kPhilosophers], i); });
  }
  for (std::thread& guest : guests) {
    guest.join();
  }
}

void polite_philosophers() {
  dinner([](std::mutex& left, std::mutex& right, int) {
    for (;;) {
      left.lock();
      if (right.try_lock()) {
        break;
      }
      left.unlock();
    }
    right.unlock();
    left.unlock();
  });
}

void philosophers_in_order() {
  dinner([](std::mutex& left, std::mutex& right, int seat) {
    std::mutex& first = seat == kPhilosophers - 1 ? right : left;
    std::mutex& second = seat == kPhilosophers - 1 ? left : right;
    for (;;) {
      const std::scoped_lock one(first);
      const std::scoped_lock other(second);
      heddle::progress();
    }
  });
}

void a_ticket_lock() {
  static std::atomic<unsigned char> next{0};
  static std::atomic<unsigned char> now{0};
  const auto work = [] {
    for (;;) {
      const unsigned char ticket = next.fetch_add(1);
      while (now.load() != ticket) {
      }
      heddle::progress();
      now.fetch_add(1);
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
}

bool measure(const char* name, void (*body)(), heddle::Verdict expected) {
  heddle::Options options;
  options.search = heddle::SearchKind::kCycles;
  const heddle::Report report = heddle::explore(body, options);
  const auto states = static_cast<double>(report.states);
  std::printf("%-22s %-10s %9.0f states, %7.0f a second, %4.0f bytes each, %.2f s\n", name,
              std::string(to_string(report.verdict)).c_str(), states, states / report.seconds,
              static_cast<double>(report.state_bytes) / states, report.seconds);
  return report.verdict == expected;
}

}  // namespace

bool measure_states() {
  const bool polite = measure("polite philosophers", polite_philosophers, heddle::Verdict::kBug);
  const bool ordered =
      measure("philosophers in order", philosophers_in_order, heddle::Verdict::kOk);
  const bool ticket = measure("ticket lock, 8 bits", a_ticket_lock, heddle::Verdict::kOk);
  return polite && ordered && ticket;
}

}  // namespace bench
