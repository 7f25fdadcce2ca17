// SPDX-License-Identifier: Apache-2.0
// Scoped lock, both orders. std::scoped_lock is given the same two mutexes in opposite order by two
// threads. It never waits for one while it holds the other, so the order does not matter.
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace correct {
void body() {
  std::mutex orders;
  std::mutex stock;
  int items = 0;
  std::thread clerk([&] {
    std::scoped_lock both(orders, stock);
    items = items + 1;
  });
  std::thread keeper([&] {
    std::scoped_lock both(stock, orders);
    items = items + 1;
  });
  clerk.join();
  keeper.join();
  heddle::observe("items", items);
  assert(items == 2);
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "scoped_lock_both_orders",
    .title = "std::scoped_lock with its mutexes in either order: correct",
    .story = "Two threads name the same two mutexes in opposite order, but let std::scoped_lock "
             "take them. It tries the second and gives the first back if it cannot have it, so "
             "nobody waits while holding a lock. It may have to try again any number of times, "
             "which is why a search of all executions needs a bound.",
    .kind = "correct program",
    .cwe = "",
    .threads = 2,
    .tsan_reason = "It knows that a try_lock cannot deadlock and is rightly silent.",
    .file = __FILE__,
    .variants =
        {
            {.name = "correct",
             .body = correct::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one lock while holding the other",
             .primitive = "std::scoped_lock"},
        },
}};

}  // namespace
