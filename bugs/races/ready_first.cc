// SPDX-License-Identifier: Apache-2.0
// Ready first. A loader says that the table is ready and then fills it in. Both are atomic, so no
// tool that looks for data races has anything to say.
//
//   loader                      user
//   --------------------------------
//   ready = true
//                               reads ready: true
//                               reads table: 0          not filled in
//   table = 42
#include <atomic>
#include <cassert>
#include <latch>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::atomic<int> table{0};
  std::atomic<bool> ready{false};
  std::thread loader([&] {
    ready = true;
    table = 42;
  });
  std::thread user([&] {
    if (ready) {
      const int seen = table;
      heddle::observe("seen", seen);
      assert(seen == 42);
    }
  });
  loader.join();
  user.join();
}
}  // namespace buggy

// Fix: first the table, then the word that it is ready.
namespace ready_last {
void body() {
  std::atomic<int> table{0};
  std::atomic<bool> ready{false};
  std::thread loader([&] {
    table = 42;
    ready = true;
  });
  std::thread user([&] {
    if (ready) {
      const int seen = table;
      heddle::observe("seen", seen);
      assert(seen == 42);
    }
  });
  loader.join();
  user.join();
}
}  // namespace ready_last

// Fix: who needs the table fills it in, if nobody has; who comes meanwhile waits.
namespace call_once {
void body() {
  int table = 0;
  std::once_flag ready;
  auto load = [&] { table = 42; };
  std::thread loader([&] { std::call_once(ready, load); });
  std::thread user([&] {
    std::call_once(ready, load);
    const int seen = table;
    heddle::observe("seen", seen);
    assert(seen == 42);
  });
  loader.join();
  user.join();
}
}  // namespace call_once

// Fix: the user waits until the loader has counted down, which it does at its end.
namespace latch {
void body() {
  int table = 0;
  std::latch ready(1);
  std::thread loader([&] {
    table = 42;
    ready.count_down();
  });
  std::thread user([&] {
    ready.wait();
    const int seen = table;
    heddle::observe("seen", seen);
    assert(seen == 42);
  });
  loader.join();
  user.join();
}
}  // namespace latch

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "ready_first",
    .title = "The flag says ready before the data is",
    .story = "A loader sets the flag that its table is ready, and then fills in the table. A user "
             "that sees the flag in between works with an empty table. Everything is atomic and "
             "even sequentially consistent; only the order of two lines is wrong.",
    .kind = "order violation, false initialisation",
    .cwe = "909,696",
    .threads = 2,
    .tsan_reason = "All shared accesses are atomic, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 3},
            {.name = "ready_last",
             .body = ready_last::body,
             .adds = "order: whoever sees the flag sees the table",
             .primitive = "std::atomic",
             .sc_executions = 2},
            {.name = "call_once",
             .body = call_once::body,
             .adds = "happens-before: the end of the one call that fills in before every return",
             .primitive = "std::call_once"},
            {.name = "latch",
             .body = latch::body,
             .adds = "happens-before: the loader's count_down before the return of the user's wait",
             .primitive = "std::latch"},
        },
}};

}  // namespace
