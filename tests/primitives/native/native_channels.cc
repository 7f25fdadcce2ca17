// SPDX-License-Identifier: Apache-2.0
// The programs that explored_channels.cc explores, with real threads.
#include <mutex>

#include "primitives/mailbox.h"
#include "primitives/thread_pool.h"
#include "tests/primitives/channel_suites.h"
#include "tests/primitives/native/run_all.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Native, Channels) {
  run_all(channel_suite<AsWritten>());
  run_all(select_suite<AsWritten>());
}

TEST(Native, Mailbox) { run_all(mailbox_suite<Mailbox<int>>()); }

TEST(Native, ThreadPool) {
  run_all(pool_suite<ThreadPool>());
  run_all(pool_suite<BasicThreadPool<std::mutex, Yield, 0>>());
  run_all({{"long", &two_post_and_wait<ThreadPool, 200>},
           {"long_sleepy", &two_post_and_wait<BasicThreadPool<std::mutex, Yield, 0>, 200>}},
          20);
}

}  // namespace
}  // namespace primitive_tests
