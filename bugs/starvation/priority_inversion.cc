// SPDX-License-Identifier: Apache-2.0
// Priority inversion: the most urgent thread waits for a mutex of the least urgent one, and a
// thread in between, which has nothing to do with either, keeps that one from running.
//
//   low                   medium                 high
//   ----------------------------------------------------------
//   takes the bus
//                                                wakes up
//                                                waits for the bus
//                         wakes up, transmits
//                         transmits                                and so on for ever
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

constexpr int kLow = 0;
constexpr int kMedium = 1;
constexpr int kHigh = 2;

/// Pictures for earth, of which there are always more.
void transmit(std::atomic<bool>& antenna) {
  heddle::set_priority(kMedium);
  for (bugs::Rounds rounds; rounds.go_on();) {
    antenna.store(true);
    heddle::progress();
  }
}

namespace buggy {
void body() {
  std::atomic<bool> antenna{false};
  std::mutex bus;
  int pressure = 0;
  auto distribute = [&] {
    heddle::set_priority(kHigh);
    std::lock_guard held(bus);
    ++pressure;
    heddle::progress();
  };
  heddle::set_priority(kLow);
  bus.lock();
  std::thread high(distribute);
  std::thread medium([&] { transmit(antenna); });
  ++pressure;
  bus.unlock();
  high.join();
  medium.join();
}
}  // namespace buggy

// Fix: priority ceiling. Whoever has the bus is as urgent as the most urgent thread that wants it.
namespace ceiling {
void body() {
  std::atomic<bool> antenna{false};
  std::mutex bus;
  int pressure = 0;
  auto distribute = [&] {
    heddle::set_priority(kHigh);
    std::lock_guard held(bus);
    ++pressure;
    heddle::progress();
  };
  heddle::set_priority(kHigh);
  bus.lock();
  std::thread high(distribute);
  std::thread medium([&] { transmit(antenna); });
  ++pressure;
  bus.unlock();
  heddle::set_priority(kLow);
  high.join();
  medium.join();
}
}  // namespace ceiling

// Fix: the waiter does the work it waits for, at its own priority. (Priority inheritance lends the
// holder the waiter's priority instead; to the same effect.)
namespace helping {
void body() {
  std::atomic<bool> antenna{false};
  std::atomic<int> pressure{0};
  auto measure = [&] {
    int not_yet = 0;
    pressure.compare_exchange_strong(not_yet, 1);
  };
  auto distribute = [&] {
    heddle::set_priority(kHigh);
    measure();
    pressure.fetch_add(1);
    heddle::progress();
  };
  heddle::set_priority(kLow);
  std::thread high(distribute);
  std::thread medium([&] { transmit(antenna); });
  measure();
  high.join();
  medium.join();
}
}  // namespace helping

// Fix: a section so short that nobody can be kept from leaving it: one instruction.
namespace one_instruction {
void body() {
  std::atomic<bool> antenna{false};
  std::atomic<int> pressure{0};
  auto distribute = [&] {
    heddle::set_priority(kHigh);
    pressure.fetch_add(1);
    heddle::progress();
  };
  heddle::set_priority(kLow);
  std::thread high(distribute);
  std::thread medium([&] { transmit(antenna); });
  pressure.fetch_add(1);
  high.join();
  medium.join();
}
}  // namespace one_instruction

using enum heddle::FindingKind;
using enum heddle::Verdict;

heddle::Options by_priority() {
  heddle::Options options;
  options.search = heddle::SearchKind::kCycles;
  options.cycles.priorities = true;
  return options;
}

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "priority_inversion",
    .title =
        "The urgent thread waits for a mutex, and an idle talker keeps its holder from running",
    .story = "The least urgent of three threads holds the bus when the most urgent one wants it. A "
             "third one, in between, does not want the bus at all, but it is more urgent than the "
             "holder, and runs as long as it likes. The most urgent thread waits for the least "
             "urgent one, which never runs.",
    .kind = "priority inversion",
    .cwe = "821",
    .origin = "Mars Pathfinder, 1997",
    .threads = 3,
    .tsan_reason = "Real threads of one priority do not show it, and it does not look for it.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kStarvation},
             .deadline = 20,
             .late = true},
            {.name = "ceiling",
             .body = ceiling::body,
             .adds = "a bound: nobody less urgent runs while the bus is held",
             .primitive = "priority ceiling",
             .waits = bugs::Waits::kBounded,
             .deadline = 20},
            {.name = "helping",
             .body = helping::body,
             .adds = "no waiting: the urgent thread does itself what it would have to wait for",
             .primitive = "std::atomic",
             .deadline = 20},
            {.name = "one_instruction",
             .body = one_instruction::body,
             .adds = "no waiting: there is no section that a thread can be stopped in",
             .primitive = "std::atomic",
             .deadline = 20},
        },
    .options = by_priority(),
}};

}  // namespace
