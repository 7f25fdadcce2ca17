// SPDX-License-Identifier: Apache-2.0
// Semaphores, latches, barriers, events, once, and values that are read often.
#include <absl/base/call_once.h>
#include <absl/synchronization/barrier.h>
#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/notification.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>

#include "primitives/barrier.h"
#include "primitives/copy_on_write.h"
#include "primitives/counting_semaphore.h"
#include "primitives/event.h"
#include "primitives/eventcount.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/latch.h"
#include "primitives/once.h"
#include "primitives/seqlock.h"
#include "tests/bench/primitives/contest.h"

namespace primitives_bench {
namespace {

using namespace primitives;

/// One permit, so that threads do wait.
template <class Semaphore>
void acquire(benchmark::State& state) {
  auto& semaphore = shared<Semaphore, 1>();
  for (auto _ : state) {
    semaphore.acquire();
    semaphore.release();
  }
}

/// Made, counted down, waited for: nobody sleeps.
template <class Latch>
void use_latch(benchmark::State& state) {
  for (auto _ : state) {
    Latch latch(1);
    benchmark::DoNotOptimize(latch);
    latch.count_down();
    latch.wait();
  }
}

struct AbslCounter {
  explicit AbslCounter(int count) : counter(count) {}
  void count_down() { counter.DecrementCount(); }
  void wait() { counter.Wait(); }
  absl::BlockingCounter counter;
};

template <class Barrier>
void meet(benchmark::State& state) {
  static Barrier* barrier = nullptr;
  if (state.thread_index() == 0) {
    barrier = new Barrier(state.threads());
  }
  for (auto _ : state) {
    barrier->arrive_and_wait();
  }
  if (state.thread_index() == 0) {
    delete barrier;
  }
}

void meet_by_dissemination(benchmark::State& state) {
  static DisseminationBarrier* barrier = nullptr;
  if (state.thread_index() == 0) {
    barrier = new DisseminationBarrier(static_cast<std::uint32_t>(state.threads()));
  }
  DisseminationBarrier::Seat* seat = nullptr;
  for (auto _ : state) {
    if (seat == nullptr) {
      seat = new DisseminationBarrier::Seat(*barrier,
                                            static_cast<std::uint32_t>(state.thread_index()));
    }
    seat->arrive_and_wait();
  }
  delete seat;
  if (state.thread_index() == 0) {
    delete barrier;
  }
}

template <class Event>
void set_and_wait(benchmark::State& state) {
  auto& event = shared<Event>();
  for (auto _ : state) {
    event.set();
    event.wait();
  }
}

struct StdEvent {
  void set() { semaphore.release(); }
  void wait() { semaphore.acquire(); }
  std::counting_semaphore<> semaphore{0};
};

void find_event_set(benchmark::State& state) {
  auto& event = shared<ManualResetEvent, true>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(event.try_wait());
  }
}

void find_absl_notified(benchmark::State& state) {
  auto& event = shared<absl::Notification, true>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(event.HasBeenNotified());
  }
}

void notify_nobody(benchmark::State& state) {
  auto& events = shared<EventCount>();
  for (auto _ : state) {
    events.notify_one();
  }
}

void notify_nobody_std(benchmark::State& state) {
  auto& condition = shared<std::condition_variable>();
  for (auto _ : state) {
    condition.notify_one();
  }
}

template <class Once>
void find_done(benchmark::State& state) {
  auto& once = shared<Once>();
  long made = 0;
  for (auto _ : state) {
    once.call([&] { ++made; });
  }
  benchmark::DoNotOptimize(made);
}
struct StdOnce {
  template <class Work>
  void call(const Work& work) {
    std::call_once(flag, work);
  }
  std::once_flag flag;
};
struct AbslOnce {
  template <class Work>
  void call(const Work& work) {
    absl::call_once(flag, work);
  }
  absl::once_flag flag;
};

struct Pair {
  long left = 1;
  long right = 1;
};

struct StdSharedPair {
  Pair load() {
    std::shared_lock guard(mutex);
    return pair;
  }
  std::shared_mutex mutex;
  Pair pair;
};

template <class Value>
void read_value(benchmark::State& state) {
  auto& value = shared<Value>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(value.load());
  }
}

struct StdAtomicShared {
  auto load() { return pointer.load(); }
  std::atomic<std::shared_ptr<const Pair>> pointer{std::make_shared<const Pair>()};
};
struct StdMutexShared {
  auto load() {
    std::lock_guard guard(mutex);
    return pointer;
  }
  std::mutex mutex;
  std::shared_ptr<const Pair> pointer = std::make_shared<const Pair>();
};

void enter_waits() {
  enter("semaphore", Side::kOurs, "CountingSemaphore", &acquire<CountingSemaphore>);
  enter("semaphore", Side::kOurs, "FifoSemaphore", &acquire<FifoSemaphore>);
  enter("semaphore", Side::kTheirs, "std::counting_semaphore", &acquire<std::counting_semaphore<>>);
  enter("latch", Side::kOurs, "Latch", &use_latch<Latch>, 1);
  enter("latch", Side::kTheirs, "std::latch", &use_latch<std::latch>, 1);
  enter("latch", Side::kTheirs, "absl::BlockingCounter", &use_latch<AbslCounter>, 1);
  enter("barrier", Side::kOurs, "SenseReversingBarrier", &meet<SenseReversingBarrier>);
  enter("barrier", Side::kOurs, "DisseminationBarrier", &meet_by_dissemination);
  enter("barrier", Side::kTheirs, "std::barrier", &meet<std::barrier<>>);
  enter("event, set and waited for", Side::kOurs, "AutoResetEvent", &set_and_wait<AutoResetEvent>,
        1);
  enter("event, set and waited for", Side::kTheirs, "std::counting_semaphore",
        &set_and_wait<StdEvent>, 1);
}

}  // namespace

void enter_signals() {
  enter_waits();
  enter("event, found set", Side::kOurs, "ManualResetEvent", &find_event_set);
  enter("event, found set", Side::kTheirs, "absl::Notification", &find_absl_notified);
  enter("notifying nobody", Side::kOurs, "EventCount", &notify_nobody);
  enter("notifying nobody", Side::kTheirs, "std::condition_variable", &notify_nobody_std);
  enter("once, found done", Side::kOurs, "Once", &find_done<Once>);
  enter("once, found done", Side::kTheirs, "std::call_once", &find_done<StdOnce>);
  enter("once, found done", Side::kTheirs, "absl::call_once", &find_done<AbslOnce>);
  enter("16 bytes, read", Side::kOurs, "Seqlock", &read_value<Seqlock<Pair>>);
  enter("16 bytes, read", Side::kTheirs, "std::atomic", &read_value<std::atomic<Pair>>);
  enter("16 bytes, read", Side::kTheirs, "std::shared_mutex", &read_value<StdSharedPair>);
  enter("shared version, read", Side::kOurs, "CopyOnWrite", &read_value<CopyOnWrite<Pair>>);
  enter("shared version, read", Side::kTheirs, "std::atomic<shared_ptr>",
        &read_value<StdAtomicShared>);
  enter("shared version, read", Side::kTheirs, "std::mutex, shared_ptr",
        &read_value<StdMutexShared>);
}

}  // namespace primitives_bench
