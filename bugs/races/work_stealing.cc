// SPDX-License-Identifier: Apache-2.0
// Work stealing. The owner of a deque takes from its bottom, thieves take from its top. Only over
// the last item do they meet, and there the owner must compete like a thief.
//
//   owner                               thief
//   -----------------------------------------
//                                       reads top: 0
//                                       reads bottom: 1         one item
//   bottom = 0
//   reads top: 0, takes item 0
//                                       top: 0 -> 1, takes item 0         taken twice
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kNone = -1;

// The owner pops once; a thief steals as often as there are items. No item may be taken twice, and
// none may be lost.
template <class Deque, int kItems>
void play() {
  Deque deque{kItems};
  std::array<int, kItems> taken{};
  int popped = kNone;
  std::array<int, kItems> stolen{};
  std::thread owner([&] { popped = deque.pop(); });
  std::thread thief([&] {
    for (int& item : stolen) {
      item = deque.steal();
    }
  });
  owner.join();
  thief.join();
  auto take = [&](int item) {
    if (item != kNone) {
      ++taken[item];
    }
  };
  take(popped);
  for (const int item : stolen) {
    take(item);
  }
  while (true) {  // What is left.
    const int item = deque.pop();
    if (item == kNone) {
      break;
    }
    take(item);
  }
  for (const int times : taken) {
    heddle::observe("taken", times);
    assert(times == 1);
  }
}

namespace buggy {
struct Deque {
  explicit Deque(int items) : bottom(items) {}
  std::atomic<int> top{0};  // Item i is at place i.
  std::atomic<int> bottom;

  int pop() {
    const int last = bottom - 1;
    bottom = last;
    const int first = top;
    if (first > last) {
      bottom = last + 1;
      return kNone;
    }
    return last;
  }
  int steal() {
    int first = top;
    const int end = bottom;
    if (first >= end || !top.compare_exchange_strong(first, first + 1)) {
      return kNone;
    }
    return first;
  }
};

void body() { play<Deque, 1>(); }
}  // namespace buggy

// Also buggy: the owner competes for the last item, but nothing keeps its look at the top behind
// its claim of the bottom. It may see an old top, and the thief an old bottom: enough items for
// both to take the same one without competing.
namespace no_fence {
struct Deque {
  explicit Deque(int items) : bottom(items) {}
  std::atomic<int> top{0};
  std::atomic<int> bottom;

  int pop() {
    const int last = bottom.load(std::memory_order_relaxed) - 1;
    bottom.store(last, std::memory_order_release);
    int first = top.load(std::memory_order_acquire);
    int item = last;
    if (first >= last) {
      if (first > last || !top.compare_exchange_strong(first, first + 1)) {
        item = kNone;
      }
      bottom.store(last + 1, std::memory_order_release);
    }
    return item;
  }
  int steal() {
    int first = top.load(std::memory_order_acquire);
    const int end = bottom.load(std::memory_order_acquire);
    if (first >= end || !top.compare_exchange_strong(first, first + 1)) {
      return kNone;
    }
    return first;
  }
};

void body() { play<Deque, 2>(); }
}  // namespace no_fence

// Fix: for the last item the owner competes with the thieves.
namespace compete {
struct Deque {
  explicit Deque(int items) : bottom(items) {}
  std::atomic<int> top{0};
  std::atomic<int> bottom;

  int pop() {
    const int last = bottom - 1;
    bottom = last;
    int first = top;
    int item = last;
    if (first >= last) {
      if (first > last || !top.compare_exchange_strong(first, first + 1)) {
        item = kNone;
      }
      bottom = last + 1;
    }
    return item;
  }
  int steal() {
    int first = top;
    const int end = bottom;
    if (first >= end || !top.compare_exchange_strong(first, first + 1)) {
      return kNone;
    }
    return first;
  }
};

void body() { play<Deque, 2>(); }
}  // namespace compete

// Fix: a lock around both ends.
namespace mutex {
struct Deque {
  explicit Deque(int items) : bottom(items) {}
  std::mutex mutex;
  int top = 0;
  int bottom;

  int pop() {
    std::lock_guard lock(mutex);
    return top >= bottom ? kNone : --bottom;
  }
  int steal() {
    std::lock_guard lock(mutex);
    return top >= bottom ? kNone : top++;
  }
};

void body() { play<Deque, 2>(); }
}  // namespace mutex

// Fix of the second: a fence between claim and look. Of the two fences one is first for both.
namespace fence {
struct Deque {
  explicit Deque(int items) : bottom(items) {}
  std::atomic<int> top{0};
  std::atomic<int> bottom;

  int pop() {
    const int last = bottom.load(std::memory_order_relaxed) - 1;
    bottom.store(last, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    int first = top.load(std::memory_order_acquire);
    int item = last;
    if (first >= last) {
      if (first > last || !top.compare_exchange_strong(first, first + 1)) {
        item = kNone;
      }
      bottom.store(last + 1, std::memory_order_release);
    }
    return item;
  }
  int steal() {
    int first = top.load(std::memory_order_acquire);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const int end = bottom.load(std::memory_order_acquire);
    if (first >= end || !top.compare_exchange_strong(first, first + 1)) {
      return kNone;
    }
    return first;
  }
};

void body() { play<Deque, 2>(); }
}  // namespace fence

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "work_stealing",
    .title = "The owner of a deque and a thief both take the last item",
    .story = "Each worker of a pool takes jobs from the bottom of its deque, and idle ones steal "
             "from its top. As long as there are several items they do not meet. The buggy owner "
             "takes the last one without competing, so that it is done twice. The second buggy "
             "variant competes for the last one, but its look at the top may overtake its claim "
             "of the bottom: on weak memory both take another item without competing.",
    .kind = "lock-free algorithm bug",
    .cwe = "362",
    .origin = "the deque of Chase and Lev, SPAA 2005; the work-stealing queue that CHESS was "
              "tried on",
    .threads = 2,
    .tsan_reason = "All shared accesses are atomic, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "no_fence", .body = no_fence::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "compete",
             .body = compete::body,
             .adds = "atomicity for the last item, and one order of claim and look: of owner and "
                     "thief one sees the other's",
             .primitive = "std::atomic (seq_cst)"},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: one end at a time is used",
             .primitive = "std::mutex",
             .sc_executions = 3},
            {.name = "fence",
             .body = fence::body,
             .adds =
                 "one order of claim and look, by fences: of owner and thief one sees the other's",
             .primitive = "std::atomic_thread_fence (seq_cst)"},
        },
}};

}  // namespace
