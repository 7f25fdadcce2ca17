// SPDX-License-Identifier: Apache-2.0
// Late add. Main waits until all workers that have signed in have signed out. Workers sign in when
// they start running: main may come first, find nobody signed in, and go on without them.
//
//   main                        worker
//   ----------------------------------
//   wait(): nobody is in
//   uses the result
//                               add()
//                               makes the result         too late
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

/// Counts those who have signed in and not yet out.
class WaitGroup {
 public:
  void add() {
    std::lock_guard lock(mutex_);
    ++count_;
  }
  void done() {
    std::lock_guard lock(mutex_);
    --count_;
    zero_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [&] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int count_ = 0;
};

namespace buggy {
void body() {
  WaitGroup group;
  std::atomic<int> results{0};
  auto work = [&] {
    group.add();
    ++results;
    group.done();
  };
  std::thread first(work);
  std::thread second(work);
  group.wait();
  const int seen = results;
  first.join();
  second.join();
  heddle::observe("results", seen);
  assert(seen == 2);
}
}  // namespace buggy

// Fix: sign them in before they start.
namespace added_first {
void body() {
  WaitGroup group;
  std::atomic<int> results{0};
  auto work = [&] {
    ++results;
    group.done();
  };
  group.add();
  std::thread first(work);
  group.add();
  std::thread second(work);
  group.wait();
  const int seen = results;
  first.join();
  second.join();
  heddle::observe("results", seen);
  assert(seen == 2);
}
}  // namespace added_first

// Fix: a latch is told from the beginning how many there will be.
namespace latch {
void body() {
  std::latch group(2);
  std::atomic<int> results{0};
  auto work = [&] {
    ++results;
    group.count_down();
  };
  std::thread first(work);
  std::thread second(work);
  group.wait();
  const int seen = results;
  first.join();
  second.join();
  heddle::observe("results", seen);
  assert(seen == 2);
}
}  // namespace latch

// Fix: join them. A thread exists from its construction on.
namespace join {
void body() {
  std::atomic<int> results{0};
  auto work = [&] { ++results; };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
  const int seen = results;
  heddle::observe("results", seen);
  assert(seen == 2);
}
}  // namespace join

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "late_add",
    .title = "Main waits for a group before its workers have signed in",
    .story = "A group counts the workers that have signed in, and wait() returns when nobody is "
             "left. Each worker signs itself in as the first thing it does, which may be after "
             "main has come to wait(): main finds an empty group and uses results that are not "
             "there yet.",
    .kind = "order violation",
    .cwe = "696",
    .origin = "the misused WaitGroups of the GoKer benchmark (cockroach_4407, kubernetes_13058)",
    .threads = 3,
    .tsan_reason = "All shared accesses are atomic or hold the lock, so there is no data race to "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "added_first",
             .body = added_first::body,
             .adds = "order: every worker is counted before main can come to the wait",
             .primitive = "the order of two lines"},
            {.name = "latch",
             .body = latch::body,
             .adds = "order: the count is complete before the first worker starts",
             .primitive = "std::latch"},
            {.name = "join",
             .body = join::body,
             .adds = "happens-before: the end of each worker before the return of its join",
             .primitive = "std::thread::join"},
        },
}};

}  // namespace
