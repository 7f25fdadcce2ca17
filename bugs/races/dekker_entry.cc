// SPDX-License-Identifier: Apache-2.0
// Dekker's entry. Each of two threads raises its own flag and enters if the other's is down. With
// release stores and acquire loads both may enter: each one's store may still be on its way (in a
// store buffer, say) when the other looks.
//
//   left                              right
//   ---------------------------------------
//   left_wants = true   (release)
//                                     right_wants = true  (release)
//   reads right_wants: false
//                                     reads left_wants: false     both enter
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::atomic<bool> left_wants{false};
  std::atomic<bool> right_wants{false};
  bool left_enters = false;
  bool right_enters = false;
  std::thread left([&] {
    left_wants.store(true, std::memory_order_release);
    left_enters = !right_wants.load(std::memory_order_acquire);
  });
  std::thread right([&] {
    right_wants.store(true, std::memory_order_release);
    right_enters = !left_wants.load(std::memory_order_acquire);
  });
  left.join();
  right.join();
  heddle::observe("left_enters", left_enters);
  heddle::observe("right_enters", right_enters);
  assert(!(left_enters && right_enters));
}
}  // namespace buggy

// Fix: sequentially consistent accesses; one of the two stores is first for everybody.
namespace seq_cst {
void body() {
  std::atomic<bool> left_wants{false};
  std::atomic<bool> right_wants{false};
  bool left_enters = false;
  bool right_enters = false;
  std::thread left([&] {
    left_wants.store(true, std::memory_order_seq_cst);
    left_enters = !right_wants.load(std::memory_order_seq_cst);
  });
  std::thread right([&] {
    right_wants.store(true, std::memory_order_seq_cst);
    right_enters = !left_wants.load(std::memory_order_seq_cst);
  });
  left.join();
  right.join();
  heddle::observe("left_enters", left_enters);
  heddle::observe("right_enters", right_enters);
  assert(!(left_enters && right_enters));
}
}  // namespace seq_cst

// Fix: a sequentially consistent fence between the store and the load.
namespace seq_cst_fence {
void body() {
  std::atomic<bool> left_wants{false};
  std::atomic<bool> right_wants{false};
  bool left_enters = false;
  bool right_enters = false;
  std::thread left([&] {
    left_wants.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    left_enters = !right_wants.load(std::memory_order_relaxed);
  });
  std::thread right([&] {
    right_wants.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    right_enters = !left_wants.load(std::memory_order_relaxed);
  });
  left.join();
  right.join();
  heddle::observe("left_enters", left_enters);
  heddle::observe("right_enters", right_enters);
  assert(!(left_enters && right_enters));
}
}  // namespace seq_cst_fence

// Fix: let a lock decide, and keep plain flags under it.
namespace mutex {
void body() {
  bool left_wants = false;
  bool right_wants = false;
  std::mutex door;
  bool left_enters = false;
  bool right_enters = false;
  std::thread left([&] {
    std::lock_guard lock(door);
    left_wants = true;
    left_enters = !right_wants;
  });
  std::thread right([&] {
    std::lock_guard lock(door);
    right_wants = true;
    right_enters = !left_wants;
  });
  left.join();
  right.join();
  heddle::observe("left_enters", left_enters);
  heddle::observe("right_enters", right_enters);
  assert(!(left_enters && right_enters));
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "dekker_entry",
    .title = "Both threads enter Dekker's critical section: release and acquire are not enough",
    .story = "Each thread raises its flag and enters if the other's flag is down. That is right "
             "only if one of the two stores comes first for both threads. Release and acquire "
             "order a store before a later store and a load before a later one, but not a store "
             "before a later load; even x86-64 lets both loads overtake the stores.",
    .kind = "weak memory, store buffering",
    .cwe = "821",
    .origin = "the litmus test SB; the entry of Dekker's and Peterson's algorithms",
    .threads = 2,
    .tsan_reason = "All accesses to the flags are atomic, so there is no data race, and what both "
                   "threads then do is not reported unless it races in that very run.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "seq_cst",
             .body = seq_cst::body,
             .adds = "order: one total order of all four accesses, in which one store is first",
             .primitive = "std::atomic (seq_cst)",
             .sc_executions = 3},
            {.name = "seq_cst_fence",
             .body = seq_cst_fence::body,
             .adds = "order: the fences are totally ordered, so the later one's load sees the "
                     "other store",
             .primitive = "std::atomic_thread_fence (seq_cst)",
             .sc_executions = 3},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: raising one flag and looking at the other is one critical section",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
