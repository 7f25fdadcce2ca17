// SPDX-License-Identifier: Apache-2.0
// A rare order. Setters put two numbers that belong together, one after the other; a checker looks
// at both. It is caught only between the two steps of the first setter: the more threads there are,
// the fewer of all schedules show the bug, and random testing finds it ever more rarely.
//
//   first setter           second setter          checker
//   -----------------------------------------------------
//   debit = 1
//                                                 reads debit: 1
//                                                 reads credit: 0        no balance
//   credit = 1
//                          debit = 1, credit = 1
#include <atomic>
#include <cassert>
#include <cstdint>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

void check(int debit, int credit) {
  heddle::observe("debit", debit);
  heddle::observe("credit", credit);
  assert(debit == credit);
}

namespace buggy {
void body() {
  int debit = 0;
  int credit = 0;
  auto set = [&] {
    debit = 1;
    credit = 1;
  };
  std::thread first(set);
  std::thread second(set);
  std::thread checker([&] {
    const int debit_seen = debit;
    const int credit_seen = credit;
    check(debit_seen, credit_seen);
  });
  first.join();
  second.join();
  checker.join();
}
}  // namespace buggy

// Fix: one lock over both numbers.
namespace mutex {
void body() {
  int debit = 0;
  int credit = 0;
  std::mutex book;
  auto set = [&] {
    std::lock_guard lock(book);
    debit = 1;
    credit = 1;
  };
  std::thread first(set);
  std::thread second(set);
  std::thread checker([&] {
    std::lock_guard lock(book);
    const int debit_seen = debit;
    const int credit_seen = credit;
    check(debit_seen, credit_seen);
  });
  first.join();
  second.join();
  checker.join();
}
}  // namespace mutex

// Fix: both numbers in one atomic word.
namespace one_atomic {
struct alignas(8) Entry {  // One machine word, so that it is atomic without a lock.
  std::int32_t debit;
  std::int32_t credit;
};

void body() {
  std::atomic<Entry> entry{Entry{0, 0}};
  auto set = [&] { entry.store(Entry{1, 1}); };
  std::thread first(set);
  std::thread second(set);
  std::thread checker([&] {
    const Entry seen = entry.load();
    check(seen.debit, seen.credit);
  });
  first.join();
  second.join();
  checker.join();
}
}  // namespace one_atomic

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "rare_order",
    .title = "Two setters and a checker: the more threads, the rarer the failing order",
    .story = "Each setter writes the two sides of an entry, and a checker compares them. Whoever "
             "tests this with random schedules must hit the moment between the two writes of the "
             "setter that comes first; every further setter makes that less likely. A search that "
             "counts executions instead finds it whatever the odds.",
    .kind = "data race, atomicity violation",
    .cwe = "366",
    .origin = "the reorder programs on which schedulers are compared",
    .threads = 3,
    .tsan_reason = "The two numbers are plain, and their accesses are unordered.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: nobody looks between the two writes",
             .primitive = "std::mutex",
             .sc_executions = 6},
            {.name = "one_atomic",
             .body = one_atomic::body,
             .adds = "atomicity: both numbers are written, and read, in one step",
             .primitive = "std::atomic of both"},
        },
}};

}  // namespace
