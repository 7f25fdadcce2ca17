// SPDX-License-Identifier: Apache-2.0
// The big request: a job needs both permits of a semaphore at once, small ones need one each and
// take whatever is free. There is never a moment with both free.
//
//   one small         other small        big
//   -----------------------------------------------
//   takes a permit
//                                        needs two: waits
//                     takes a permit
//   gives it back
//                                        needs two: waits
//   takes a permit
//                     gives it back                     and so on for ever
#include <semaphore.h>

#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"
#include "primitives/fifo_semaphore.h"

namespace {

/// Two permits, for whoever finds enough of them.
class Permits {
 public:
  void acquire(int count) {
    while (!take(count)) {
      std::this_thread::yield();
    }
  }

  void release(int count) {
    std::lock_guard guard(mutex_);
    free_ += count;
  }

  /// Keeps `count` permits for who asks for so many; 0: none any more.
  void reserve(int count) {
    std::lock_guard guard(mutex_);
    reserved_ = count;
  }

 private:
  bool take(int count) {
    std::lock_guard guard(mutex_);
    if (free_ < count || count < reserved_) {
      return false;
    }
    free_ -= count;
    return true;
  }

  std::mutex mutex_;
  int free_ = 2;
  int reserved_ = 0;
};

namespace buggy {
void body() {
  Permits permits;
  auto small = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      permits.acquire(1);
      heddle::progress();
      permits.release(1);
    }
  };
  auto big = [&] {
    permits.acquire(2);
    heddle::progress();
    permits.release(2);
  };
  std::thread one(small);
  std::thread other(small);
  std::thread third(big);
  third.join();
  one.join();
  other.join();
}
}  // namespace buggy

// Fix: a semaphore that serves in order of arrival. A small job that comes after the big one waits,
// even though a permit is free. (Its counters have few bits, so that the states are few.)
namespace fifo {
void body() {
  primitives::BasicFifoSemaphore<2> permits(2);
  auto small = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      permits.acquire(1);
      heddle::progress();
      permits.release(1);
    }
  };
  auto big = [&] {
    permits.acquire(2);
    heddle::progress();
    permits.release(2);
  };
  std::thread one(small);
  std::thread other(small);
  std::thread third(big);
  third.join();
  one.join();
  other.join();
}
}  // namespace fifo

// Fix: the big job reserves its permits. What comes back then stays there until it has them.
namespace reserve {
void body() {
  Permits permits;
  auto small = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      permits.acquire(1);
      heddle::progress();
      permits.release(1);
    }
  };
  auto big = [&] {
    permits.reserve(2);
    permits.acquire(2);
    heddle::progress();
    permits.reserve(0);
    permits.release(2);
  };
  std::thread one(small);
  std::thread other(small);
  std::thread third(big);
  third.join();
  one.join();
  other.join();
}
}  // namespace reserve

// Fix: split the request. The big job keeps the first permit while it waits for the second. Only
// one job may do so, or two would wait for each other; and it counts on the scheduler: that a
// thread which waits for a semaphore gets a permit, if one is free again and again.
namespace split {
void body() {
  sem_t permits;
  sem_init(&permits, 0, 2);
  auto small = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      sem_wait(&permits);
      heddle::progress();
      sem_post(&permits);
    }
  };
  auto big = [&] {
    sem_wait(&permits);
    sem_wait(&permits);
    heddle::progress();
    sem_post(&permits);
    sem_post(&permits);
  };
  std::thread one(small);
  std::thread other(small);
  std::thread third(big);
  third.join();
  one.join();
  other.join();
  sem_destroy(&permits);
}
}  // namespace split

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "semaphore_barging",
    .title = "Small requests take the permits that the big one waits for",
    .story =
        "A semaphore has two permits. Two threads take one each, use it, give it back and take "
        "it again; a third one needs both at once. Whenever one permit comes back the other "
        "one is out, and before that returns the first is taken again. The big request waits "
        "for ever while permits are free every moment.",
    .kind = "starvation by barging",
    .cwe = "410",
    .origin = "why java.util.concurrent.Semaphore has a fair mode",
    .threads = 3,
    .tsan_reason = "A semaphore that keeps its count has no race; who gets the permits is not its "
                   "subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kStarvation}},
            {.name = "fifo",
             .body = fifo::body,
             .adds = "order of arrival: who comes later does not get what the first one waits for",
             .primitive = "primitives::FifoSemaphore",
             .waits = bugs::Waits::kBounded,
             .bypasses = 2},
            {.name = "reserve",
             .body = reserve::body,
             .adds = "precedence: permits that come back stay for the big request",
             .primitive = "std::mutex"},
            {.name = "split",
             .body = split::body,
             .adds = "hold and wait: a permit that was got is not given back before the second one "
                     "is",
             .primitive = "sem_t"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
