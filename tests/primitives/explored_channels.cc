// SPDX-License-Identifier: Apache-2.0
// Channels, select, mailbox and thread pool, explored to the last execution under RC11.
#include <mutex>

#include "primitives/mailbox.h"
#include "primitives/thread_pool.h"
#include "tests/primitives/channel_suites.h"
#include "tests/primitives/explore_all.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Explored, Channel) {
  explore_all(channel_suite<AsWritten>(), {{"meet", 14400},
                                           {"buffered", 4367},
                                           {"sender_knows", 30},
                                           {"two_senders_meet", 2250},
                                           {"two_senders_buffered", 542},
                                           {"closed", 62},
                                           {"try", 2}});
}

TEST(Explored, Select) {
  explore_all(select_suite<AsWritten>(),
              {{"from_two", 1455}, {"meet", 30}, {"beside_others", 2085}});
}

TEST(Explored, Mailbox) {
  explore_all(mailbox_suite<Mailbox<int>>(), {{"read", 3648}, {"ends", 605}});
}

// Over a mutex of the system, which is one step to the checker: futex_mutex.h has a suite of its
// own.
TEST(Explored, ThreadPool) {
  explore_all(pool_suite<BasicThreadPool<std::mutex, Yield, 0>>(), {{"ends", 792},
                                                                    {"meets", 1320},
                                                                    {"helps", 96},
                                                                    {"in_order", 70},
                                                                    {"done", 1582},
                                                                    {"two_wait", 1012}});
}

TEST(Explored, ThreadPoolOverFutexMutex) {
  using Pool = BasicThreadPool<BasicFutexMutex<0>, Yield, 0>;
  explore_all({{"ends", &pool_ends<Pool, 1>}}, {{"ends", 3607}});
}

TEST(Explored, ThreadPoolWhoseThreadsLook) {
  explore_all(small_pool_suite<BasicThreadPool<std::mutex, Yield, 1>>(),
              {{"ends", 12566}, {"meets", 27648}, {"helps", 1566}, {"in_order", 638}});
}

}  // namespace
}  // namespace primitive_tests
