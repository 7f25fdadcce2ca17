// SPDX-License-Identifier: Apache-2.0
// Three modules. Each module locks itself and calls the next one, which locks itself. No two of
// them take each other's locks in opposite orders; the three together go round in a ring.
//
//   orders                      stock                       billing
//   ---------------------------------------------------------------
//   locks orders
//                               locks stock
//                                                           locks billing
//   waits for stock
//                               waits for billing
//                                                           waits for orders     a ring of three
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
struct Shop {
  std::mutex orders;
  std::mutex stock;
  std::mutex billing;

  void order() {  // Takes from the stock.
    std::lock_guard mine(orders);
    std::lock_guard called(stock);
  }
  void restock() {  // Has the goods paid.
    std::lock_guard mine(stock);
    std::lock_guard called(billing);
  }
  void bill() {  // Marks the order as paid.
    std::lock_guard mine(billing);
    std::lock_guard called(orders);
  }
};

void body() {
  Shop shop;
  std::thread order([&] { shop.order(); });
  std::thread restock([&] { shop.restock(); });
  std::thread bill([&] { shop.bill(); });
  order.join();
  restock.join();
  bill.join();
}
}  // namespace buggy

// Fix: a hierarchy. Billing is below orders and stock, and locks what it calls before itself.
namespace hierarchy {
struct Shop {
  std::mutex orders;
  std::mutex stock;
  std::mutex billing;

  void order() {  // Takes from the stock.
    std::lock_guard mine(orders);
    std::lock_guard called(stock);
  }
  void restock() {  // Has the goods paid.
    std::lock_guard mine(stock);
    std::lock_guard called(billing);
  }
  void bill() {  // Marks the order as paid.
    std::lock_guard called(orders);
    std::lock_guard mine(billing);
  }
};

void body() {
  Shop shop;
  std::thread order([&] { shop.order(); });
  std::thread restock([&] { shop.restock(); });
  std::thread bill([&] { shop.bill(); });
  order.join();
  restock.join();
  bill.join();
}
}  // namespace hierarchy

// Fix: no module calls another one while it holds its own lock.
namespace unlocked_calls {
struct Shop {
  std::mutex orders;
  std::mutex stock;
  std::mutex billing;

  void order() {  // Takes from the stock.
    { std::lock_guard mine(orders); }
    std::lock_guard called(stock);
  }
  void restock() {  // Has the goods paid.
    { std::lock_guard mine(stock); }
    std::lock_guard called(billing);
  }
  void bill() {  // Marks the order as paid.
    { std::lock_guard mine(billing); }
    std::lock_guard called(orders);
  }
};

void body() {
  Shop shop;
  std::thread order([&] { shop.order(); });
  std::thread restock([&] { shop.restock(); });
  std::thread bill([&] { shop.bill(); });
  order.join();
  restock.join();
  bill.join();
}
}  // namespace unlocked_calls

// Fix: whoever will call another module locks both at once.
namespace scoped_lock {
struct Shop {
  std::mutex orders;
  std::mutex stock;
  std::mutex billing;

  void order() { std::scoped_lock both(orders, stock); }     // Takes from the stock.
  void restock() { std::scoped_lock both(stock, billing); }  // Has the goods paid.
  void bill() { std::scoped_lock both(billing, orders); }    // Marks the order as paid.
};

void body() {
  Shop shop;
  std::thread order([&] { shop.order(); });
  std::thread restock([&] { shop.restock(); });
  std::thread bill([&] { shop.bill(); });
  order.join();
  restock.join();
  bill.join();
}
}  // namespace scoped_lock

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "three_modules",
    .title = "Three modules call each other in a ring, each with its own lock held",
    .story = "Orders call the stock, the stock calls billing, and billing calls orders, each with "
             "its own lock held. Whoever checks the modules in pairs finds no two orders that "
             "contradict each other; all three together can wait in a ring.",
    .kind = "lock cycle",
    .cwe = "833",
    .origin = "the class of bugs that Linux's lockdep looks for",
    .threads = 3,
    .tsan_reason = "A run that gets through shows a cycle of three lock orders, which is reported; "
                   "a run that really deadlocks hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kCycle},
             .sc_executions = 7,
             .tsan = {"lock_order", "hang"}},
            {.name = "hierarchy",
             .body = hierarchy::body,
             .adds = "order: orders, stock, billing is the order of locking for all, so waiting "
                     "cannot form a ring",
             .primitive = "std::mutex",
             .sc_executions = 6},
            {.name = "unlocked_calls",
             .body = unlocked_calls::body,
             .adds = "no hold and wait: nobody waits for a lock while holding one",
             .primitive = "std::mutex",
             .sc_executions = 7},
            {.name = "scoped_lock",
             .body = scoped_lock::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one module's lock while holding another's",
             .primitive = "std::scoped_lock"},
        },
}};

}  // namespace
