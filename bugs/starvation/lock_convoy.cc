// SPDX-License-Identifier: Apache-2.0
// The lock convoy: a fair lock belongs, from the moment of its release, to the first who waits for
// it; and that one sleeps. Until it is awake nobody can use the lock, not even the thread that runs
// and has just released it. So this one goes to sleep, too, and will be handed the lock asleep. One
// collision, and from then on every operation pays for a sleep and a wake-up, however short it is.
//
//   one                               other
//   --------------------------------------------------------------------
//   takes the lock
//                                     finds somebody inside: sleeps
//   hands it to the sleeper
//   wants it again, and sleeps for
//   a lock that nobody uses
//                                     wakes up, is inside, hands it to the sleeper
//                                     wants it again, and sleeps for
//                                     a lock that nobody uses
//   wakes up, ...                                                        and so on
//
// To sleep while somebody is inside is what locks are for. The programs count the other sleeps: one
// may be bad luck, but if it leads to a second, that leads to a third.
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kRounds = 2;  ///< Operations of each thread.

/// What the locks below are made of: a queue of sleepers, and who is inside.
class Sleepers {
 public:
  /// How often somebody fell asleep although nobody was inside. For when all is done.
  int in_vain() const { return in_vain_; }

 protected:
  template <class Mine>
  void sleep_until(std::unique_lock<std::mutex>& guard, Mine mine) {
    while (!mine()) {
      in_vain_ += inside_ ? 0 : 1;
      changed_.wait(guard);
    }
  }

  std::mutex mutex_;  ///< Of the lock's own variables.
  std::condition_variable changed_;
  bool inside_ = false;

 private:
  int in_vain_ = 0;
};

/// Fair: who comes takes a number, and the lock is handed from number to number.
class FairLock : Sleepers {
 public:
  using Sleepers::in_vain;

  void lock() {
    std::unique_lock guard(mutex_);
    const int number = next_++;
    sleep_until(guard, [&] { return number == served_; });
    inside_ = true;
  }

  bool try_lock() {
    std::lock_guard guard(mutex_);
    if (next_ != served_) {
      return false;
    }
    ++next_;
    inside_ = true;
    return true;
  }

  void unlock() {
    std::lock_guard guard(mutex_);
    inside_ = false;
    ++served_;
    changed_.notify_all();
  }

 private:
  int next_ = 0;
  int served_ = 0;
};

namespace buggy {
void body() {
  FairLock lock;
  int done = 0;
  auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      std::lock_guard held(lock);
      ++done;
    }
  };
  std::thread other(work);
  work();
  other.join();
  heddle::observe("slept in vain", lock.in_vain());
  assert(lock.in_vain() <= 1);
}
}  // namespace buggy

// Also buggy: look a few times before falling asleep. With several processors and short critical
// sections that makes the first collision rare. It takes one thread that loses its processor inside
// to begin the convoy, and then the looks are so much time lost.
namespace spin_then_park {
void body() {
  FairLock lock;
  int done = 0;
  auto take = [&] {
    for (int look = 0; look < 2; ++look) {
      if (lock.try_lock()) {
        return;
      }
      std::this_thread::yield();
    }
    lock.lock();
  };
  auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      take();
      ++done;
      lock.unlock();
    }
  };
  std::thread other(work);
  work();
  other.join();
  heddle::observe("slept in vain", lock.in_vain());
  assert(lock.in_vain() <= 1);
}
}  // namespace spin_then_park

// Fix: the lock is free until somebody is inside. Who runs takes it; who wakes up looks whether it
// is free, and may have to sleep again. So does std::mutex. (test_and_set has the other side of
// it.)
namespace barging {
class BargingLock : Sleepers {
 public:
  using Sleepers::in_vain;

  void lock() {
    std::unique_lock guard(mutex_);
    sleep_until(guard, [&] { return !inside_; });
    inside_ = true;
  }

  void unlock() {
    std::lock_guard guard(mutex_);
    inside_ = false;
    changed_.notify_all();
  }
};

void body() {
  BargingLock lock;
  int done = 0;
  auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      std::lock_guard held(lock);
      ++done;
    }
  };
  std::thread other(work);
  work();
  other.join();
  assert(lock.in_vain() == 0);
}
}  // namespace barging

// Fix: do all that there is to do while inside. Who has handed the lock over does not come back.
namespace batch {
void body() {
  FairLock lock;
  int done = 0;
  auto work = [&] {
    std::lock_guard held(lock);
    for (int round = 0; round < kRounds; ++round) {
      ++done;
    }
  };
  std::thread other(work);
  work();
  other.join();
  assert(lock.in_vain() == 0);
}
}  // namespace batch

// Fix: a lock and a counter for each thread. Nobody collides.
namespace shard {
void body() {
  FairLock lock[2];
  int done[2] = {};
  auto work = [&](int own) {
    for (int round = 0; round < kRounds; ++round) {
      std::lock_guard held(lock[own]);
      ++done[own];
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  assert(lock[0].in_vain() + lock[1].in_vain() == 0);
}
}  // namespace shard

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "lock_convoy",
    .title = "Everybody sleeps for a lock that nobody uses",
    .story =
        "A fair lock is handed to the first sleeper in its queue. Before that one is awake, the "
        "thread that has just released the lock wants it again, finds that it belongs to a "
        "sleeper, and falls asleep behind it. The lock will be handed to it asleep, and so on: "
        "after one collision each operation takes a wake-up, a thousand times as long as what is "
        "done inside. Nothing is wrong with the results, and nobody waits for ever: what starves "
        "is the work.",
    .kind = "lock convoy",
    .cwe = "667",
    .origin = "System R: Blasgen, Gray, Mitoma, Price, \"The Convoy Phenomenon\", 1979",
    .threads = 2,
    .tsan_reason = "The locks exclude correctly; how often somebody sleeps is not its subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "spin_then_park",
             .body = spin_then_park::body,
             .verdict = kBug,
             .kinds = {kAssertion}},
            {.name = "barging",
             .body = barging::body,
             .adds = "no owner that sleeps: the lock is free while nobody is inside",
             .primitive = "std::mutex"},
            {.name = "batch",
             .body = batch::body,
             .adds =
                 "one acquisition a thread: who has handed the lock over does not want it again",
             .primitive = "one critical section"},
            {.name = "shard",
             .body = shard::body,
             .adds = "no collision: no thread wants the lock of another",
             .primitive = "a lock for each thread"},
        },
}};

}  // namespace
