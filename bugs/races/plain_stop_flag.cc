// SPDX-License-Identifier: Apache-2.0
// Plain stop flag. A worker goes on until a flag says stop. The flag is volatile, so the compiler
// reads it each time; but it is not atomic, so it orders nothing: the worker that sees it may not
// see what was written before it.
//
//   main                        worker
//   ----------------------------------
//   last_job = 7
//   stop = true
//                               reads stop: true
//                               reads last_job: 0       the old value
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  int last_job = 0;
  volatile bool stop = false;
  int seen = 7;
  std::thread worker([&] {
    if (stop) {  // In a loop, in a real program; one look is enough to go wrong.
      seen = last_job;
    }
  });
  last_job = 7;
  stop = true;
  worker.join();
  heddle::observe("seen", seen);
  assert(seen == 7);
}
}  // namespace buggy

// Fix: the flag is atomic, and the worker looks until it is set.
namespace atomic {
void body() {
  int last_job = 0;
  std::atomic<bool> stop = false;
  int seen = 7;
  std::thread worker([&] {
    while (!stop) {
    }
    seen = last_job;
  });
  last_job = 7;
  stop = true;
  worker.join();
  heddle::observe("seen", seen);
  assert(seen == 7);
}
}  // namespace atomic

// Fix: std::jthread brings a flag of that kind along.
namespace stop_token {
void body() {
  int last_job = 0;
  int seen = 7;
  std::jthread worker([&](const std::stop_token& stop) {
    if (stop.stop_requested()) {
      seen = last_job;
    }
  });
  last_job = 7;
  worker.request_stop();
  worker.join();
  heddle::observe("seen", seen);
  assert(seen == 7);
}
}  // namespace stop_token

// Fix: a worker with nothing to do until then sleeps instead of looking.
namespace condition_variable {
void body() {
  int last_job = 0;
  bool stop = false;
  std::mutex mutex;
  std::condition_variable stopped;
  int seen = 7;
  std::thread worker([&] {
    std::unique_lock lock(mutex);
    stopped.wait(lock, [&] { return stop; });
    seen = last_job;
  });
  {
    std::lock_guard lock(mutex);
    last_job = 7;
    stop = true;
    stopped.notify_one();
  }
  worker.join();
  heddle::observe("seen", seen);
  assert(seen == 7);
}
}  // namespace condition_variable

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "plain_stop_flag",
    .title = "A worker is stopped by a flag that is volatile, not atomic",
    .story = "A flag tells a worker to stop. If it is plain, the compiler may read it once and go "
             "round for ever; volatile forbids that, and is widely taken for enough. It is still a "
             "data race, and the flag publishes nothing: what was written before it may not be "
             "seen yet. No race is benign.",
    .kind = "\"benign\" data race",
    .cwe = "820,835",
    .origin = "Boehm, \"How to Miscompile Programs with 'Benign' Data Races\", HotPar 2011",
    .threads = 1,
    .tsan_reason = "The flag is not atomic, and its read and its write are unordered; volatile "
                   "makes no difference.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "atomic",
             .body = atomic::body,
             .adds = "happens-before: all that was written before the store of the flag, for the "
                     "worker that reads it",
             .primitive = "std::atomic<bool>",
             .sc_executions = 1},
            {.name = "stop_token",
             .body = stop_token::body,
             .adds = "happens-before: what came before request_stop, for the worker that sees the "
                     "request",
             .primitive = "std::stop_token"},
            {.name = "condition_variable",
             .body = condition_variable::body,
             .adds = "exclusion and a wake-up: the flag is set under the lock that the wait gives "
                     "up",
             .primitive = "std::condition_variable"},
        },
}};

}  // namespace
