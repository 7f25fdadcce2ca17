// SPDX-License-Identifier: Apache-2.0
// ABA. A lock-free stack of slots. pop() notes the top slot and the one below, and then swings the
// head with a compare-exchange. That the head holds the same slot again does not mean that nothing
// happened: here everything below it has changed.
//
//   slow                                    quick                                   head
//   ------------------------------------------------------------------------------------
//   head is slot 0, below it slot 1                                                 0 -> 1
//                                           pops slot 0                             1
//                                           pops slot 1, keeps it                   empty
//                                           pushes slot 0                           0
//   compare-exchange 0 -> 1: succeeds                                               1
//                                           slot 1 is in the stack, and in quick's hands
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kEmpty = -1;

// Counts, for each of the two slots, how many say that they have it.
struct Owners {
  std::array<int, 2> count{};

  void add(int slot) {
    if (slot != kEmpty) {
      ++count[slot];
    }
  }
};

// Two pops by quick, and what it popped first goes back; one pop by slow. Then every slot must be
// in exactly one place.
template <class Stack>
void play() {
  Stack stack;
  int slow_has = kEmpty;
  std::array<int, 2> quick_has{kEmpty, kEmpty};
  std::thread slow([&] { slow_has = stack.try_pop(); });
  std::thread quick([&] {
    int returned = stack.try_pop();
    const int kept = stack.try_pop();
    if (returned != kEmpty && stack.try_push(returned)) {
      returned = kEmpty;
    }
    quick_has = {returned, kept};
  });
  slow.join();
  quick.join();

  Owners owners;
  owners.add(slow_has);
  owners.add(quick_has[0]);
  owners.add(quick_has[1]);
  for (int slot = stack.top(); slot != kEmpty; slot = stack.next[slot]) {
    owners.add(slot);
  }
  heddle::observe("owners of slot 0", owners.count[0]);
  heddle::observe("owners of slot 1", owners.count[1]);
  assert(owners.count[0] == 1 && owners.count[1] == 1);
}

namespace buggy {
struct Stack {
  std::atomic<int> head{0};
  std::array<std::atomic<int>, 2> next{1, kEmpty};

  int try_pop() {
    int seen = head.load();
    if (seen == kEmpty) {
      return kEmpty;
    }
    const int below = next[seen].load();
    return head.compare_exchange_strong(seen, below) ? seen : kEmpty;
  }
  bool try_push(int slot) {
    int seen = head.load();
    next[slot].store(seen);
    return head.compare_exchange_strong(seen, slot);
  }
  int top() { return head.load(); }
};

void body() { play<Stack>(); }
}  // namespace buggy

// Fix: the head also counts its changes, so a head that came back is not the same head.
namespace tagged_head {
struct alignas(8) Head {  // One machine word, so that it is atomic without a lock.
  int slot;
  int changes;
};

struct Stack {
  std::atomic<Head> head{{0, 0}};
  std::array<std::atomic<int>, 2> next{1, kEmpty};

  int try_pop() {
    Head seen = head.load();
    if (seen.slot == kEmpty) {
      return kEmpty;
    }
    const int slot = seen.slot;
    const int below = next[slot].load();
    return head.compare_exchange_strong(seen, Head{below, seen.changes + 1}) ? slot : kEmpty;
  }
  bool try_push(int slot) {
    Head seen = head.load();
    next[slot].store(seen.slot);
    return head.compare_exchange_strong(seen, Head{slot, seen.changes + 1});
  }
  int top() { return head.load().slot; }
};

void body() { play<Stack>(); }
}  // namespace tagged_head

// Fix: a lock, and nothing happens between the look and the swing.
namespace mutex {
struct Stack {
  std::mutex guard;
  int head = 0;
  std::array<int, 2> next{1, kEmpty};

  int try_pop() {
    std::lock_guard lock(guard);
    const int seen = head;
    if (seen != kEmpty) {
      head = next[seen];
    }
    return seen;
  }
  bool try_push(int slot) {
    std::lock_guard lock(guard);
    next[slot] = head;
    head = slot;
    return true;
  }
  int top() { return head; }
};

void body() { play<Stack>(); }
}  // namespace mutex

// Fix: hazard pointers. Who is about to swing the head announces the slot that it looks at, and
// makes sure that it is still on top; an announced slot is not pushed back.
namespace hazard_pointer {
constexpr int kSlow = 0;
constexpr int kQuick = 1;

struct Stack {
  std::atomic<int> head{0};
  std::array<std::atomic<int>, 2> next{1, kEmpty};
  std::array<std::atomic<int>, 2> looks_at{kEmpty, kEmpty};

  int try_pop(int self) {
    const int seen = head.load();
    int popped = kEmpty;
    if (seen != kEmpty) {
      looks_at[self].store(seen);
      int expected = seen;
      if (head.load() == seen && head.compare_exchange_strong(expected, next[seen].load())) {
        popped = seen;
      }
      looks_at[self].store(kEmpty);
    }
    return popped;
  }
  bool try_push(int self, int slot) {
    if (looks_at[1 - self].load() == slot) {
      return false;
    }
    int seen = head.load();
    next[slot].store(seen);
    return head.compare_exchange_strong(seen, slot);
  }
};

void body() {
  Stack stack;
  int slow_has = kEmpty;
  std::array<int, 2> quick_has{kEmpty, kEmpty};
  std::thread slow([&] { slow_has = stack.try_pop(kSlow); });
  std::thread quick([&] {
    int returned = stack.try_pop(kQuick);
    const int kept = stack.try_pop(kQuick);
    if (returned != kEmpty && stack.try_push(kQuick, returned)) {
      returned = kEmpty;
    }
    quick_has = {returned, kept};
  });
  slow.join();
  quick.join();

  Owners owners;
  owners.add(slow_has);
  owners.add(quick_has[0]);
  owners.add(quick_has[1]);
  for (int slot = stack.head.load(); slot != kEmpty; slot = stack.next[slot]) {
    owners.add(slot);
  }
  assert(owners.count[0] == 1 && owners.count[1] == 1);
}
}  // namespace hazard_pointer

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "aba_stack",
    .title = "A compare-exchange succeeds because the old head came back",
    .story = "A slow thread is about to pop the top slot of a lock-free stack: it knows the slot "
             "and the one below. Meanwhile a quick one pops both and pushes the first back. The "
             "head is what the slow thread expects, so its compare-exchange succeeds and puts into "
             "the stack a slot that the quick thread has taken.",
    .kind = "ABA",
    .cwe = "362",
    .origin = "Treiber's stack",
    .threads = 2,
    .tsan_reason = "Every shared access is atomic, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "tagged_head",
             .body = tagged_head::body,
             .adds = "atomicity: the compare-exchange fails if the head changed at all since it "
                     "was read",
             .primitive = "std::atomic of slot and counter"},
            {.name = "mutex",
             .body = mutex::body,
             .adds =
                 "exclusion: nobody changes the stack between the look at the head and its change",
             .primitive = "std::mutex",
             .sc_executions = 4},
            {.name = "hazard_pointer",
             .body = hazard_pointer::body,
             .adds = "order: of announcing the slot and looking for announcements one is first for "
                     "both, so "
                     "no slot comes back while somebody is about to swing the head from it",
             .primitive = "std::atomic (seq_cst)"},
        },
}};

}  // namespace
