// SPDX-License-Identifier: Apache-2.0
// Same-value write. Two threads set the same plain flag to the same value. Whatever the order, the
// result is the same; it is still a data race, and so undefined behaviour, by the standard.
//
//   first                       second
//   ----------------------------------
//   found = true
//                               found = true          two unordered plain writes
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
void body() {
  bool found = false;
  auto search = [&] { found = true; };
  std::thread first(search);
  std::thread second(search);
  first.join();
  second.join();
  assert(found);
}
}  // namespace buggy

// Fix: an atomic flag; relaxed is enough, the joins order it before the look.
namespace relaxed_atomic {
void body() {
  std::atomic<bool> found{false};
  auto search = [&] { found.store(true, std::memory_order_relaxed); };
  std::thread first(search);
  std::thread second(search);
  first.join();
  second.join();
  assert(found);
}
}  // namespace relaxed_atomic

// Fix: a lock around the write.
namespace mutex {
void body() {
  bool found = false;
  std::mutex guard;
  auto search = [&] {
    std::lock_guard lock(guard);
    found = true;
  };
  std::thread first(search);
  std::thread second(search);
  first.join();
  second.join();
  assert(found);
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "same_value_write",
    .title = "Two threads write the same value: a data race all the same",
    .story = "Two searchers set one plain flag when they have found something. Both write the same "
             "value, and many would call it benign; the standard knows no benign data race, and a "
             "tool must report it although no execution goes wrong.",
    .kind = "data race",
    .cwe = "366",
    .threads = 2,
    .tsan_reason = "Two unordered plain writes are a data race whatever they write.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace},
             .tsan = {"data_race"}},
            {.name = "relaxed_atomic",
             .body = relaxed_atomic::body,
             .adds = "atomicity: concurrent atomic writes are allowed",
             .primitive = "std::atomic (relaxed)",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: one write at a time",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
