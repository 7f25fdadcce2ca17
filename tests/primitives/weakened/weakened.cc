// SPDX-License-Identifier: Apache-2.0
// Each memory order of the locks and semaphores is needed: with any one of them weakened, the suite
// that explored.cc passes has a finding.
#include "tests/primitives/weakened/weakened.h"

#include "primitives/clh_lock.h"
#include "primitives/counting_semaphore.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/futex_mutex.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/reader_preferring_lock.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Weakened, TestAndSetLock) {
  using Lock = BasicTestAndSetLock<Yield, Weakened>;
  needs_each_order(lock_suite<Lock>(), Lock::kSites);
}

TEST(Weakened, TicketLock) {
  using Lock = BasicTicketLock<32, Yield, Weakened>;
  needs_each_order(lock_suite<Lock>(), Lock::kSites);
}

TEST(Weakened, McsLock) {
  using Lock = BasicMcsLock<Yield, Weakened>;
  needs_each_order(lock_suite<Lock>(), Lock::kSites, halves(Lock::kEnter));
}

TEST(Weakened, ClhLock) {
  using Lock = BasicClhLock<Yield, Weakened>;
  needs_each_order(lock_suite<Lock>(), Lock::kSites, halves(Lock::kEnter));
}

TEST(Weakened, FutexMutex) {
  using Mutex = BasicFutexMutex<1, Weakened>;
  needs_each_order({{"two_by_two", &count_together<Mutex, 2, 2>}}, Mutex::kSites);
}

TEST(Weakened, ReaderPreferringLock) {
  using Lock = BasicReaderPreferringLock<Yield, Weakened>;
  needs_each_order(reader_writer_suite<Lock>(), Lock::kSites);
}

TEST(Weakened, WriterPreferringLock) {
  using Lock = BasicWriterPreferringLock<32, Yield, Weakened>;
  needs_each_order(reader_writer_suite<Lock>(), Lock::kSites);
}

TEST(Weakened, PhaseFairLock) {
  using Lock = BasicPhaseFairLock<30, 32, Yield, Weakened>;
  needs_each_order(reader_writer_suite<Lock>(), Lock::kSites);
}

TEST(Weakened, FifoSemaphore) {
  using Semaphore = BasicFifoSemaphore<32, Yield, Weakened>;
  needs_each_order(semaphore_suite<Semaphore>(), Semaphore::kSites);
}

TEST(Weakened, CountingSemaphore) {
  using Semaphore = BasicCountingSemaphore<Weakened>;
  needs_each_order({{"two_parts", &two_parts_are_delivered<Semaphore, false>}}, Semaphore::kSites);
}

}  // namespace
}  // namespace primitive_tests
