// SPDX-License-Identifier: Apache-2.0
// After you: two spouses share one spoon. Whoever has it and sees that the other is hungry hands it
// over, and the other does the same.
//
//   first                        second
//   ----------------------------------------------------
//   has the spoon
//   the other is hungry:
//   after you
//                                has the spoon
//                                the other is hungry:
//                                after you               and so on for ever
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"
#include "primitives/ticket_lock.h"

namespace {

namespace buggy {
void body() {
  std::atomic<int> spoon{0};
  std::atomic<bool> hungry[2] = {true, true};
  auto dine = [&](int self) {
    const int spouse = 1 - self;
    for (bugs::Rounds rounds; rounds.go_on();) {
      if (spoon.load() != self) {
        std::this_thread::yield();
        continue;
      }
      if (hungry[spouse].load()) {
        spoon.store(spouse);
        continue;
      }
      heddle::progress();
      hungry[self].store(false);
      spoon.store(spouse);
      return;
    }
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace buggy

// Fix: be polite once, not for ever.
namespace limited_politeness {
void body() {
  std::atomic<int> spoon{0};
  std::atomic<bool> hungry[2] = {true, true};
  auto dine = [&](int self) {
    const int spouse = 1 - self;
    bool offered = false;
    for (bugs::Rounds rounds; rounds.go_on();) {
      if (spoon.load() != self) {
        std::this_thread::yield();
        continue;
      }
      if (hungry[spouse].load() && !offered) {
        offered = true;
        spoon.store(spouse);
        continue;
      }
      heddle::progress();
      hungry[self].store(false);
      spoon.store(spouse);
      return;
    }
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace limited_politeness

// Fix: one of them has priority and does not yield.
namespace priority {
void body() {
  std::atomic<int> spoon{0};
  std::atomic<bool> hungry[2] = {true, true};
  auto dine = [&](int self) {
    const int spouse = 1 - self;
    for (bugs::Rounds rounds; rounds.go_on();) {
      if (spoon.load() != self) {
        std::this_thread::yield();
        continue;
      }
      if (hungry[spouse].load() && spouse < self) {
        spoon.store(spouse);
        continue;
      }
      heddle::progress();
      hungry[self].store(false);
      spoon.store(spouse);
      return;
    }
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace priority

// Fix: draw a number. Whose turn it is does not depend on anybody's manners.
namespace ticket {
void body() {
  primitives::BasicTicketLock<2> spoon;
  auto dine = [&](int /*self*/) {
    std::lock_guard held(spoon);
    heddle::progress();
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace ticket

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "after_you",
    .title = "Two spouses hand the only spoon to each other",
    .story = "Two hungry spouses share one spoon. Each is too polite to eat while the other one is "
             "hungry and hands the spoon over. It changes hands for ever and nobody eats.",
    .kind = "livelock, mutual yielding",
    .cwe = "835",
    .threads = 2,
    .tsan_reason = "All accesses are atomic and nothing blocks: there is nothing it looks for.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "limited_politeness",
             .body = limited_politeness::body,
             .adds = "an end: the spoon is offered at most once by each",
             .primitive = "a flag"},
            {.name = "priority",
             .body = priority::body,
             .adds = "asymmetry: of two who would yield only one does",
             .primitive = "an order of the threads"},
            {.name = "ticket",
             .body = ticket::body,
             .adds = "order of arrival: who draws the first number eats first",
             .primitive = "primitives::TicketLock"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
