// SPDX-License-Identifier: Apache-2.0
// Observers disagree. A guest comes in at the front door and another at the back door. Two guards
// look at both doors, one at the front door first, one at the back door. With release and acquire
// each may see the one guest and not yet the other: they disagree on who came first.
//
//   front          back           first guard           second guard
//   -----------------------------------------------------------------
//   front = 1
//                  back = 1
//                                 reads front: 1
//                                 reads back: 0   (old)
//                                                       reads back: 1
//                                                       reads front: 0   (old)
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// What each guard says: 1, the door it looked at first was the first to be used; 0, it cannot tell.
void compare(int first_guard, int second_guard) {
  heddle::observe("front first", first_guard);
  heddle::observe("back first", second_guard);
  assert(first_guard == 0 || second_guard == 0);
}

namespace buggy {
void body() {
  std::atomic<int> front{0};
  std::atomic<int> back{0};
  int says_front = 0;
  int says_back = 0;
  std::thread one([&] { front.store(1, std::memory_order_release); });
  std::thread other([&] { back.store(1, std::memory_order_release); });
  std::thread guard([&] {
    const int first = front.load(std::memory_order_acquire);
    says_front = first == 1 && back.load(std::memory_order_acquire) == 0;
  });
  const int first = back.load(std::memory_order_acquire);
  says_back = first == 1 && front.load(std::memory_order_acquire) == 0;
  one.join();
  other.join();
  guard.join();
  compare(says_front, says_back);
}
}  // namespace buggy

// Fix: sequential consistency. All stores and loads have one order that everybody agrees on.
namespace seq_cst {
void body() {
  std::atomic<int> front{0};
  std::atomic<int> back{0};
  int says_front = 0;
  int says_back = 0;
  std::thread one([&] { front.store(1, std::memory_order_seq_cst); });
  std::thread other([&] { back.store(1, std::memory_order_seq_cst); });
  std::thread guard([&] {
    const int first = front.load(std::memory_order_seq_cst);
    says_front = first == 1 && back.load(std::memory_order_seq_cst) == 0;
  });
  const int first = back.load(std::memory_order_seq_cst);
  says_back = first == 1 && front.load(std::memory_order_seq_cst) == 0;
  one.join();
  other.join();
  guard.join();
  compare(says_front, says_back);
}
}  // namespace seq_cst

// Fix: one lock over both doors.
namespace mutex {
void body() {
  std::mutex doors;
  int front = 0;
  int back = 0;
  int says_front = 0;
  int says_back = 0;
  auto come_in = [&](int& door) {
    std::lock_guard lock(doors);
    door = 1;
  };
  auto look = [&](const int& door) {
    std::lock_guard lock(doors);
    return door;
  };
  std::thread one([&] { come_in(front); });
  std::thread other([&] { come_in(back); });
  std::thread guard([&] {
    const int first = look(front);
    says_front = first == 1 && look(back) == 0;
  });
  const int first = look(back);
  says_back = first == 1 && look(front) == 0;
  one.join();
  other.join();
  guard.join();
  compare(says_front, says_back);
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "observers_disagree",
    .title = "Two observers see two independent stores in opposite orders",
    .story = "Two stores to different variables are made by two threads that know nothing of each "
             "other. Release and acquire order each store with what its own observer does next, "
             "but not the two stores with each other: on some processors one observer sees the "
             "first store and not the second, and another one the second and not the first.",
    .kind = "weak memory (independent reads of independent writes)",
    .cwe = "821",
    .origin = "the litmus test IRIW",
    .threads = 4,
    .tsan_reason = "All shared accesses are atomic, and it does not simulate weak memory.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "seq_cst",
             .body = seq_cst::body,
             .adds = "one order of all four accesses that every thread agrees on",
             .primitive = "std::atomic (seq_cst)"},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: the looks and the stores have the order of the lock",
             .primitive = "std::mutex"},
        },
}};

}  // namespace
