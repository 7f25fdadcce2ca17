// SPDX-License-Identifier: Apache-2.0
// Skipped count-down. Main waits until both workers have counted down. A worker that fails returns
// before it does.
//
//   good worker                 failing worker              main
//   ------------------------------------------------------------
//   counts down: 1
//                               fails, returns
//                                                           waits for zero, for ever
#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::latch done(2);
  std::atomic<int> failures{0};
  auto work = [&](bool fails) {
    if (fails) {
      ++failures;
      return;
    }
    done.count_down();
  };
  std::thread good(work, false);
  std::thread failing(work, true);
  done.wait();
  good.join();
  failing.join();
  heddle::observe("failures", failures.load());
}
}  // namespace buggy

// Fix: an object that counts down when the scope is left, on whatever way.
namespace scope_guard {
class CountsDown {
 public:
  explicit CountsDown(std::latch& latch) : latch_(latch) {}
  ~CountsDown() { latch_.count_down(); }
  CountsDown(const CountsDown&) = delete;
  CountsDown& operator=(const CountsDown&) = delete;

 private:
  std::latch& latch_;
};

void body() {
  std::latch done(2);
  std::atomic<int> failures{0};
  auto work = [&](bool fails) {
    const CountsDown at_end(done);
    if (fails) {
      ++failures;
      return;
    }
  };
  std::thread good(work, false);
  std::thread failing(work, true);
  done.wait();
  good.join();
  failing.join();
  heddle::observe("failures", failures.load());
}
}  // namespace scope_guard

// Fix: a result for each worker. Its future is ready when the worker has ended, well or not.
namespace futures {
void body() {
  auto work = [](bool fails) { return fails ? 1 : 0; };
  std::packaged_task<int(bool)> good_task(work);
  std::packaged_task<int(bool)> failing_task(work);
  std::future<int> good_result = good_task.get_future();
  std::future<int> failing_result = failing_task.get_future();
  std::thread good(std::move(good_task), false);
  std::thread failing(std::move(failing_task), true);
  const int failures = good_result.get() + failing_result.get();
  good.join();
  failing.join();
  heddle::observe("failures", failures);
}
}  // namespace futures

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "skipped_count_down",
    .title = "A worker that fails does not count down",
    .story = "Main waits at a latch until all workers have counted down. One of them returns early "
             "because of an error, and its line that counts down is not reached: main waits for "
             "ever for a worker that has long ended.",
    .kind = "missing signal on an error path",
    .cwe = "833,772",
    .origin = "the class of GoKer moby_25384",
    .threads = 2,
    .tsan_reason = "Waiting for ever is not something that it looks for: every run hangs without a "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"}},
            {.name = "scope_guard",
             .body = scope_guard::body,
             .adds = "a count for every way out of the worker",
             .primitive = "a scope guard"},
            {.name = "futures",
             .body = futures::body,
             .adds = "a result of every worker, whose arrival is what main waits for",
             .primitive = "std::future"},
        },
}};

}  // namespace
