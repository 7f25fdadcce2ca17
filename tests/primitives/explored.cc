// SPDX-License-Identifier: Apache-2.0
// Every lock and semaphore of primitives/, explored to the last execution under RC11, with the
// number of executions; and the same programs with real threads, for longer.
#include <gtest/gtest.h>

#include <map>

#include "primitives/clh_lock.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

/// Complete executions by program.
using Counts = std::map<std::string, std::uint64_t>;

/// g++ keeps one look in a waiting loop. clang++ unrolls its first round, and a wait that fails
/// there once or never makes two executions of what is one to g++.
Counts by_compiler([[maybe_unused]] Counts gcc, [[maybe_unused]] Counts clang) {
#if defined(__clang__)
  return clang;
#else
  return gcc;
#endif
}

void explore_all(const Suite& suite, const Counts& expected) {
  // A reader of the writer-preferring lock backs out once for each writer: twice at most.
  heddle::Options options;
  options.bounds.failed_rounds = 3;
  Counts counts;
  for (const Program& program : suite) {
    SCOPED_TRACE(program.name);
    const heddle::Report report = heddle::explore(program.body, options);
    EXPECT_EQ(report.verdict, heddle::Verdict::kOk) << to_text(report);
    EXPECT_TRUE(report.complete);
    counts[program.name] = report.executions;
  }
  EXPECT_EQ(counts, expected);
}

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
      by_compiler({{"two_by_two", 375}, {"three_by_one", 216}, {"try", 6}, {"try_of_three", 100}},
                  {{"two_by_two", 734}, {"three_by_one", 389}, {"try", 6}, {"try_of_three", 126}}));
}

TEST(Explored, ClhLock) {
  explore_all(lock_suite<ClhLock>(), {{"two_by_two", 6}, {"three_by_one", 6}});
}

TEST(Explored, WriterPreferringLock) {
  explore_all(reader_writer_suite<WriterPreferringLock>(),
              by_compiler({{"two_writers", 924},
                           {"writer_and_reader_twice", 118},
                           {"writer_and_two_readers", 656},
                           {"two_writers_and_reader", 284},
                           {"readers_meet", 4}},
                          {{"two_writers", 6334},
                           {"writer_and_reader_twice", 248},
                           {"writer_and_two_readers", 2206},
                           {"two_writers_and_reader", 1160},
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

constexpr std::size_t kThreads = 3;
constexpr int kRounds = 500;

TEST(Native, Locks) {
  count_together<TestAndSetLock, kThreads, kRounds>();
  count_together<TicketLock, kThreads, kRounds>();
  count_together<BasicTicketLock<2>, kThreads, kRounds>();
  count_together<McsLock, kThreads, kRounds>();
  count_together<ClhLock, kThreads, kRounds>();
}

TEST(Native, ReaderWriterLocks) {
  write_and_compare<WriterPreferringLock, 2, 2, kRounds>();
  write_and_compare<PhaseFairLock, 2, 2, kRounds>();
  write_and_compare<BasicPhaseFairLock<2, 2>, 2, 2, kRounds>();
}

TEST(Native, Semaphores) {
  semaphore_as_lock<FifoSemaphore, kThreads, kRounds>();
  semaphore_as_lock<BasicFifoSemaphore<2>, kThreads, kRounds>();
  permits_are_kept<FifoSemaphore, kThreads, 3, 2>();
}

}  // namespace
}  // namespace primitive_tests
