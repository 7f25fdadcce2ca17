// SPDX-License-Identifier: Apache-2.0
// Cancelled waiter. A page refreshes itself when a timer fires: its coroutine awaits the timer, and
// the timer's callback holds the bare handle of the coroutine. The user closes the page, which
// destroys the coroutine; then the timer fires.
//
//   event loop
//   ----------
//   user closes the page: destroys the coroutine's frame
//   timer fires: resumes the coroutine          freed memory
#include <memory>
#include <stop_token>

#include "bugs/event_loop.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
bugs::Task refresh(bugs::EventLoop& loop, int& refreshed) {
  co_await loop.answer();  // The timer.
  ++refreshed;
}

void body() {
  bugs::EventLoop loop;
  int refreshed = 0;
  bugs::Task page = refresh(loop, refreshed);
  loop.post([&] { page.destroy(); });
  loop.run();
  heddle::observe("refreshed", refreshed);
}
}  // namespace buggy

// Fix: closing the page only asks the coroutine to stop. It is resumed once more, sees that, and
// ends by itself; the frame is freed behind the loop.
namespace stop_token {
bugs::Task refresh(bugs::EventLoop& loop, int& refreshed, std::stop_token stop) {
  co_await loop.answer();  // The timer.
  if (stop.stop_requested()) {
    co_return;
  }
  ++refreshed;
}

void body() {
  bugs::EventLoop loop;
  int refreshed = 0;
  std::stop_source stop;
  const bugs::Task page = refresh(loop, refreshed, stop.get_token());
  loop.post([&] { stop.request_stop(); });
  loop.run();
  heddle::observe("refreshed", refreshed);
}
}  // namespace stop_token

// Fix: whoever awaits takes the callback back when it is destroyed: the awaiter is part of the
// frame, so its destructor runs with it.
namespace withdraw {
struct Timer {
  bugs::EventLoop& loop;
  bugs::EventLoop::Ticket ticket = 0;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    ticket = loop.post([waiter] { waiter.resume(); });
  }
  void await_resume() const {}
  ~Timer() { loop.withdraw(ticket); }
};

bugs::Task refresh(bugs::EventLoop& loop, int& refreshed) {
  co_await Timer{loop};
  ++refreshed;
}

void body() {
  bugs::EventLoop loop;
  int refreshed = 0;
  bugs::Task page = refresh(loop, refreshed);
  loop.post([&] { page.destroy(); });
  loop.run();
  heddle::observe("refreshed", refreshed);
}
}  // namespace withdraw

// Fix: the callback holds a weak pointer beside the handle, to something that lives as long as the
// frame.
namespace weak_handle {
struct Timer {
  explicit Timer(bugs::EventLoop& its_loop) : loop(its_loop) {}
  bugs::EventLoop& loop;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    loop.post([waiter, weak = std::weak_ptr<bool>(alive)] {
      if (!weak.expired()) {
        waiter.resume();
      }
    });
  }
  void await_resume() const {}
};

bugs::Task refresh(bugs::EventLoop& loop, int& refreshed) {
  co_await Timer(loop);
  ++refreshed;
}

void body() {
  bugs::EventLoop loop;
  int refreshed = 0;
  bugs::Task page = refresh(loop, refreshed);
  loop.post([&] { page.destroy(); });
  loop.run();
  heddle::observe("refreshed", refreshed);
}
}  // namespace weak_handle

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "cancelled_waiter",
    .title = "A coroutine is destroyed while a timer still holds its handle",
    .story =
        "A coroutine awaits a timer, whose callback keeps the coroutine's handle. Cancelling the "
        "coroutine destroys its frame and tells the timer nothing: it resumes what is no more, "
        "and jumps to wherever the freed memory says.",
    .kind = "use after free of a coroutine frame",
    .cwe = "416",
    .threads = 1,
    .tsan_reason =
        "Run natively, the loop takes events in the order in which they were posted, and "
        "the timer is first: nothing happens that it could see.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kUseAfterFree, kCrash},
             .sc_executions = 2},
            {.name = "stop_token",
             .body = stop_token::body,
             .adds = "order: the frame is freed only behind the end of the coroutine",
             .primitive = "std::stop_token",
             .sc_executions = 2},
            {.name = "withdraw",
             .body = withdraw::body,
             .adds = "ownership: the callback goes when the frame goes",
             .primitive = "destructor of the awaiter",
             .sc_executions = 2},
            {.name = "weak_handle",
             .body = weak_handle::body,
             .adds = "a check: the callback can tell whether the frame still exists",
             .primitive = "std::weak_ptr",
             .sc_executions = 2},
        },
}};

}  // namespace
