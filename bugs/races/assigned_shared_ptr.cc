// SPDX-License-Identifier: Apache-2.0
// Assigned shared_ptr. One thread reads the current settings through a shared_ptr while another
// assigns new ones to it. The counting is atomic; the shared_ptr itself is a plain variable.
//
//   user                                administrator
//   -------------------------------------------------
//   reads current: the old settings
//                                       current = new settings
//                                       no owner left: deletes the old ones
//   reads the old settings              in freed memory
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  auto current = std::make_shared<const int>(1);
  auto next = std::make_shared<const int>(2);
  int seen = 0;
  std::thread user([&] { seen = *current; });
  std::thread administrator([&] { current = std::move(next); });
  user.join();
  administrator.join();
  heddle::observe("seen", seen);
}
}  // namespace buggy

// Fix: the shared_ptr is atomic too.
namespace atomic_shared_ptr {
void body() {
  std::atomic<std::shared_ptr<const int>> current = std::make_shared<const int>(1);
  auto next = std::make_shared<const int>(2);
  int seen = 0;
  std::thread user([&] {
    const std::shared_ptr<const int> mine = current.load();
    seen = *mine;
  });
  std::thread administrator([&] { current = std::move(next); });
  user.join();
  administrator.join();
  heddle::observe("seen", seen);
}
}  // namespace atomic_shared_ptr

// Fix: a lock for as long as copying and assigning take. What is pointed to needs none.
namespace mutex {
void body() {
  auto current = std::make_shared<const int>(1);
  auto next = std::make_shared<const int>(2);
  std::mutex mutex;
  int seen = 0;
  std::thread user([&] {
    std::shared_ptr<const int> mine;
    {
      std::lock_guard lock(mutex);
      mine = current;
    }
    seen = *mine;
  });
  std::thread administrator([&] {
    std::lock_guard lock(mutex);
    current.swap(next);
  });
  user.join();
  administrator.join();
  heddle::observe("seen", seen);
}
}  // namespace mutex

// Fix: the user starts with a copy of its own. It does not see later settings, which may be right.
namespace own_copy {
void body() {
  auto current = std::make_shared<const int>(1);
  auto next = std::make_shared<const int>(2);
  int seen = 0;
  std::thread user([&seen, mine = current] { seen = *mine; });
  std::thread administrator([&] { current = std::move(next); });
  user.join();
  administrator.join();
  heddle::observe("seen", seen);
}
}  // namespace own_copy

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "assigned_shared_ptr",
    .title = "A shared_ptr is used while another thread assigns to it",
    .story = "std::shared_ptr counts its owners atomically, and is therefore thought to be safe to "
             "share. Different copies are; one and the same is a plain variable of two pointers. "
             "Who follows or copies it while it is assigned may come when the last owner has gone "
             "and the object with it.",
    .kind = "data race on a control block",
    .cwe = "416,911",
    .threads = 2,
    .tsan_reason = "The two pointers in the shared_ptr are plain, and the use and the assignment "
                   "are unordered. It accuses libstdc++ 12's atomic<shared_ptr>, too: load() gives "
                   "its lock back with a relaxed operation.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kUseAfterFree},
             .tsan = {"data_race", "use_after_free"}},
            {.name = "atomic_shared_ptr",
             .body = atomic_shared_ptr::body,
             .adds = "atomicity: reading both pointers and counting the new owner are one step",
             .primitive = "std::atomic<std::shared_ptr>",
             .tsan = {"data_race"},
             .tsan_certain = false},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: nothing is assigned while the copy counts itself in",
             .primitive = "std::mutex"},
            {.name = "own_copy",
             .body = own_copy::body,
             .adds = "ownership: each thread uses a shared_ptr of its own",
             .primitive = "std::shared_ptr"},
        },
}};

}  // namespace
