// SPDX-License-Identifier: Apache-2.0
// Polite diners: two of them, two forks. Each takes the fork at the left and only tries the other
// one; who cannot have it puts the first one back and begins again. Nobody waits while holding, so
// there is no deadlock.
//
//   first               second
//   --------------------------------
//   takes fork 0
//                       takes fork 1
//   fork 1 is taken
//                       fork 0 is taken
//   puts fork 0 back
//                       puts fork 1 back       and so on, in step, for ever
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::mutex forks[2];
  auto dine = [&](int seat) {
    for (bugs::Rounds tries; tries.go_on();) {
      std::mutex& first = forks[seat];
      std::mutex& second = forks[1 - seat];
      std::lock_guard held(first);
      if (second.try_lock()) {
        heddle::progress();
        second.unlock();
        return;
      }
    }
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace buggy

// Fix: the fork with the lower number first, and then wait for the other one. Whoever has the first
// fork gets the second.
namespace lower_first {
void body() {
  std::mutex forks[2];
  auto dine = [&](int /*seat*/) {
    std::lock_guard held(forks[0]);
    std::lock_guard too(forks[1]);
    heddle::progress();
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace lower_first

// Fix: toss a coin for the fork to begin with (Lehmann and Rabin, POPL 1981). Whenever both begin
// with the same one, somebody eats. To wait for a random time instead would not do: a scheduler
// that owes nobody any speed may wait for both, and let them go on in step.
namespace random_first {
void body() {
  std::mutex forks[2];
  auto dine = [&](int /*seat*/) {
    for (bugs::Rounds tries; tries.go_on();) {
      const std::uint64_t coin = heddle::choose(2);
      std::mutex& first = forks[coin];
      std::mutex& second = forks[1 - coin];
      std::lock_guard held(first);
      if (second.try_lock()) {
        heddle::progress();
        second.unlock();
        return;
      }
    }
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace random_first

// Fix: an arbitrator, who lets one diner at a time reach for forks.
namespace arbitrator {
void body() {
  std::mutex forks[2];
  std::mutex arbitrator;
  auto dine = [&](int seat) {
    std::lock_guard asked(arbitrator);
    std::mutex& first = forks[seat];
    std::mutex& second = forks[1 - seat];
    std::lock_guard held(first);
    std::lock_guard too(second);
    heddle::progress();
  };
  std::thread other([&] { dine(1); });
  dine(0);
  other.join();
}
}  // namespace arbitrator

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "polite_dining",
    .title = "Diners put the first fork back when the second is taken",
    .story =
        "Two diners share two forks. To be safe from deadlock each only tries the second fork, "
        "and puts the first one back if it cannot have it. If they move in step, both take, "
        "both fail, both put back, and nobody ever eats, though nobody is blocked.",
    .kind = "livelock",
    .cwe = "835",
    .origin = "textbook",
    .threads = 2,
    .tsan_reason =
        "Nothing races and no lock is waited for while one is held; that threads only "
        "go round is not its subject. The arbitrator it accuses, because it does not see "
        "that only one diner at a time reaches for forks.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "lower_first",
             .body = lower_first::body,
             .adds = "order: whoever has the first fork waits for the second and gets it",
             .primitive = "std::mutex"},
            {.name = "random_first",
             .body = random_first::body,
             .adds = "chance: with probability one both begin with the same fork at some time, and "
                     "then one of them eats",
             .primitive = "a coin"},
            {.name = "arbitrator",
             .body = arbitrator::body,
             .adds = "exclusion: only one diner at a time reaches for forks",
             .primitive = "std::mutex",
             .tsan = {"lock_order"}},
        },
    .options = {.search = heddle::SearchKind::kCycles,
                .cycles = {.choices = heddle::Choices::kRandom}},
}};

}  // namespace
