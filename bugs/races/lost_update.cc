// SPDX-License-Identifier: Apache-2.0
// Lost update. Two clerks count visitors on one counter: each reads it, adds one and writes it
// back. When both read before either writes, one of the two visitors is lost.
//
//   first clerk             second clerk
//   ------------------------------------
//   reads hits: 0
//                           reads hits: 0
//                           writes hits: 1
//   writes hits: 1                           two visitors, hits == 1
#include <array>
#include <atomic>
#include <cassert>
#include <functional>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  int hits = 0;
  auto clerk = [&] { hits = hits + 1; };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace buggy

// Fix: a lock around the read and the write.
namespace mutex {
void body() {
  int hits = 0;
  std::mutex counter;
  auto clerk = [&] {
    std::lock_guard lock(counter);
    hits = hits + 1;
  };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits);
  assert(hits == 2);
}
}  // namespace mutex

// Fix: one atomic step that reads and writes. Relaxed is enough: nothing else is published by it.
namespace fetch_add {
void body() {
  std::atomic<int> hits{0};
  auto clerk = [&] { hits.fetch_add(1, std::memory_order_relaxed); };
  std::thread first(clerk);
  std::thread second(clerk);
  first.join();
  second.join();
  heddle::observe("hits", hits.load());
  assert(hits.load() == 2);
}
}  // namespace fetch_add

// Fix: share nothing; each clerk has a counter, and they are added up after the join.
namespace own_counter {
void body() {
  std::array<int, 2> hits{};
  auto clerk = [](int& own) { own = own + 1; };
  std::thread first(clerk, std::ref(hits[0]));
  std::thread second(clerk, std::ref(hits[1]));
  first.join();
  second.join();
  const int total = hits[0] + hits[1];
  heddle::observe("hits", total);
  assert(total == 2);
}
}  // namespace own_counter

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "lost_update",
    .title = "Two clerks bump one hit counter, and a hit is lost",
    .story = "Two clerks count visitors on one plain counter. Reading, adding one and writing back "
             "are separate steps; when both clerks read before either writes, both write the same "
             "number and one visitor is lost.",
    .kind = "data race, lost update",
    .cwe = "366",
    .origin = "textbook",
    .threads = 2,
    .tsan_reason = "Two plain accesses without any ordering are what it looks for, even when the "
                   "run happens to count right.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: no clerk reads between the other's read and write",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "fetch_add",
             .body = fetch_add::body,
             .adds =
                 "atomicity: the read and the write are one step, adjacent in modification order",
             .primitive = "std::atomic::fetch_add",
             .sc_executions = 2},
            {.name = "own_counter",
             .body = own_counter::body,
             .adds =
                 "ownership: each counter has one writer, and the joins order both before the sum",
             .primitive = "std::thread::join",
             .sc_executions = 1},
        },
}};

}  // namespace
