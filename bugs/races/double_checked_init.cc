// SPDX-License-Identifier: Apache-2.0
// Double-checked initialisation. To save the lock once the configuration is loaded, get() first
// looks at the pointer without it. Whoever sees the pointer that way has synchronised with nobody,
// and may see the pointer without what it points to.
//
//   first caller                          second caller
//   ---------------------------------------------------
//   reads instance: null
//   [lock] reads instance: null
//   storage.port = 8080
//   instance = &storage
//                                         reads instance: &storage    (no lock)
//                                         reads storage.port: 0       the old value
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

struct Config {
  int port = 0;
};

namespace buggy {
struct Lazy {
  std::mutex mutex;
  Config storage;
  Config* instance = nullptr;

  const Config& get() {
    if (instance == nullptr) {
      std::lock_guard lock(mutex);
      if (instance == nullptr) {
        storage.port = 8080;
        instance = &storage;
      }
    }
    return *instance;
  }
};

void body() {
  Lazy config;
  auto caller = [&] { assert(config.get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace buggy

// Fix: the pointer is atomic, so that the look without the lock synchronises with the store.
namespace release_acquire {
struct Lazy {
  std::mutex mutex;
  Config storage;
  std::atomic<Config*> instance = nullptr;

  const Config& get() {
    Config* seen = instance.load(std::memory_order_acquire);
    if (seen == nullptr) {
      std::lock_guard lock(mutex);
      seen = instance.load(std::memory_order_relaxed);
      if (seen == nullptr) {
        storage.port = 8080;
        seen = &storage;
        instance.store(seen, std::memory_order_release);
      }
    }
    return *seen;
  }
};

void body() {
  Lazy config;
  auto caller = [&] { assert(config.get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace release_acquire

// Fix: the library's own double-checked initialisation.
namespace call_once {
struct Lazy {
  std::once_flag once;
  Config storage;

  const Config& get() {
    std::call_once(once, [&] { storage.port = 8080; });
    return storage;
  }
};

void body() {
  Lazy config;
  auto caller = [&] { assert(config.get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace call_once

// Fix: the compiler's. The first thread to pass initialises a function's static; others wait.
namespace static_local {
Config load() { return Config{8080}; }

const Config& get() {
  static const Config instance = load();
  return instance;
}

void body() {
  auto caller = [] { assert(get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace static_local

// Fix: check only once, under the lock.
namespace always_lock {
struct Lazy {
  std::mutex mutex;
  Config storage;
  Config* instance = nullptr;

  const Config& get() {
    std::lock_guard lock(mutex);
    if (instance == nullptr) {
      storage.port = 8080;
      instance = &storage;
    }
    return *instance;
  }
};

void body() {
  Lazy config;
  auto caller = [&] { assert(config.get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace always_lock

// Fix: do not be lazy. What is loaded before the threads start needs no look at all.
namespace eager {
struct Eager {
  Config storage{.port = 8080};

  const Config& get() const { return storage; }
};

void body() {
  const Eager config;
  auto caller = [&] { assert(config.get().port == 8080); };
  std::thread first(caller);
  std::thread second(caller);
  first.join();
  second.join();
}
}  // namespace eager

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "double_checked_init",
    .title = "Double-checked locking with a plain pointer",
    .story = "A lazily loaded configuration is guarded by a lock, and to save that lock the "
             "pointer is first looked at without it. A caller that finds it set has synchronised "
             "with nobody: it may use a configuration that, for it, is not filled in yet.",
    .kind = "double-checked locking",
    .cwe = "609",
    .origin = "Meyers and Alexandrescu, \"C++ and the Perils of Double-Checked Locking\", 2004",
    .threads = 2,
    .tsan_reason =
        "The first look at the pointer is a plain read that no lock orders with the write.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "release_acquire",
             .body = release_acquire::body,
             .adds = "happens-before: the release store of the pointer, read by the acquire load",
             .primitive = "std::atomic (release/acquire)"},
            {.name = "call_once",
             .body = call_once::body,
             .adds =
                 "happens-before: the one call returns before any other std::call_once on its flag",
             .primitive = "std::call_once"},
            {.name = "static_local",
             .body = static_local::body,
             .adds =
                 "happens-before: the initialisation of the static before every later use of it",
             .primitive = "function-local static"},
            {.name = "always_lock",
             .body = always_lock::body,
             .adds = "happens-before and exclusion: every look at the pointer holds the lock",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "eager",
             .body = eager::body,
             .adds = "happens-before: the loading before the start of every thread",
             .primitive = "std::thread",
             .sc_executions = 1},
        },
}};

}  // namespace
