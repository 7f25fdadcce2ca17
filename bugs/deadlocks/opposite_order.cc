// SPDX-License-Identifier: Apache-2.0
// Opposite order. One thread locks the orders and then the stock, another the stock and then the
// orders. When each has its first lock, each waits for the other for ever.
//
//   clerk                       keeper
//   ----------------------------------
//   locks orders
//                               locks stock
//   waits for stock
//                               waits for orders           nobody can go on
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
void body() {
  std::mutex orders;
  std::mutex stock;
  std::thread clerk([&] {
    std::lock_guard first(orders);
    std::lock_guard second(stock);
  });
  std::thread keeper([&] {
    std::lock_guard first(stock);
    std::lock_guard second(orders);
  });
  clerk.join();
  keeper.join();
}
}  // namespace buggy

// Fix: everybody locks in the same order.
namespace same_order {
void body() {
  std::mutex orders;
  std::mutex stock;
  std::thread clerk([&] {
    std::lock_guard first(orders);
    std::lock_guard second(stock);
  });
  std::thread keeper([&] {
    std::lock_guard first(orders);
    std::lock_guard second(stock);
  });
  clerk.join();
  keeper.join();
}
}  // namespace same_order

// Fix: lock both at once. The library gives back what it has when it cannot get the other, so it
// may try any number of times.
namespace scoped_lock {
void body() {
  std::mutex orders;
  std::mutex stock;
  std::thread clerk([&] { std::scoped_lock both(orders, stock); });
  std::thread keeper([&] { std::scoped_lock both(stock, orders); });
  clerk.join();
  keeper.join();
}
}  // namespace scoped_lock

// Fix: one lock for both, where they are used together anyway.
namespace one_lock {
void body() {
  std::mutex orders_and_stock;
  std::thread clerk([&] { std::lock_guard both(orders_and_stock); });
  std::thread keeper([&] { std::lock_guard both(orders_and_stock); });
  clerk.join();
  keeper.join();
}
}  // namespace one_lock

// Fix: try the second lock, and give the first one back if it is taken. How often that takes nobody
// can say (see livelocks/polite_dining).
namespace try_lock {
void body() {
  std::mutex orders;
  std::mutex stock;
  auto lock_both = [](std::mutex& first, std::mutex& second) {
    first.lock();
    while (!second.try_lock()) {
      first.unlock();
      first.lock();
    }
  };
  std::thread clerk([&] {
    lock_both(orders, stock);
    stock.unlock();
    orders.unlock();
  });
  std::thread keeper([&] {
    lock_both(stock, orders);
    orders.unlock();
    stock.unlock();
  });
  clerk.join();
  keeper.join();
}
}  // namespace try_lock

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "opposite_order",
    .title = "Two mutexes, locked in opposite order",
    .story =
        "A clerk locks the orders and then the stock; the stock keeper locks the stock and then "
        "the orders. When each holds the first lock and wants the second, both wait for ever.",
    .kind = "lock-order deadlock",
    .cwe = "833",
    .origin = "SEI CERT CON53-CPP",
    .threads = 2,
    .tsan_reason = "A run that gets through shows both lock orders, and the inversion is reported; "
                   "a run that really deadlocks hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kCycle},
             .sc_executions = 3,
             .tsan = {"lock_order", "hang"}},
            {.name = "same_order",
             .body = same_order::body,
             .adds = "order: locks are taken in one order, so waiting cannot form a cycle",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "scoped_lock",
             .body = scoped_lock::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one lock while holding the other",
             .primitive = "std::scoped_lock"},
            {.name = "one_lock",
             .body = one_lock::body,
             .adds = "exclusion by one lock, for which there is no order to get wrong",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "try_lock",
             .body = try_lock::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one lock while holding the other",
             .primitive = "std::mutex::try_lock"},
        },
}};

}  // namespace
