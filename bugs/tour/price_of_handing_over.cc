// SPDX-License-Identifier: Apache-2.0
// The price of a lock convoy: one counter under locks whose waiters sleep, all of them built alike.
// They differ in whom a lock belongs to between its release and the moment when the sleeper that
// was woken for it is awake.
#include <deque>
#include <mutex>

#include "bugs/tour/measure.h"
#include "primitives/futex.h"

namespace tour {
namespace {

enum class Released { kToTheSleeper, kToNobody };

/// Looks so many times whether it is free, and then sleeps in a queue.
template <Released released, int looks>
class SleepingLock {
 public:
  void lock() {
    for (int look = 0; look < looks; ++look) {
      if (std::unique_lock guard(mutex_, std::try_to_lock); guard && take()) {
        return;
      }
    }
    while (!take_or_sleep()) {
    }
  }

  void unlock() {
    std::lock_guard guard(mutex_);
    taken_ = released == Released::kToTheSleeper && !sleepers_.empty();
    if (!sleepers_.empty()) {
      primitives::FutexWord& called = *sleepers_.front();
      sleepers_.pop_front();
      called.store(1);
      primitives::futex_wake(called, 1);
    }
  }

 private:
  bool take() { return taken_ ? false : taken_ = true; }

  /// Whether the lock is the caller's.
  bool take_or_sleep() {
    primitives::FutexWord called{0};
    {
      std::lock_guard guard(mutex_);
      if (take()) {
        return true;
      }
      sleepers_.push_back(&called);
    }
    while (called.load() == 0) {
      primitives::futex_wait(called, 0);
    }
    return released == Released::kToTheSleeper;
  }

  std::mutex mutex_;  ///< Of the lock's own variables.
  std::deque<primitives::FutexWord*> sleepers_;
  bool taken_ = false;
};

using Fair = SleepingLock<Released::kToTheSleeper, 0>;

template <class Lock, int batch = 1>
double under(unsigned threads, const Settings& settings) {
  Lock lock;
  std::uint64_t hits = 0;
  return batch * throughput(threads, settings.duration(), [&](unsigned) {
           std::lock_guard guard(lock);
           for (int hit = 0; hit < batch; ++hit) {
             hits = hits + 1;
             keep(hits);
           }
         });
}

double own_locks(unsigned threads, const Settings& settings) {
  struct alignas(64) Counter {
    Fair lock;
    std::uint64_t hits = 0;
  };
  std::vector<Counter> counters(threads);
  return throughput(threads, settings.duration(), [&](unsigned thread) {
    Counter& own = counters[thread];
    std::lock_guard guard(own.lock);
    own.hits = own.hits + 1;
    keep(own.hits);
  });
}

std::vector<Table> run(const Settings& settings) {
  const std::string exhibit = "starvation/lock_convoy/";
  return {{.title = "counting under locks whose waiters sleep",
           .unit = "million a second",
           .more_is_better = true,
           .columns = thread_columns(),
           .rows = {over_threads("handed over", under<Fair>, exhibit + "buggy", settings),
                    over_threads("handed over, 100 looks first",
                                 under<SleepingLock<Released::kToTheSleeper, 100>>,
                                 exhibit + "spin_then_park", settings),
                    over_threads("barging", under<SleepingLock<Released::kToNobody, 0>>,
                                 exhibit + "barging", settings),
                    over_threads("handed over, 16 at a time", under<Fair, 16>, exhibit + "batch",
                                 settings),
                    over_threads("a lock for each", own_locks, exhibit + "shard", settings)}}};
}

const Registration kRegistration{{.name = "price_of_handing_over",
                                  .title = "What a lock convoy costs",
                                  .file = __FILE__,
                                  .exhibits = {"starvation/lock_convoy"},
                                  .run = run}};

}  // namespace
}  // namespace tour
