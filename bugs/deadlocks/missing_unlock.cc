// SPDX-License-Identifier: Apache-2.0
// Missing unlock. A handler locks, finds that the request is empty and returns, without unlocking.
//
//   empty request               full request
//   ----------------------------------------
//   locks
//   returns early
//                               locks, waits            for ever
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void handle(std::mutex& mutex, int size, int& total) {
  mutex.lock();
  if (size == 0) {
    return;
  }
  total += size;
  mutex.unlock();
}

void body() {
  std::mutex mutex;
  int total = 0;
  std::thread empty([&] { handle(mutex, 0, total); });
  std::thread full([&] { handle(mutex, 3, total); });
  empty.join();
  full.join();
  heddle::observe("total", total);
}
}  // namespace buggy

// Fix: unlock wherever the scope is left.
namespace lock_guard {
void handle(std::mutex& mutex, int size, int& total) {
  std::lock_guard lock(mutex);
  if (size == 0) {
    return;
  }
  total += size;
}

void body() {
  std::mutex mutex;
  int total = 0;
  std::thread empty([&] { handle(mutex, 0, total); });
  std::thread full([&] { handle(mutex, 3, total); });
  empty.join();
  full.join();
  heddle::observe("total", total);
}
}  // namespace lock_guard

// Fix: look first, and lock only for what needs it.
namespace lock_later {
void handle(std::mutex& mutex, int size, int& total) {
  if (size == 0) {
    return;
  }
  mutex.lock();
  total += size;
  mutex.unlock();
}

void body() {
  std::mutex mutex;
  int total = 0;
  std::thread empty([&] { handle(mutex, 0, total); });
  std::thread full([&] { handle(mutex, 3, total); });
  empty.join();
  full.join();
  heddle::observe("total", total);
}
}  // namespace lock_later

// Fix: the same with a lock that may also be given back before the end of the scope.
namespace unique_lock {
void handle(std::mutex& mutex, int size, int& total) {
  std::unique_lock lock(mutex);
  if (size == 0) {
    return;
  }
  total += size;
  lock.unlock();
}

void body() {
  std::mutex mutex;
  int total = 0;
  std::thread empty([&] { handle(mutex, 0, total); });
  std::thread full([&] { handle(mutex, 3, total); });
  empty.join();
  full.join();
  heddle::observe("total", total);
}
}  // namespace unique_lock

// Fix: where there is no lock class for what is to be given back, a guard that runs a function.
namespace scope_exit {
template <class Function>
class ScopeExit {
 public:
  explicit ScopeExit(Function function) : function_(function) {}
  ~ScopeExit() { function_(); }
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;

 private:
  Function function_;
};

void handle(std::mutex& mutex, int size, int& total) {
  mutex.lock();
  const ScopeExit unlock([&] { mutex.unlock(); });
  if (size == 0) {
    return;
  }
  total += size;
}

void body() {
  std::mutex mutex;
  int total = 0;
  std::thread empty([&] { handle(mutex, 0, total); });
  std::thread full([&] { handle(mutex, 3, total); });
  empty.join();
  full.join();
  heddle::observe("total", total);
}
}  // namespace scope_exit

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "missing_unlock",
    .title = "An early return leaves the mutex locked",
    .story = "A handler locks and unlocks by hand. A return that was added later leaves between "
             "the two, and the next one to lock waits for ever; exceptions leave in the same way. "
             "The thread that holds the lock may have ended long before.",
    .kind = "missing release of a lock",
    .cwe = "667,772",
    .origin = "SEI CERT CON51-CPP",
    .threads = 2,
    .tsan_reason = "Ending with a lock held is not reported, and a run in which the other request "
                   "comes second hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .sc_executions = 2,
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "lock_guard",
             .body = lock_guard::body,
             .adds = "release: the lock is given back on every way out of the scope",
             .primitive = "std::lock_guard",
             .sc_executions = 2},
            {.name = "lock_later",
             .body = lock_later::body,
             .adds = "no way out between lock and unlock",
             .primitive = "std::mutex",
             .sc_executions = 1},
            {.name = "unique_lock",
             .body = unique_lock::body,
             .adds = "release: the lock is given back on every way out of the scope, or before",
             .primitive = "std::unique_lock",
             .sc_executions = 2},
            {.name = "scope_exit",
             .body = scope_exit::body,
             .adds = "release: what is to be done at the end stands at the beginning",
             .primitive = "a scope guard",
             .sc_executions = 2},
        },
}};

}  // namespace
