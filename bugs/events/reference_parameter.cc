// SPDX-License-Identifier: Apache-2.0
// Reference parameter. A coroutine takes its request by reference, as a function would. If the page
// is in the cache it is done before it returns; otherwise it suspends, its caller returns and drops
// the request, and the coroutine goes on with a reference to nothing.
//
//   event loop
//   ----------
//   handler: serve(*request) awaits the disk; the handler ends, the request is freed
//   disk answers: serve reads request.bytes     freed memory
#include <memory>

#include "bugs/event_loop.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Request {
  int bytes = 0;
};

/// Explored both ways. Natively it is a miss every time.
bool is_in_cache() { return heddle::choose(2) == 1; }

namespace buggy {
bugs::Task serve(bugs::EventLoop& loop, const Request& request, int& sent) {
  if (!is_in_cache()) {
    co_await loop.answer();  // The disk.
  }
  sent += request.bytes;
}

void body() {
  bugs::EventLoop loop;
  bugs::Task task;
  int sent = 0;
  loop.post([&] {
    const auto request = std::make_unique<Request>(Request{512});
    task = serve(loop, *request, sent);
  });
  loop.run();
  heddle::observe("sent", sent);
}
}  // namespace buggy

// Fix: parameters by value are copied into the frame and live as long as it does.
namespace by_value {
bugs::Task serve(bugs::EventLoop& loop, const Request request, int& sent) {
  if (!is_in_cache()) {
    co_await loop.answer();  // The disk.
  }
  sent += request.bytes;
}

void body() {
  bugs::EventLoop loop;
  bugs::Task task;
  int sent = 0;
  loop.post([&] {
    const auto request = std::make_unique<Request>(Request{512});
    task = serve(loop, *request, sent);
  });
  loop.run();
  heddle::observe("sent", sent);
}
}  // namespace by_value

// Fix: the caller is a coroutine, too, and awaits the end of what it has lent its request to.
namespace awaited {
bugs::Task serve(bugs::EventLoop& loop, const Request& request, int& sent) {
  if (!is_in_cache()) {
    co_await loop.answer();  // The disk.
  }
  sent += request.bytes;
}

bugs::Task handle(bugs::EventLoop& loop, int& sent) {
  const auto request = std::make_unique<Request>(Request{512});
  co_await serve(loop, *request, sent);
}

void body() {
  bugs::EventLoop loop;
  bugs::Task task;
  int sent = 0;
  loop.post([&] { task = handle(loop, sent); });
  loop.run();
  heddle::observe("sent", sent);
}
}  // namespace awaited

// Fix: both share the request.
namespace shared {
bugs::Task serve(bugs::EventLoop& loop, std::shared_ptr<const Request> request, int& sent) {
  if (!is_in_cache()) {
    co_await loop.answer();  // The disk.
  }
  sent += request->bytes;
}

void body() {
  bugs::EventLoop loop;
  bugs::Task task;
  int sent = 0;
  loop.post([&] {
    const auto request = std::make_shared<Request>(Request{512});
    task = serve(loop, request, sent);
  });
  loop.run();
  heddle::observe("sent", sent);
}
}  // namespace shared

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "reference_parameter",
    .title = "A coroutine's reference parameter outlives what it refers to",
    .story = "A coroutine may return to its caller long before it ends. Its reference parameter is "
             "kept as a reference: after the first co_await that suspends, the caller has dropped "
             "the object. As long as the cache answers at once, everything works.",
    .kind = "dangling reference in a coroutine",
    .cwe = "416,562",
    .origin = "C++ Core Guidelines CP.53",
    .threads = 1,
    .tsan_reason = "It sees an access to freed memory also in one thread; of an object on the "
                   "caller's stack it would see nothing.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kUseAfterFree},
             .sc_executions = 2,
             .tsan = {"use_after_free"}},
            {.name = "by_value",
             .body = by_value::body,
             .adds = "lifetime: the frame has a copy of its own",
             .primitive = "parameter by value",
             .sc_executions = 2},
            {.name = "awaited",
             .body = awaited::body,
             .adds = "order: the caller lives until what it awaits has ended",
             .primitive = "co_await",
             .sc_executions = 2},
            {.name = "shared",
             .body = shared::body,
             .adds = "lifetime: the request lives until the last of its owners lets go",
             .primitive = "std::shared_ptr",
             .sc_executions = 2},
        },
}};

}  // namespace
