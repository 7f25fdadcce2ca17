// SPDX-License-Identifier: Apache-2.0
// The programs that explored.cc explores, with real threads: the suites, and for longer.
#include "primitives/clh_lock.h"
#include "primitives/counting_semaphore.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/futex_mutex.h"
#include "primitives/guarded.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/reader_preferring_lock.h"
#include "primitives/recursive_mutex.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/primitives/native/run_all.h"

namespace primitive_tests {
namespace {

using namespace primitives;

constexpr std::size_t kThreads = 3;
constexpr int kRounds = 500;

template <class Lock>
Suite long_lock_suite() {
  return {{"long", &count_together<Lock, kThreads, kRounds>}};
}

TEST(Native, Locks) {
  run_all(long_lock_suite<TestAndSetLock>(), 3);
  run_all(long_lock_suite<TicketLock>(), 3);
  run_all(long_lock_suite<BasicTicketLock<2>>(), 3);
  run_all(long_lock_suite<McsLock>(), 3);
  run_all(long_lock_suite<ClhLock>(), 3);
  run_all(long_lock_suite<FutexMutex>(), 3);
  run_all(long_lock_suite<BasicFutexMutex<0>>(), 3);
  run_all(recursive_suite<RecursiveMutex<>>());
  run_all(lock_suite<FutexMutex>());
}

template <class Lock>
Suite long_reader_writer_suite() {
  return {{"long", &write_and_compare<Lock, 2, 2, kRounds>},
          {"readers_meet", &readers_meet_inside<Lock>}};
}

TEST(Native, ReaderWriterLocks) {
  run_all(long_reader_writer_suite<WriterPreferringLock>(), 3);
  run_all(long_reader_writer_suite<PhaseFairLock>(), 3);
  run_all(long_reader_writer_suite<BasicPhaseFairLock<2, 2>>(), 3);
  run_all(long_reader_writer_suite<ReaderPreferringLock>(), 3);
}

TEST(Native, Semaphores) {
  run_all({{"long", &semaphore_as_lock<FifoSemaphore, kThreads, kRounds>},
           {"few_bits", &semaphore_as_lock<BasicFifoSemaphore<2>, kThreads, kRounds>},
           {"barging", &semaphore_as_lock<CountingSemaphore, kThreads, kRounds>}},
          3);
  run_all(semaphore_suite<FifoSemaphore>());
  run_all(semaphore_suite<CountingSemaphore>());
}

TEST(Native, Guarded) {
  run_all(
      {{"mutex", &guarded_value<std::mutex>}, {"reader_writer", &guarded_value<PhaseFairLock>}});
}

}  // namespace
}  // namespace primitive_tests
