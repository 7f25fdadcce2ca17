// SPDX-License-Identifier: Apache-2.0
// Join under lock. A server closes: it locks its state, notes that it is closing, and, still
// holding the lock, waits for its worker to end. The worker needs that lock to end.
//
//   main                        worker
//   ----------------------------------
//   locks state
//   closing = true
//   joins worker, waits
//                               locks state, waits        each waits for the other
#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::mutex state;
  bool closing = false;
  int served = 0;
  std::thread worker([&] {
    std::lock_guard lock(state);
    served = closing ? 0 : 1;
  });
  std::lock_guard lock(state);
  closing = true;
  worker.join();
  heddle::observe("served", served);
}
}  // namespace buggy

// Fix: let go of the lock before waiting.
namespace unlock_first {
void body() {
  std::mutex state;
  bool closing = false;
  int served = 0;
  std::thread worker([&] {
    std::lock_guard lock(state);
    served = closing ? 0 : 1;
  });
  {
    std::lock_guard lock(state);
    closing = true;
  }
  worker.join();
  heddle::observe("served", served);
}
}  // namespace unlock_first

// Fix: no lock. What the worker has to know is one flag, and what it did is read after the join.
namespace atomic_flag {
void body() {
  std::atomic<bool> closing{false};
  int served = 0;
  std::thread worker([&] { served = closing.load() ? 0 : 1; });
  closing = true;
  worker.join();
  heddle::observe("served", served);
}
}  // namespace atomic_flag

// Fix: a thread that can be asked to stop. What it is asked with is not what it works with.
namespace stop_token {
void body() {
  std::mutex state;
  int served = 0;
  {
    std::jthread worker([&](const std::stop_token& stop) {
      if (!stop.stop_requested()) {
        std::lock_guard lock(state);
        served = 1;
      }
    });
  }  // Its destructor asks and joins.
  heddle::observe("served", served);
}
}  // namespace stop_token

// Fix: do not join. The worker has a share of all it needs, and may be the last to use it.
namespace shared_state {
struct State {
  std::mutex mutex;
  bool closing = false;
};

void body() {
  auto state = std::make_shared<State>();
  std::thread worker([state] {
    std::lock_guard lock(state->mutex);
    heddle::observe("served", state->closing ? 0 : 1);
  });
  std::lock_guard lock(state->mutex);
  state->closing = true;
  worker.detach();
}
}  // namespace shared_state

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "join_under_lock",
    .title = "join() while holding a lock that the thread needs",
    .story = "A server that closes locks its state, sets a flag and joins its worker, all in one "
             "scope. If the worker has not yet had the lock, it waits for it, and the server waits "
             "for the worker. Destructors do this often.",
    .kind = "lock and join deadlock",
    .cwe = "833",
    .threads = 2,
    .tsan_reason = "A join is no lock, so there is no lock order to invert, and a run that "
                   "deadlocks hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kCycle},
             .sc_executions = 2,
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "unlock_first",
             .body = unlock_first::body,
             .adds = "no hold and wait: nothing that the worker needs is held during the join",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "atomic_flag",
             .body = atomic_flag::body,
             .adds = "happens-before: the worker's end before the return of join, without any lock",
             .primitive = "std::atomic",
             .sc_executions = 2},
            {.name = "stop_token",
             .body = stop_token::body,
             .adds = "no hold and wait: stopping needs no lock that the worker needs",
             .primitive = "std::jthread"},
            {.name = "shared_state",
             .body = shared_state::body,
             .adds =
                 "ownership: the state lives as long as one of the two uses it, and nobody waits",
             .primitive = "std::shared_ptr"},
        },
}};

}  // namespace
