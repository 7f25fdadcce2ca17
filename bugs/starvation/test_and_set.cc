// SPDX-License-Identifier: Apache-2.0
// The unfair lock: who releases a test-and-set lock may take it again at once, before a waiting
// thread has looked.
//
//   busy                 patient
//   ------------------------------------
//   takes the lock
//                        finds it taken
//   releases it
//   takes the lock
//                        finds it taken       and so on for ever
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"
#include "primitives/mcs_lock.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"

namespace {

namespace buggy {
void body() {
  primitives::TestAndSetLock lock;
  auto work = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::lock_guard held(lock);
      heddle::progress();
    }
  };
  std::thread patient(work);
  work();
  patient.join();
}
}  // namespace buggy

// Also buggy: who finds it taken sleeps until it is free. That saves the looking; but who is woken
// still has to come in time, and the other one may have taken the lock again.
namespace atomic_wait {
struct SleepingLock {
  std::atomic<int> taken{0};

  void lock() {
    while (taken.exchange(1) == 1) {
      taken.wait(1);
    }
  }
  void unlock() {
    taken.store(0);
    taken.notify_one();
  }
};

void body() {
  SleepingLock lock;
  auto work = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::lock_guard held(lock);
      heddle::progress();
    }
  };
  std::thread patient(work);
  work();
  patient.join();
}
}  // namespace atomic_wait

// Fix: draw a number. (Its counters have few bits, so that the states are few.)
namespace ticket {
void body() {
  primitives::BasicTicketLock<2> lock;
  auto work = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::lock_guard held(lock);
      heddle::progress();
    }
  };
  std::thread patient(work);
  work();
  patient.join();
}
}  // namespace ticket

// Fix: stand in a queue, in which each looks at its own place.
namespace queue {
void body() {
  primitives::McsLock lock;
  auto work = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::lock_guard held(lock);
      heddle::progress();
    }
  };
  std::thread patient(work);
  work();
  patient.join();
}
}  // namespace queue

// Fix: block instead of looking. This one counts on the scheduler: that a thread which waits for a
// mutex gets it, if it is free again and again.
namespace mutex {
void body() {
  std::mutex lock;
  auto work = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::lock_guard held(lock);
      heddle::progress();
    }
  };
  std::thread patient(work);
  work();
  patient.join();
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "test_and_set",
    .title = "The same thread takes the spin lock again and again",
    .story = "Two threads use a test-and-set spin lock. Whenever the waiting thread looks, the "
             "other one has just taken the lock again. Nothing promises that the waiting thread "
             "ever gets it, and on real hardware the last owner, whose cache holds the lock, has "
             "the advantage.",
    .kind = "starvation at an unfair lock",
    .cwe = "821",
    .origin = "Linux changed its spin locks to ticket locks in 2.6.25",
    .threads = 2,
    .tsan_reason = "The lock excludes correctly, so there is no race; fairness is not its subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kStarvation},
             .waits = bugs::Waits::kUnbounded},
            {.name = "atomic_wait",
             .body = atomic_wait::body,
             .verdict = kBug,
             .kinds = {kStarvation}},
            {.name = "ticket",
             .body = ticket::body,
             .adds = "order of arrival: at most one acquisition of the other comes first",
             .primitive = "primitives::TicketLock",
             .waits = bugs::Waits::kBounded,
             .bypasses = 1},
            {.name = "queue",
             .body = queue::body,
             .adds = "order of arrival: at most one acquisition of the other comes first",
             .primitive = "primitives::McsLock",
             .waits = bugs::Waits::kBounded,
             .bypasses = 1},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "a promise of the scheduler: who waits for a mutex that is free again and "
                     "again gets it",
             .primitive = "std::mutex"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
