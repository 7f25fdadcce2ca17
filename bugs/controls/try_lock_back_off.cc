// SPDX-License-Identifier: Apache-2.0
// Try-lock and back off. Two threads hold one mutex and only try the other, in opposite order; who
// fails lets go and does without. Nobody ever waits while holding a lock.
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
  int moved = 0;
  auto move = [&](std::mutex& held, std::mutex& wanted) {
    std::lock_guard first(held);
    if (wanted.try_lock()) {
      moved = moved + 1;
      wanted.unlock();
    }
  };
  std::thread clerk([&] { move(orders, stock); });
  std::thread keeper([&] { move(stock, orders); });
  clerk.join();
  keeper.join();
  heddle::observe("moved", moved);
  assert(moved <= 2);
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "try_lock_back_off",
    .title = "Hold one mutex, only try the other: correct",
    .story = "Two threads take two mutexes in opposite order, but the second one only with "
             "try_lock: who cannot have it gives up. There is no waiting while holding, so there "
             "is no deadlock; what is guarded by both locks is touched only with both held.",
    .kind = "correct program",
    .cwe = "",
    .threads = 2,
    .tsan_reason = "It knows that a try_lock cannot deadlock and is rightly silent.",
    .file = __FILE__,
    .variants =
        {
            {.name = "correct",
             .body = correct::body,
             .adds = "no hold and wait: a second lock is never waited for",
             .primitive = "std::mutex::try_lock"},
        },
}};

}  // namespace
