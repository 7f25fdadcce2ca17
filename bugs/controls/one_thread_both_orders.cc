// SPDX-License-Identifier: Apache-2.0
// One thread, both orders. The same thread locks orders and then stock, and later stock and then
// orders. With nobody else it can only wait for itself, and it never holds what it locks.
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace correct {
void body() {
  std::mutex orders;
  std::mutex stock;
  std::thread clerk([&] {
    {
      std::lock_guard first(orders);
      std::lock_guard second(stock);
    }
    std::lock_guard first(stock);
    std::lock_guard second(orders);
  });
  clerk.join();
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "one_thread_both_orders",
    .title = "Both lock orders, but in one thread: correct",
    .story = "One thread locks two mutexes in one order and later in the other. A deadlock needs a "
             "second thread that holds one of them at that moment, and there is none.",
    .kind = "correct program",
    .cwe = "",
    .threads = 1,
    .tsan_reason =
        "A false positive: it compares lock orders and does not ask which threads took them.",
    .file = __FILE__,
    .variants =
        {
            {.name = "correct",
             .body = correct::body,
             .adds = "order: one thread's critical sections follow each other",
             .primitive = "std::mutex",
             .sc_executions = 1,
             .tsan = {"lock_order"}},
        },
}};

}  // namespace
