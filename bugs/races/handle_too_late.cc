// SPDX-License-Identifier: Apache-2.0
// Handle too late. A parent starts a child and then stores the child's handle where the child looks
// for it. The child may well be quicker.
//
//   parent                      child
//   ---------------------------------
//   starts the child
//                               uses handle: 0          not yet stored
//   handle = 42
#include <cassert>
#include <latch>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  int handle = 0;
  int used = 0;
  std::thread child([&] { used = handle; });
  handle = 42;
  child.join();
  heddle::observe("used", used);
  assert(used == 42);
}
}  // namespace buggy

// Fix: store first, start then.
namespace stored_first {
void body() {
  int handle = 0;
  int used = 0;
  handle = 42;
  std::thread child([&] { used = handle; });
  child.join();
  heddle::observe("used", used);
  assert(used == 42);
}
}  // namespace stored_first

// Fix: the child waits until the parent says that everything is in its place. For handles that are
// known only once the child runs.
namespace latch {
void body() {
  int handle = 0;
  int used = 0;
  std::latch stored(1);
  std::thread child([&] {
    stored.wait();
    used = handle;
  });
  handle = 42;
  stored.count_down();
  child.join();
  heddle::observe("used", used);
  assert(used == 42);
}
}  // namespace latch

// Fix: the child gets a copy of its own as an argument.
namespace argument {
void body() {
  int used = 0;
  std::thread child([&](int handle) { used = handle; }, 42);
  child.join();
  heddle::observe("used", used);
  assert(used == 42);
}
}  // namespace argument

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "handle_too_late",
    .title = "A child uses the handle that its parent stores after starting it",
    .story = "A parent starts a child and then stores the handle that the child works with. That "
             "the parent goes on after starting the child does not mean that the child waits: on "
             "another core it may have run to its end by then.",
    .kind = "order violation",
    .cwe = "696,908",
    .origin = "the class of Mozilla's nsThread (Lu et al., \"Learning from Mistakes\", ASPLOS "
              "2008)",
    .threads = 1,
    .tsan_reason = "The handle is plain, and the parent's write is after the start of the child, "
                   "so nothing orders it with the child's read.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "stored_first",
             .body = stored_first::body,
             .adds = "happens-before: the store before the child's creation, that before its first "
                     "step",
             .primitive = "std::thread",
             .sc_executions = 1},
            {.name = "latch",
             .body = latch::body,
             .adds = "happens-before: the parent's count_down before the return of the child's "
                     "wait",
             .primitive = "std::latch"},
            {.name = "argument",
             .body = argument::body,
             .adds = "ownership: the child's handle is a copy that nobody else touches",
             .primitive = "std::thread",
             .sc_executions = 1},
        },
}};

}  // namespace
