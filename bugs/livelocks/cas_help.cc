// SPDX-License-Identifier: Apache-2.0
// Help that undoes: an operation is put into a slot as a descriptor and then carried out. Who finds
// the slot taken "helps" by clearing it, to make room for its own, and the other one has to begin
// again.
//
//   first                        second
//   ------------------------------------------------------
//   puts its descriptor in
//                                slot taken: clears it
//   its descriptor is gone:
//   begin again
//                                puts its descriptor in
//   slot taken: clears it
//                                its descriptor is gone: begin again     and so on for ever
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

constexpr int kEmpty = 0;

/// Changes the slot from `from` to `to`, if it still is `from`.
bool swing(std::atomic<int>& slot, int from, int to) {
  return slot.compare_exchange_strong(from, to);
}

namespace buggy {
void body() {
  std::atomic<int> slot{kEmpty};
  auto carry_out = [&](int own) {
    for (bugs::Rounds rounds; rounds.go_on();) {
      int seen = kEmpty;
      if (!slot.compare_exchange_strong(seen, own)) {
        swing(slot, seen, kEmpty);
        continue;
      }
      if (swing(slot, own, kEmpty)) {
        heddle::progress();
        return;
      }
    }
  };
  std::thread other([&] { carry_out(2); });
  carry_out(1);
  other.join();
}
}  // namespace buggy

// Fix: help forward. Whoever empties the slot carries out what was in it, its own or not, so a
// descriptor that is gone is done.
namespace help_forward {
void body() {
  std::atomic<int> slot{kEmpty};
  auto carry_out = [&](int own) {
    for (bugs::Rounds rounds; rounds.go_on();) {
      int seen = kEmpty;
      if (!slot.compare_exchange_strong(seen, own)) {
        swing(slot, seen, kEmpty);
        continue;
      }
      swing(slot, own, kEmpty);
      heddle::progress();
      return;
    }
  };
  std::thread other([&] { carry_out(2); });
  carry_out(1);
  other.join();
}
}  // namespace help_forward

// Fix: a descriptor that was cleared once comes back with the next version, and of two versions
// only the older may be cleared.
namespace version_tag {
void body() {
  constexpr int kNextVersion = 4;
  std::atomic<int> slot{kEmpty};
  auto carry_out = [&](int own) {
    for (bugs::Rounds rounds; rounds.go_on();) {
      int seen = kEmpty;
      if (!slot.compare_exchange_strong(seen, own)) {
        if (seen < kNextVersion) {
          swing(slot, seen, kEmpty);
        }
        continue;
      }
      if (swing(slot, own, kEmpty)) {
        heddle::progress();
        return;
      }
      own |= kNextVersion;
    }
  };
  std::thread other([&] { carry_out(2); });
  carry_out(1);
  other.join();
}
}  // namespace version_tag

// Fix: no descriptors, a mutex.
namespace mutex {
void body() {
  std::mutex slot;
  auto carry_out = [&](int /*own*/) {
    std::lock_guard held(slot);
    heddle::progress();
  };
  std::thread other([&] { carry_out(2); });
  carry_out(1);
  other.join();
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "cas_help",
    .title = "Each thread helps by undoing what the other has begun",
    .story =
        "A lock-free structure announces an operation by a descriptor in a slot and then "
        "carries it out. A thread that finds the slot taken clears it to make room for its own "
        "descriptor. Two threads can clear each other's for ever: each step succeeds, no "
        "operation does.",
    .kind = "livelock, wrong helping",
    .cwe = "835",
    .threads = 2,
    .tsan_reason = "All accesses are atomic; that their effects are undone again is not a race.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "help_forward",
             .body = help_forward::body,
             .adds = "helping: a step of either thread brings the first operation to its end",
             .primitive = "std::atomic"},
            {.name = "version_tag",
             .body = version_tag::body,
             .adds = "an end: what was undone once is not undone again",
             .primitive = "std::atomic"},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: an operation that has begun is not disturbed",
             .primitive = "std::mutex"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
