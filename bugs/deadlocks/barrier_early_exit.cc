// SPDX-License-Identifier: Apache-2.0
// Barrier with an early exit. Two workers meet at a barrier between two phases. One finds that it
// has nothing to do and returns; the barrier still counts on it, and the other waits for ever.
//
//   idle                        busy
//   --------------------------------
//   returns early
//                               arrives, waits for the second arrival
#include <barrier>
#include <cstddef>
#include <latch>
#include <thread>
#include <vector>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
void body() {
  std::barrier phase(2);
  auto worker = [&](int tiles) {
    if (tiles == 0) {
      return;
    }
    phase.arrive_and_wait();
  };
  std::thread idle(worker, 0);
  std::thread busy(worker, 3);
  idle.join();
  busy.join();
}
}  // namespace buggy

// Fix: who leaves early says so, for this phase and all later ones.
namespace arrive_and_drop {
void body() {
  std::barrier phase(2);
  auto worker = [&](int tiles) {
    if (tiles == 0) {
      phase.arrive_and_drop();
      return;
    }
    phase.arrive_and_wait();
  };
  std::thread idle(worker, 0);
  std::thread busy(worker, 3);
  idle.join();
  busy.join();
}
}  // namespace arrive_and_drop

// Fix: a latch lets a worker be counted without waiting.
namespace latch {
void body() {
  std::latch phase(2);
  auto worker = [&](int tiles) {
    if (tiles == 0) {
      phase.count_down();
      return;
    }
    phase.arrive_and_wait();
  };
  std::thread idle(worker, 0);
  std::thread busy(worker, 3);
  idle.join();
  busy.join();
}
}  // namespace latch

// Fix: count those that there are. Who has nothing to do is not started, and not waited for.
namespace counted {
void body() {
  std::vector<int> work{0, 3};
  std::erase(work, 0);
  std::barrier phase(static_cast<std::ptrdiff_t>(work.size()));
  auto worker = [&](int tiles) {
    if (tiles == 0) {
      return;
    }
    phase.arrive_and_wait();
  };
  std::vector<std::thread> workers;
  for (const int tiles : work) {
    workers.emplace_back(worker, tiles);
  }
  for (std::thread& each : workers) {
    each.join();
  }
}
}  // namespace counted

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "barrier_early_exit",
    .title = "A worker returns early, and the barrier waits for it",
    .story =
        "Two workers share a barrier between two phases. A worker without any tiles returns before "
        "it arrives; the barrier was told to expect two, and the other worker waits for ever.",
    .kind = "barrier miscount",
    .cwe = "833",
    .threads = 2,
    .tsan_reason =
        "Waiting for ever is not something that it looks for: the run hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .sc_executions = 1,
             .tsan = {"hang"}},
            {.name = "arrive_and_drop",
             .body = arrive_and_drop::body,
             .adds = "an arrival for the worker that leaves, which completes the phase",
             .primitive = "std::barrier::arrive_and_drop"},
            {.name = "latch",
             .body = latch::body,
             .adds = "a count for the worker that leaves, which opens the latch",
             .primitive = "std::latch"},
            {.name = "counted",
             .body = counted::body,
             .adds = "a barrier that expects as many as arrive",
             .primitive = "std::vector::size"},
        },
}};

}  // namespace
