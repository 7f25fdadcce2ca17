// SPDX-License-Identifier: Apache-2.0
// Traces show steps in an order that explains what happened.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "heddle/heddle.h"

namespace {

void no_predicate() {
  std::mutex door;
  std::condition_variable call;
  std::atomic<bool> ready{false};
  std::thread customer([&] {
    if (!ready) {
      std::unique_lock lock(door);
      call.wait(lock);
    }
  });
  ready = true;
  call.notify_one();
  customer.join();
}

/// A notification that nobody hears leaves its condition variable as it was: nothing that comes
/// later reads from it. It stands before the wait that it misses all the same.
TEST(OrderOfTraces, a_lost_notification_comes_before_the_wait) {
  const heddle::Report report = heddle::explore(no_predicate);
  ASSERT_EQ(report.findings.size(), 1u) << to_text(report);
  const std::vector<heddle::TraceStep>& trace = report.findings[0].trace;
  std::size_t notified = trace.size();
  std::size_t waits = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    notified = trace[i].what == "notify_one" ? i : notified;
    waits = trace[i].what == "begin wait on" ? i : waits;
  }
  EXPECT_LT(notified, waits) << to_text(report);
}

}  // namespace
