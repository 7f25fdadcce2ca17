// SPDX-License-Identifier: Apache-2.0
// Captured loop variable. A loop starts a thread for each customer, and the threads' function
// captures the loop variable by reference. When a thread looks at it, the loop has gone on.
//
//   main                        first clerk
//   ---------------------------------------
//   number = 0, starts clerk
//   number = 1
//                               reads number: 1          customer 0 is never served
#include <array>
#include <atomic>
#include <cassert>
#include <thread>
#include <vector>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kCustomers = 2;
// One place more than customers: the loop variable goes that far.
using Served = std::array<std::atomic<int>, kCustomers + 1>;

void check(const Served& served) {
  heddle::observe("customer 0", served[0].load());
  heddle::observe("customer 1", served[1].load());
  assert(served[0] == 1 && served[1] == 1);
}

namespace buggy {
void body() {
  Served served{};
  std::vector<std::thread> clerks;
  int number = 0;
  for (; number < kCustomers; ++number) {
    clerks.emplace_back([&] { ++served[number]; });
  }
  for (std::thread& clerk : clerks) {
    clerk.join();
  }
  check(served);
}
}  // namespace buggy

// Fix: capture it by value. The copy is made before the thread starts.
namespace by_value {
void body() {
  Served served{};
  std::vector<std::thread> clerks;
  int number = 0;
  for (; number < kCustomers; ++number) {
    clerks.emplace_back([&served, number] { ++served[number]; });
  }
  for (std::thread& clerk : clerks) {
    clerk.join();
  }
  check(served);
}
}  // namespace by_value

// Fix: pass it as an argument, which std::thread copies.
namespace argument {
void body() {
  Served served{};
  std::vector<std::thread> clerks;
  int number = 0;
  for (; number < kCustomers; ++number) {
    clerks.emplace_back([&served](int customer) { ++served[customer]; }, number);
  }
  for (std::thread& clerk : clerks) {
    clerk.join();
  }
  check(served);
}
}  // namespace argument

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "captured_loop_variable",
    .title = "Threads capture the loop variable by reference",
    .story = "A loop starts one thread for each customer with a lambda that captures everything by "
             "reference, the loop variable too. The threads read it when they come to it, and by "
             "then it is another customer's number, or that of none: some are served twice, "
             "others never. If the loop is left, the variable may not even exist any more.",
    .kind = "order violation on a capture",
    .cwe = "366,825",
    .origin = "the anonymous functions of the GoKer benchmark (cockroach_35501, kubernetes_70892, "
              "moby_22941)",
    .threads = 3,
    .tsan_reason = "The loop variable is plain; a thread reads it while the loop counts on.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "by_value",
             .body = by_value::body,
             .adds = "ownership: each thread has a copy, made before it starts",
             .primitive = "capture by value"},
            {.name = "argument",
             .body = argument::body,
             .adds = "ownership: each thread has a copy, made before it starts",
             .primitive = "an argument of std::thread"},
        },
}};

}  // namespace
