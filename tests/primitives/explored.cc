// SPDX-License-Identifier: Apache-2.0
// Every lock and semaphore of primitives/, explored to the last execution under RC11, with the
// number of executions.
#include "primitives/clh_lock.h"
#include "primitives/counting_semaphore.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/futex_mutex.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/reader_preferring_lock.h"
#include "primitives/recursive_mutex.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/primitives/explore_all.h"

namespace primitive_tests {
namespace {

using namespace primitives;

// Two threads with two rounds each can follow each other in 6 orders, three with one round in 6.

TEST(Explored, TestAndSetLock) {
  explore_all(lock_suite<TestAndSetLock>(),
              {{"two_by_two", 6}, {"three_by_one", 6}, {"try", 5}, {"try_of_three", 22}});
}

const Counts kTicketCounts =
    by_compiler({{"two_by_two", 6}, {"three_by_one", 6}, {"try", 3}, {"try_of_three", 12}},
                {{"two_by_two", 6}, {"three_by_one", 36}, {"try", 4}, {"try_of_three", 34}});

TEST(Explored, TicketLock) { explore_all(lock_suite<TicketLock>(), kTicketCounts); }

TEST(Explored, McsLock) {
  explore_all(
      lock_suite<McsLock>(),
      by_compiler(
          {{"two_by_two", 1008}, {"three_by_one", 490}, {"try", 6}, {"try_of_three", 214}},
          {{"two_by_two", 1254}, {"three_by_one", 594}, {"try", 6}, {"try_of_three", 248}}));
}

TEST(Explored, ClhLock) {
  explore_all(lock_suite<ClhLock>(), {{"two_by_two", 6}, {"three_by_one", 6}});
}

TEST(Explored, WriterPreferringLock) {
  explore_all(reader_writer_suite<WriterPreferringLock>(),
              by_compiler({{"two_writers", 310},
                           {"writer_and_reader_twice", 178},
                           {"writer_and_two_readers", 502},
                           {"two_writers_and_reader", 306},
                           {"readers_meet", 4}},
                          {{"two_writers", 842},
                           {"writer_and_reader_twice", 303},
                           {"writer_and_two_readers", 1246},
                           {"two_writers_and_reader", 596},
                           {"readers_meet", 8}}));
}

const Counts kPhaseFairCounts = by_compiler({{"two_writers", 6},
                                             {"writer_and_reader_twice", 16},
                                             {"writer_and_two_readers", 24},
                                             {"two_writers_and_reader", 12},
                                             {"readers_meet", 4}},
                                            {{"two_writers", 34},
                                             {"writer_and_reader_twice", 39},
                                             {"writer_and_two_readers", 36},
                                             {"two_writers_and_reader", 40},
                                             {"readers_meet", 8}});

TEST(Explored, PhaseFairLock) {
  explore_all(reader_writer_suite<PhaseFairLock>(), kPhaseFairCounts);
}

const Counts kSemaphoreCounts = by_compiler({{"lock_two_by_two", 6},
                                             {"lock_three_by_one", 6},
                                             {"two_permits_of_three", 6},
                                             {"two_of_two_permits", 672},
                                             {"two_parts", 2},
                                             {"two_parts_tried", 6}},
                                            {{"lock_two_by_two", 34},
                                             {"lock_three_by_one", 36},
                                             {"two_permits_of_three", 36},
                                             {"two_of_two_permits", 4032},
                                             {"two_parts", 2},
                                             {"two_parts_tried", 6}});

TEST(Explored, FifoSemaphore) { explore_all(semaphore_suite<FifoSemaphore>(), kSemaphoreCounts); }

/// Looks once before it sleeps: all paths there are, in few executions.
TEST(Explored, FutexMutex) {
  explore_all(lock_suite<BasicFutexMutex<1>>(),
              {{"two_by_two", 1582}, {"three_by_one", 22650}, {"try", 9}, {"try_of_three", 7784}});
}

TEST(Explored, RecursiveMutex) {
  explore_all(recursive_suite<RecursiveMutex<TestAndSetLock>>(),
              {{"two_by_two", 94}, {"again", 330}});
}

TEST(Explored, ReaderPreferringLock) {
  const std::uint64_t meetings = by_compiler({{"", 4}}, {{"", 8}}).at("");
  explore_all(reader_writer_suite<ReaderPreferringLock>(), {{"two_writers", 6},
                                                            {"writer_and_reader_twice", 13},
                                                            {"writer_and_two_readers", 36},
                                                            {"two_writers_and_reader", 10},
                                                            {"readers_meet", meetings}});
  explore_all({{"try", &try_beside<ReaderPreferringLock, false>}}, {{"try", 3}});
}

// Three threads that acquire and release, one permit or two among them, have 892,560 executions
// and none that fails; half a minute is too long to ask it each time.
TEST(Explored, CountingSemaphore) {
  explore_all(small_semaphore_suite<CountingSemaphore>(), {{"two_parts", 1404},
                                                           {"two_parts_tried", 12},
                                                           {"two_permits_of_three", 40},
                                                           {"lock_two_by_two", 43844}});
}

TEST(Explored, Guarded) {
  explore_all(
      {{"mutex", &guarded_value<std::mutex>}, {"reader_writer", &guarded_value<PhaseFairLock>}},
      by_compiler({{"mutex", 6}, {"reader_writer", 12}}, {{"mutex", 6}, {"reader_writer", 40}}));
}

heddle::Verdict explored_under(heddle::Model model, void (*body)()) {
  heddle::Options options;
  options.model = model;
  return heddle::explore(body, options).verdict;
}

/// Counters that wrap within the program. A load that may be a whole wrap old is fooled.
void wraps_under_sc_only(void (*body)()) {
  EXPECT_EQ(explored_under(heddle::Model::kSc, body), heddle::Verdict::kOk);
  EXPECT_EQ(explored_under(heddle::Model::kRc11, body), heddle::Verdict::kBug);
}

TEST(Wrapping, NeedsSequentialConsistency) {
  wraps_under_sc_only(&count_together<BasicTicketLock<1>, 2, 2>);
  wraps_under_sc_only(&semaphore_as_lock<BasicFifoSemaphore<1>, 2, 2>);
  wraps_under_sc_only(&write_and_compare<BasicPhaseFairLock<1, 1>, 1, 1, 2>);
}

}  // namespace
}  // namespace primitive_tests
