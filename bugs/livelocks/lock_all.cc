// SPDX-License-Identifier: Apache-2.0
// Lock all. A function that locks any number of mutexes in any order: it waits for the first one,
// only tries the others, and gives everything back if one is taken. Two callers that name the
// mutexes in opposite orders can do so for ever, in step.
//
//   lock_all(a, b)              lock_all(b, a)
//   ------------------------------------------
//   locks a
//                               locks b
//   b is taken
//                               a is taken
//   unlocks a
//                               unlocks b          and so on for ever
#include <mutex>
#include <thread>
#include <utility>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

// Two threads lock the same two mutexes in opposite orders, once each.
template <class LockAll>
void play(LockAll lock_all) {
  std::mutex a;
  std::mutex b;
  auto use = [&](std::mutex& one, std::mutex& other) {
    if (lock_all(one, other)) {
      heddle::progress();
      one.unlock();
      other.unlock();
    }
  };
  std::thread backwards([&] { use(b, a); });
  use(a, b);
  backwards.join();
}

namespace buggy {
bool lock_all(std::mutex& first, std::mutex& second) {
  for (bugs::Rounds rounds; rounds.go_on();) {
    first.lock();
    if (second.try_lock()) {
      return true;
    }
    first.unlock();
  }
  return false;
}

void body() { play(lock_all); }
}  // namespace buggy

// Also buggy, if only just: begin the next round with the lock that was taken, and wait for it.
// std::lock does so. It saves useless rounds, but in exact lockstep each takes the other's again.
namespace failed_one_first {
bool lock_all(std::mutex& one, std::mutex& other) {
  std::mutex* first = &one;
  std::mutex* second = &other;
  for (bugs::Rounds rounds; rounds.go_on();) {
    first->lock();
    if (second->try_lock()) {
      return true;
    }
    first->unlock();
    std::swap(first, second);
  }
  return false;
}

void body() { play(lock_all); }
}  // namespace failed_one_first

// Fix: mutexes have addresses, and the lower one is locked first, whatever the caller's order.
namespace by_address {
bool lock_all(std::mutex& one, std::mutex& other) {
  std::mutex& lower = &one < &other ? one : other;
  std::mutex& higher = &one < &other ? other : one;
  lower.lock();
  higher.lock();
  return true;
}

void body() { play(lock_all); }
}  // namespace by_address

// Fix: toss a coin for the lock to begin with. Whenever both begin with the same one, somebody gets
// both.
namespace random_first {
bool lock_all(std::mutex& one, std::mutex& other) {
  for (bugs::Rounds rounds; rounds.go_on();) {
    const bool swapped = heddle::choose(2) == 1;
    std::mutex& first = swapped ? other : one;
    std::mutex& second = swapped ? one : other;
    first.lock();
    if (second.try_lock()) {
      return true;
    }
    first.unlock();
  }
  return false;
}

void body() { play(lock_all); }
}  // namespace random_first

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "lock_all",
    .title = "Locking several mutexes at once by trying, in step with somebody else",
    .story = "To lock several mutexes without a deadlock a function waits for one, tries the "
             "others, and gives back all of them if one is taken. Two callers with opposite orders "
             "can fail in step for ever. The second variant begins again with the lock that was "
             "taken, as std::lock of libstdc++ does: it needs an exact lockstep to go wrong.",
    .kind = "livelock",
    .cwe = "835",
    .origin = "the design of std::lock",
    .threads = 2,
    .tsan_reason = "Nothing races, and no lock is waited for while one is held; that threads only "
                   "go round is not its subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "failed_one_first",
             .body = failed_one_first::body,
             .verdict = kBug,
             .kinds = {kLivelock}},
            {.name = "by_address",
             .body = by_address::body,
             .adds = "order: whoever has the lower one waits for the higher one and gets it",
             .primitive = "std::mutex"},
            {.name = "random_first",
             .body = random_first::body,
             .adds = "chance: with probability one both begin with the same lock at some time",
             .primitive = "a coin"},
        },
    .options = {.search = heddle::SearchKind::kCycles,
                .cycles = {.choices = heddle::Choices::kRandom}},
}};

}  // namespace
