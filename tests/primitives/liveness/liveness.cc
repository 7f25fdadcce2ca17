// SPDX-License-Identifier: Apache-2.0
// What primitives/ promise about waiting, proved by the search of cycles: threads that use a lock
// for ever, in every state they can come to. All threads loop, the first one too, so that nobody
// waits in a join. Counters are few bits wide, so that the states are few.
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"
#include "primitives/clh_lock.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/futex_mutex.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/reader_preferring_lock.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/primitives/bodies.h"

namespace primitive_tests {
namespace {

using namespace primitives;
using heddle::FindingKind;
using heddle::Report;
using heddle::Verdict;

Report search(void (*body)()) {
  heddle::Options options;
  options.search = heddle::SearchKind::kCycles;
  options.stop_at_first_bug = false;
  return heddle::explore(body, options);
}

/// `kThreads` threads, the calling one among them, run `loop`, which never returns.
template <int kThreads, class Loop>
void run_for_ever(Loop& loop) {
  std::vector<std::thread> others;
  others.reserve(kThreads - 1);
  for (int i = 1; i < kThreads; ++i) {
    others.emplace_back(std::ref(loop));
  }
  loop();
}

template <class Lock, int kThreads>
void lock_for_ever() {
  Lock lock;
  auto loop = [&] {
    typename SeatOf<Lock>::Type seat(lock);
    while (true) {
      std::lock_guard guard(seat);
      heddle::progress();
    }
  };
  run_for_ever<kThreads>(loop);
}

template <class Semaphore, int kThreads>
void acquire_for_ever() {
  Semaphore semaphore(1);
  auto loop = [&] {
    while (true) {
      semaphore.acquire();
      heddle::progress();
      semaphore.release();
    }
  };
  run_for_ever<kThreads>(loop);
}

/// The first thread writes and two others read, for ever.
template <class Lock>
void read_and_write_for_ever() {
  Lock lock;
  auto read = [&] {
    while (true) {
      lock.lock_shared();
      heddle::progress();
      lock.unlock_shared();
    }
  };
  std::thread readers[2] = {std::thread(read), std::thread(read)};
  while (true) {
    lock.lock();
    heddle::progress();
    lock.unlock();
  }
}

/// Proved free of livelock and starvation, and nobody is passed by more often than each other
/// thread does it once.
void is_first_come_first_served(const Report& report, std::uint64_t threads) {
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.states, threads);
  ASSERT_FALSE(report.wait_bounds.empty());
  for (const heddle::WaitBound& bound : report.wait_bounds) {
    EXPECT_TRUE(bound.bounded) << to_text(report);
    EXPECT_LE(bound.bypasses, threads - 1) << to_text(report);
  }
}

/// Two threads and three: `bypasses` is what three must reach, or the bound would mean nothing.
template <class Two, class Three>
void queue_is_fair(Two two, Three three) {
  is_first_come_first_served(search(two), 2);
  const Report report = search(three);
  is_first_come_first_served(report, 3);
  std::uint64_t most = 0;
  for (const heddle::WaitBound& bound : report.wait_bounds) {
    most = std::max(most, bound.bypasses);
  }
  EXPECT_EQ(most, 2u) << to_text(report);
}

TEST(Liveness, TicketLock) {
  queue_is_fair(&lock_for_ever<BasicTicketLock<2>, 2>, &lock_for_ever<BasicTicketLock<2>, 3>);
}

TEST(Liveness, McsLock) { queue_is_fair(&lock_for_ever<McsLock, 2>, &lock_for_ever<McsLock, 3>); }

TEST(Liveness, ClhLock) { queue_is_fair(&lock_for_ever<ClhLock, 2>, &lock_for_ever<ClhLock, 3>); }

TEST(Liveness, FifoSemaphore) {
  queue_is_fair(&acquire_for_ever<BasicFifoSemaphore<2>, 2>,
                &acquire_for_ever<BasicFifoSemaphore<2>, 3>);
}

std::set<FindingKind> kinds(const Report& report) {
  std::set<FindingKind> found;
  for (const heddle::Finding& finding : report.findings) {
    found.insert(finding.kind);
  }
  return found;
}

using Kinds = std::set<FindingKind>;

TEST(Liveness, ATestAndSetLockStarvesAndHasNoBound) {
  const Report report = search(&lock_for_ever<TestAndSetLock, 2>);
  EXPECT_EQ(kinds(report), Kinds{FindingKind::kStarvation}) << to_text(report);
  ASSERT_FALSE(report.findings.empty());
  EXPECT_GE(report.findings[0].cycle_from, 0);
  ASSERT_FALSE(report.wait_bounds.empty());
  EXPECT_FALSE(report.wait_bounds[0].bounded) << to_text(report);
}

TEST(Liveness, APhaseFairLockStarvesNobody) {
  const Report report = search(&read_and_write_for_ever<BasicPhaseFairLock<2, 1>>);
  EXPECT_EQ(report.verdict, Verdict::kOk) << to_text(report);
}

/// Who starves: their names begin the messages.
std::set<std::string> victims(const Report& report) {
  std::set<std::string> names;
  for (const heddle::Finding& finding : report.findings) {
    EXPECT_EQ(finding.kind, FindingKind::kStarvation) << to_text(report);
    names.insert(finding.message.substr(0, finding.message.find(' ')));
  }
  return names;
}

using Names = std::set<std::string>;

TEST(Liveness, AWriterPreferringLockStarvesReadersOnly) {
  const Report report = search(&read_and_write_for_ever<BasicWriterPreferringLock<1>>);
  EXPECT_EQ(victims(report), (Names{"T1", "T2"})) << to_text(report);
}

TEST(Liveness, AReaderPreferringLockStarvesTheWriterOnly) {
  const Report report = search(&read_and_write_for_ever<ReaderPreferringLock>);
  EXPECT_EQ(victims(report), Names{"main"}) << to_text(report);
}

/// Sleeping does not make it fair.
TEST(Liveness, AFutexMutexStarvesAndHasNoLivelock) {
  const Report report = search(&lock_for_ever<BasicFutexMutex<0>, 2>);
  EXPECT_EQ(kinds(report), Kinds{FindingKind::kStarvation}) << to_text(report);
}

/// glibc prefers readers.
TEST(Liveness, StdSharedMutexStarvesTheWriterOnly) {
  const Report report = search(&read_and_write_for_ever<std::shared_mutex>);
  EXPECT_EQ(victims(report), Names{"main"}) << to_text(report);
}

/// Both turn in a cycle without progress; only the second one does anything.
void wait_for_nothing() {
  std::atomic<int> word{0};
  auto wait = [&] { wait_until<Yield>([&] { return word.load() == 1; }); };
  Crew{wait, wait};
}

void undo_each_other() {
  std::atomic<int> word{0};
  auto turn = [&](int from, int to) {
    while (word.load() != 2) {
      word.compare_exchange_strong(from, to);
      from = 1 - to;
    }
  };
  const auto up = [&] { turn(0, 1); };
  const auto down = [&] { turn(1, 0); };
  Crew{up, down};
}

TEST(Liveness, WritingToALocalThatIsSharedIsNoSpinning) {
  EXPECT_EQ(kinds(search(&wait_for_nothing)), Kinds{FindingKind::kSpin});
  EXPECT_EQ(kinds(search(&undo_each_other)), Kinds{FindingKind::kLivelock});
}

}  // namespace
}  // namespace primitive_tests
