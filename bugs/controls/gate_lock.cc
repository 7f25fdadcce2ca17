// SPDX-License-Identifier: Apache-2.0
// Gate lock. Two threads lock the same two mutexes in opposite order, but only while they hold a
// third, the gate. They cannot deadlock: nobody holds one of the two and waits for the other while
// somebody else does the same. A tool that only compares lock orders reports them.
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace correct {
void body() {
  std::mutex gate;
  std::mutex orders;
  std::mutex stock;
  std::thread clerk([&] {
    std::lock_guard inside(gate);
    std::lock_guard first(orders);
    std::lock_guard second(stock);
  });
  std::thread keeper([&] {
    std::lock_guard inside(gate);
    std::lock_guard first(stock);
    std::lock_guard second(orders);
  });
  clerk.join();
  keeper.join();
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "gate_lock",
    .title = "Opposite lock orders behind a gate: correct",
    .story = "Two mutexes are locked in opposite order, but always inside a third one, the gate. "
             "The gate lets only one thread at a time be between its first and its second lock, so "
             "no deadlock is possible.",
    .kind = "correct program",
    .cwe = "",
    .threads = 2,
    .tsan_reason =
        "A false positive: it compares lock orders and does not take the gate into account.",
    .file = __FILE__,
    .variants =
        {
            {.name = "correct",
             .body = correct::body,
             .adds = "exclusion: the gate serialises the two critical sections",
             .primitive = "std::mutex",
             .sc_executions = 2,
             .tsan = {"lock_order"}},
        },
}};

}  // namespace
