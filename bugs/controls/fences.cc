// SPDX-License-Identifier: Apache-2.0
// Fences. Plain data is published by a relaxed flag between a release fence and an acquire fence.
// The fences synchronise through the flag, so the data is ordered. A tool that does not model
// fences reports a data race.
#include <atomic>
#include <cassert>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace correct {
void body() {
  int data = 0;
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data = 42;
    std::atomic_thread_fence(std::memory_order_release);
    ready.store(true, std::memory_order_relaxed);
  });
  std::thread reader([&] {
    while (!ready.load(std::memory_order_relaxed)) {
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    assert(data == 42);
  });
  writer.join();
  reader.join();
}
}  // namespace correct

using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "controls",
    .name = "fences",
    .title = "Plain data published with fences and a relaxed flag: correct",
    .story =
        "A writer stores plain data, issues a release fence and sets a relaxed flag; the reader "
        "spins on the flag with relaxed loads, issues an acquire fence and reads the data. The "
        "fences synchronise through the flag that was read, so there is no data race.",
    .kind = "correct program",
    .cwe = "",
    .threads = 2,
    .tsan_reason = "A false positive: it does not model fences, so for it nothing orders the data "
                   "(in every run with clang 14, in some with g++ 12).",
    .file = __FILE__,
    .variants =
        {
            {.name = "correct",
             .body = correct::body,
             .adds = "happens-before: from the release fence before the store to the acquire fence "
                     "after the load that reads it",
             .primitive = "std::atomic_thread_fence",
             .sc_executions = 1,
             .tsan = {"data_race"},
             .tsan_certain = false},
        },
}};

}  // namespace
