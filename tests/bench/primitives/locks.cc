// SPDX-License-Identifier: Apache-2.0
// Locks: a short critical section, again and again.
#include <absl/synchronization/mutex.h>
#include <oneapi/tbb/rw_mutex.h>
#include <tbb/queuing_mutex.h>
#include <tbb/queuing_rw_mutex.h>
#include <tbb/spin_mutex.h>
#include <tbb/spin_rw_mutex.h>

#include <boost/smart_ptr/detail/spinlock.hpp>
#include <mutex>
#include <shared_mutex>

#include "primitives/clh_lock.h"
#include "primitives/futex_mutex.h"
#include "primitives/guarded.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/reader_preferring_lock.h"
#include "primitives/recursive_mutex.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/bench/primitives/contest.h"

namespace primitives_bench {
namespace {

using namespace primitives;

class alignas(64) Counter {
 public:
  void add() { benchmark::DoNotOptimize(++value_); }
  void read() { benchmark::DoNotOptimize(value_); }

 private:
  long value_ = 0;
};

template <class Lock>
struct alignas(64) Guard {
  Lock lock;
  Counter counter;
};

template <class Lock>
void lock(benchmark::State& state) {
  auto& shared_guard = shared<Guard<Lock>>();
  for (auto _ : state) {
    shared_guard.lock.lock();
    shared_guard.counter.add();
    shared_guard.lock.unlock();
  }
}

template <class Lock>
void lock_shared(benchmark::State& state) {
  auto& shared_guard = shared<Guard<Lock>>();
  for (auto _ : state) {
    shared_guard.lock.lock_shared();
    shared_guard.counter.read();
    shared_guard.lock.unlock_shared();
  }
}

void lock_clh(benchmark::State& state) {
  auto& shared_guard = shared<Guard<ClhLock>>();
  ClhLock::Seat seat(shared_guard.lock);
  for (auto _ : state) {
    seat.lock();
    shared_guard.counter.add();
    seat.unlock();
  }
}

void lock_tbb_queuing(benchmark::State& state) {
  auto& shared_guard = shared<Guard<tbb::queuing_mutex>>();
  for (auto _ : state) {
    tbb::queuing_mutex::scoped_lock guard(shared_guard.lock);
    shared_guard.counter.add();
  }
}

/// The interface of the standard for the mutexes of absl and boost.
struct AbslMutex {
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  void lock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.ReaderLock(); }
  void unlock_shared() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.ReaderUnlock(); }
  absl::Mutex mutex;
};
struct BoostSpinlock {
  void lock() { spinlock.lock(); }
  void unlock() { spinlock.unlock(); }
  boost::detail::spinlock spinlock = BOOST_DETAIL_SPINLOCK_INIT;
};

template <class Guarded>
void guarded(benchmark::State& state) {
  auto& value = shared<Guarded, 0L>();
  for (auto _ : state) {
    value.with([](long& number) { benchmark::DoNotOptimize(++number); });
  }
}

void enter_mutexes() {
  enter("spin lock", Side::kOurs, "TestAndSetLock", &lock<TestAndSetLock>);
  enter("spin lock", Side::kTheirs, "tbb::spin_mutex", &lock<tbb::spin_mutex>);
  enter("spin lock", Side::kTheirs, "boost spinlock", &lock<BoostSpinlock>);
  enter("fair spin lock", Side::kOurs, "TicketLock", &lock<TicketLock>);
  enter("fair spin lock", Side::kOurs, "McsLock", &lock<McsLock>);
  enter("fair spin lock", Side::kOurs, "ClhLock", &lock_clh);
  enter("fair spin lock", Side::kTheirs, "tbb::queuing_mutex", &lock_tbb_queuing);
  enter("mutex", Side::kOurs, "FutexMutex", &lock<FutexMutex>);
  enter("mutex", Side::kTheirs, "std::mutex", &lock<std::mutex>);
  enter("mutex", Side::kTheirs, "absl::Mutex", &lock<AbslMutex>);
  enter("recursive mutex", Side::kOurs, "RecursiveMutex", &lock<RecursiveMutex<>>);
  enter("recursive mutex", Side::kTheirs, "std::recursive_mutex", &lock<std::recursive_mutex>);
  enter("guarded value", Side::kOurs, "Guarded<long>", &guarded<Guarded<long>>);
  enter("guarded value", Side::kTheirs, "std::mutex by hand", &lock<std::mutex>);
}

template <class Lock>
void enter_reader_writer(Side side, const std::string& name, const std::string& kind = "") {
  enter(kind + "read lock", side, name, &lock_shared<Lock>);
  enter(kind + "write lock", side, name, &lock<Lock>);
}

template <bool kWrite>
void lock_tbb_queuing_rw(benchmark::State& state) {
  auto& shared_guard = shared<Guard<tbb::queuing_rw_mutex>>();
  for (auto _ : state) {
    tbb::queuing_rw_mutex::scoped_lock guard(shared_guard.lock, kWrite);
    if (kWrite) {
      shared_guard.counter.add();
    } else {
      shared_guard.counter.read();
    }
  }
}

}  // namespace

void enter_locks() {
  enter_mutexes();
  enter_reader_writer<ReaderPreferringLock>(Side::kOurs, "ReaderPreferringLock");
  enter_reader_writer<WriterPreferringLock>(Side::kOurs, "WriterPreferringLock");
  enter_reader_writer<std::shared_mutex>(Side::kTheirs, "std::shared_mutex");
  enter_reader_writer<AbslMutex>(Side::kTheirs, "absl::Mutex");
  enter_reader_writer<tbb::spin_rw_mutex>(Side::kTheirs, "tbb::spin_rw_mutex");
  enter_reader_writer<tbb::rw_mutex>(Side::kTheirs, "tbb::rw_mutex");
  enter_reader_writer<PhaseFairLock>(Side::kOurs, "PhaseFairLock", "fair ");
  enter("fair read lock", Side::kTheirs, "tbb::queuing_rw_mutex", &lock_tbb_queuing_rw<false>);
  enter("fair write lock", Side::kTheirs, "tbb::queuing_rw_mutex", &lock_tbb_queuing_rw<true>);
}

}  // namespace primitives_bench
