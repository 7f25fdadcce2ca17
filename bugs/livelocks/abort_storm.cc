// SPDX-License-Identifier: Apache-2.0
// Abort storm: two transactions on the same object. Before a transaction commits it aborts the
// rival that it finds active; a transaction that was aborted begins again.
//
//   first                       second
//   ------------------------------------------------
//   active
//                               active
//   rival is active: aborts it
//                               rival is active: aborts it
//   was aborted: again
//                               was aborted: again      and so on for ever
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

enum Status { kIdle, kActive, kAborted, kCommitted, kIrrevocable };
using Statuses = std::atomic<Status>[2];

/// From active to `next`; false if it is not active (any more).
bool leave_active(std::atomic<Status>& status, Status next) {
  Status active = kActive;
  return status.compare_exchange_strong(active, next);
}

namespace buggy {
void body() {
  Statuses status = {kIdle, kIdle};
  auto transact = [&](int self) {
    std::atomic<Status>& own = status[self];
    std::atomic<Status>& rival = status[1 - self];
    for (bugs::Rounds tries; tries.go_on();) {
      own.store(kActive);
      leave_active(rival, kAborted);
      if (leave_active(own, kCommitted)) {
        heddle::progress();
        return;
      }
    }
  };
  std::thread other([&] { transact(1); });
  transact(0);
  other.join();
}
}  // namespace buggy

// Fix: the oldest wins. A transaction keeps the time of its first try; the younger one gives way.
namespace oldest_wins {
void body() {
  Statuses status = {kIdle, kIdle};
  std::atomic<int> clock{0};
  std::atomic<int> stamp[2] = {2, 2};
  auto transact = [&](int self) {
    std::atomic<Status>& own = status[self];
    std::atomic<Status>& rival = status[1 - self];
    const int age = clock.fetch_add(1);
    stamp[self].store(age);
    for (bugs::Rounds tries; tries.go_on();) {
      own.store(kActive);
      if (stamp[1 - self].load() > age) {
        leave_active(rival, kAborted);
      } else if (rival.load() == kActive) {
        own.store(kAborted);
        continue;
      }
      if (leave_active(own, kCommitted)) {
        heddle::progress();
        return;
      }
    }
  };
  std::thread other([&] { transact(1); });
  transact(0);
  other.join();
}
}  // namespace oldest_wins

// Fix: back off at random. Who tosses heads aborts itself and stays away while the rival is active.
namespace random_back_off {
void body() {
  Statuses status = {kIdle, kIdle};
  auto transact = [&](int self) {
    std::atomic<Status>& own = status[self];
    std::atomic<Status>& rival = status[1 - self];
    for (bugs::Rounds tries; tries.go_on();) {
      own.store(kActive);
      if (rival.load() == kActive) {
        if (heddle::choose(2) == 0) {
          own.store(kAborted);
          while (rival.load() == kActive) {
            std::this_thread::yield();
          }
          continue;
        }
        leave_active(rival, kAborted);
      }
      if (leave_active(own, kCommitted)) {
        heddle::progress();
        return;
      }
    }
  };
  std::thread other([&] { transact(1); });
  transact(0);
  other.join();
}
}  // namespace random_back_off

// Fix: pessimistic after the first abort. Under a lock of last resort a transaction is irrevocable:
// nobody can abort it.
namespace pessimistic_fallback {
void body() {
  Statuses status = {kIdle, kIdle};
  std::mutex last_resort;
  auto transact = [&](int self) {
    std::atomic<Status>& own = status[self];
    std::atomic<Status>& rival = status[1 - self];
    own.store(kActive);
    if (rival.load() != kIrrevocable) {
      leave_active(rival, kAborted);
      if (leave_active(own, kCommitted)) {
        heddle::progress();
        return;
      }
    }
    std::lock_guard alone(last_resort);
    own.store(kIrrevocable);
    leave_active(rival, kAborted);
    own.store(kCommitted);
    heddle::progress();
  };
  std::thread other([&] { transact(1); });
  transact(0);
  other.join();
}
}  // namespace pessimistic_fallback

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "abort_storm",
    .title = "Optimistic transactions abort each other for ever",
    .story =
        "Two optimistic transactions want the same object. Each aborts the rival that it finds "
        "active before it commits, and begins again when it was aborted itself. Each aborts "
        "the other in time, again and again, and neither commits.",
    .kind = "livelock, validate and abort cycle",
    .cwe = "835,834",
    .origin = "contention managers of software transactional memory",
    .threads = 2,
    .tsan_reason = "All accesses are atomic, and it does not know what a transaction is.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "oldest_wins",
             .body = oldest_wins::body,
             .adds = "order of age: nobody aborts the oldest, so it commits",
             .primitive = "timestamps"},
            {.name = "random_back_off",
             .body = random_back_off::body,
             .adds = "chance: with probability one only one of two rivals stays away at some time, "
                     "and the other one commits",
             .primitive = "a coin"},
            {.name = "pessimistic_fallback",
             .body = pessimistic_fallback::body,
             .adds = "exclusion: a transaction that was aborted once cannot be aborted again",
             .primitive = "std::mutex"},
        },
    .options = {.search = heddle::SearchKind::kCycles,
                .cycles = {.choices = heddle::Choices::kRandom}},
}};

}  // namespace
