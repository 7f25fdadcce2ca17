// SPDX-License-Identifier: Apache-2.0
// Gated philosophers: a correct program. Three philosophers take the left fork first, which would
// be a cycle; but each takes both forks inside the dining room, which admits one at a time.
//
//   first               second              third
//   ---------------------------------------------
//   enters the room
//   takes fork 0
//                       waits for the room
//   takes fork 1
//   leaves
//                       enters the room, takes forks 1 and 2
#include <array>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace correct {
void body() {
  std::mutex room;
  std::array<std::mutex, 3> forks;
  auto dine = [&](int seat) {
    std::lock_guard inside(room);
    std::lock_guard left(forks[seat]);
    std::lock_guard right(forks[(seat + 1) % 3]);
  };
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "gated_philosophers",
    .title = "Three philosophers with a cyclic fork order, one at a time in the room",
    .story = "The fork orders of the three philosophers form a cycle, which is the bug of the "
             "dining philosophers. But nobody ever waits for a fork: whoever takes one holds the "
             "lock of the room until it has put both back. There is no deadlock to report.",
    .kind = "gate lock",
    .cwe = "",
    .threads = 3,
    .tsan_reason = "It records that the fork orders form a cycle, and does not see that they are "
                   "only ever taken under a common lock: a false alarm.",
    .file = __FILE__,
    .variants =
        {{.name = "correct", .body = correct::body, .sc_executions = 6, .tsan = {"lock_order"}}},
}};

}  // namespace
