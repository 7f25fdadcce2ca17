// SPDX-License-Identifier: Apache-2.0
// Relaxed message. Data first, then a flag that says it is there; both atomic, so there is no data
// race, but both relaxed, so nothing keeps them in order for the reader.
//
//   writer                      reader
//   ----------------------------------
//   data = 42     (relaxed)
//   ready = true  (relaxed)
//                               reads ready: true
//                               reads data: 0        the old value: nothing forbids it
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::atomic<int> data{0};
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data.store(42, std::memory_order_relaxed);
    ready.store(true, std::memory_order_relaxed);
  });
  std::thread reader([&] {
    if (ready.load(std::memory_order_relaxed)) {
      const int seen = data.load(std::memory_order_relaxed);
      heddle::observe("data", seen);
      assert(seen == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace buggy

// Fix: the store of the flag releases, its load acquires.
namespace release_acquire {
void body() {
  std::atomic<int> data{0};
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data.store(42, std::memory_order_relaxed);
    ready.store(true, std::memory_order_release);
  });
  std::thread reader([&] {
    if (ready.load(std::memory_order_acquire)) {
      const int seen = data.load(std::memory_order_relaxed);
      heddle::observe("data", seen);
      assert(seen == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace release_acquire

// Fix: the default order, which is more than is needed and seldom too slow.
namespace seq_cst {
void body() {
  std::atomic<int> data{0};
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data.store(42);
    ready.store(true);
  });
  std::thread reader([&] {
    if (ready.load()) {
      const int seen = data.load();
      heddle::observe("data", seen);
      assert(seen == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace seq_cst

// Fix: fences, where one is to order many relaxed accesses.
namespace fences {
void body() {
  std::atomic<int> data{0};
  std::atomic<bool> ready{false};
  std::thread writer([&] {
    data.store(42, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    ready.store(true, std::memory_order_relaxed);
  });
  std::thread reader([&] {
    if (ready.load(std::memory_order_relaxed)) {
      std::atomic_thread_fence(std::memory_order_acquire);
      const int seen = data.load(std::memory_order_relaxed);
      heddle::observe("data", seen);
      assert(seen == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace fences

// Fix: a lock, and then neither needs to be atomic.
namespace mutex {
void body() {
  int data = 0;
  bool ready = false;
  std::mutex guard;
  std::thread writer([&] {
    std::lock_guard lock(guard);
    data = 42;
    ready = true;
  });
  std::thread reader([&] {
    std::lock_guard lock(guard);
    if (ready) {
      const int seen = data;
      heddle::observe("data", seen);
      assert(seen == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "relaxed_message",
    .title = "A flag says that the data is there, but both are relaxed",
    .story = "A writer stores data and then a flag. Both are atomic, but relaxed: on a weakly "
             "ordered machine, or after an allowed reordering by the compiler, the reader sees the "
             "flag and still the old data. On x86-64 the stores happen to stay in order, so no "
             "test run there fails.",
    .kind = "weak memory, message passing",
    .cwe = "821",
    .origin = "the litmus test MP",
    .threads = 2,
    .tsan_reason = "All accesses are atomic, so there is no data race, and it runs on the "
                   "machine's own memory order instead of all that the standard allows.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "release_acquire",
             .body = release_acquire::body,
             .adds = "happens-before: the release store of the flag, read by the acquire load",
             .primitive = "std::atomic (release/acquire)",
             .sc_executions = 2},
            {.name = "seq_cst",
             .body = seq_cst::body,
             .adds = "happens-before: a seq_cst store releases and a seq_cst load acquires",
             .primitive = "std::atomic (seq_cst)",
             .sc_executions = 2},
            {.name = "fences",
             .body = fences::body,
             .adds = "happens-before: from the release fence before the store to the acquire fence "
                     "after the load that reads it",
             .primitive = "std::atomic_thread_fence",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "happens-before and exclusion: the writer's unlock before the reader's lock",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
