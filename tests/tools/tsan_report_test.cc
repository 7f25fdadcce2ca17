// SPDX-License-Identifier: Apache-2.0
// Reads what ThreadSanitizer's runtimes of clang 14 and g++ 12 really wrote (shortened).
#include "tools/tsan_report.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace heddle::tools {
namespace {

using Kinds = std::set<std::string>;

constexpr const char* kRace = R"(==================
WARNING: ThreadSanitizer: data race (pid=6111)
  Write of size 4 at 0x55d0a1f5a6b8 by main thread:
    #0 main race.cc:2:45 (race+0xd4c4a)

  Previous write of size 4 at 0x55d0a1f5a6b8 by thread T1:
    #0 main::$_0::operator()() const race.cc:2:39 (race+0xd4cd6)

  Thread T1 (tid=6113, finished) created by main thread at:
    #0 pthread_create <null> (race+0x533bd)

SUMMARY: ThreadSanitizer: data race race.cc:2:45 in main
==================
ThreadSanitizer: reported 1 warnings
)";

constexpr const char* kUseAfterFree = R"(==================
WARNING: ThreadSanitizer: heap-use-after-free (pid=10518)
  Read of size 4 at 0x7b0400000000 by main thread:
    #0 main uaf.cc:3 (uaf+0xd43f8)
SUMMARY: ThreadSanitizer: heap-use-after-free uaf.cc:3 in main
)";

constexpr const char* kLockOrder = R"(==================
WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=5995)
  Cycle in lock order graph: M0 (0x5561fc6846a8) => M1 (0x5561fc6846d0) => M0
SUMMARY: ThreadSanitizer: lock-order-inversion (potential deadlock) in pthread_mutex_lock
)";

constexpr const char* kMisuse = R"(==================
WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread) (pid=6096)
    #0 pthread_mutex_unlock <null> (misuse+0x710ea)
==================
WARNING: ThreadSanitizer: destroy of a locked mutex (pid=6096)
    #0 pthread_mutex_destroy <null> (misuse+0x54d3a)
ThreadSanitizer: reported 2 warnings
)";

constexpr const char* kThreadLeak = R"(==================
WARNING: ThreadSanitizer: thread leak (pid=6088)
  Thread T1 (tid=6090, finished) created by main thread at:
)";

constexpr const char* kSegv = R"(ThreadSanitizer:DEADLYSIGNAL
==6130==ERROR: ThreadSanitizer: SEGV on unknown address 0x000000000000 (pc 0x557499bc335a T6130)
==6130==The signal is caused by a WRITE memory access.
SUMMARY: ThreadSanitizer: SEGV segv.cc:1:40 in main
)";

constexpr const char* kCheck =
    "ThreadSanitizer: CHECK failed: sanitizer_allocator_secondary.h:297 "
    "\"((IsAligned(p, page_size_))) != (0)\" (0x0, 0x0) (tid=6044)\n";

constexpr const char* kAssertion =
    "assert: assert.cc:2: int main(int, char **): Assertion `c==7' failed.\n";

constexpr const char* kException =
    "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no\n";

constexpr const char* kBadLayout =
    "FATAL: ThreadSanitizer: unexpected memory mapping 0x5d6f3c8b3000-0x5d6f3c8d5000\n";

TEST(TsanKinds, NamesEachReport) {
  EXPECT_EQ(tsan_kinds(kRace), Kinds{"data_race"});
  EXPECT_EQ(tsan_kinds(kUseAfterFree), Kinds{"use_after_free"});
  EXPECT_EQ(tsan_kinds(kLockOrder), Kinds{"lock_order"});
  EXPECT_EQ(tsan_kinds(kMisuse), Kinds{"lock_misuse"});
  EXPECT_EQ(tsan_kinds(kThreadLeak), Kinds{"thread_leak"});
  EXPECT_EQ(tsan_kinds(kSegv), Kinds{"crash"});
  EXPECT_EQ(tsan_kinds(kCheck), Kinds{"crash"});
  EXPECT_EQ(tsan_kinds(kAssertion), Kinds{"assertion"});
  EXPECT_EQ(tsan_kinds(kException), Kinds{"exception"});
}

TEST(TsanKinds, CollectsAllOfOneRun) {
  EXPECT_EQ(tsan_kinds(std::string(kRace) + kRace + kAssertion), (Kinds{"assertion", "data_race"}));
}

TEST(TsanKinds, KeepsTheWordsOfAReportWithoutAName) {
  EXPECT_EQ(tsan_kinds("WARNING: ThreadSanitizer: signal-unsafe call inside of a signal (pid=1)\n"),
            Kinds{"signal-unsafe call inside of a signal"});
}

TEST(TsanKinds, SaysNothingForASilentRunOrAProgramsOwnWords) {
  EXPECT_EQ(tsan_kinds(""), Kinds{});
  EXPECT_EQ(tsan_kinds("there was no data race here\nThreadSanitizer is quiet\n"), Kinds{});
}

TEST(TsanKinds, TellsHowTheProcessEnded) {
  Ended hung;
  hung.timed_out = true;
  hung.signal = SIGKILL;
  EXPECT_EQ(tsan_kinds(hung), Kinds{"hang"});
  hung.errors = kRace;
  EXPECT_EQ(tsan_kinds(hung), (Kinds{"data_race", "hang"}));

  Ended aborted;
  aborted.signal = SIGABRT;
  EXPECT_EQ(tsan_kinds(aborted), Kinds{"abort"});
  aborted.errors = kAssertion;
  EXPECT_EQ(tsan_kinds(aborted), Kinds{"assertion"});
  aborted.errors = kException;
  EXPECT_EQ(tsan_kinds(aborted), Kinds{"exception"});

  Ended crashed;
  crashed.signal = SIGSEGV;
  EXPECT_EQ(tsan_kinds(crashed), Kinds{"crash"});
}

TEST(TsanLayout, IsRecognised) {
  Ended ended;
  ended.exit_code = 66;
  ended.errors = kBadLayout;
  EXPECT_TRUE(tsan_met_bad_layout(ended));
  ended.errors = kRace;
  EXPECT_FALSE(tsan_met_bad_layout(ended));
}

}  // namespace
}  // namespace heddle::tools
