// SPDX-License-Identifier: Apache-2.0
// Reader upgrade. A readers-writer lock with an upgrade from reader to writer, which waits until
// all other readers have left. Two readers that both upgrade wait for each other to leave.
//
//   left                        right
//   ---------------------------------
//   lock_shared
//                               lock_shared
//   cache is stale: upgrade,
//     waits for right to leave
//                               cache is stale: upgrade,
//                                 waits for left to leave       nobody leaves
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct UpgradeLock {
  std::mutex mutex;
  std::condition_variable changed;
  int readers = 0;
  bool writing = false;

  void lock_shared() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !writing; });
    ++readers;
  }
  void unlock_shared() {
    std::lock_guard lock(mutex);
    --readers;
    changed.notify_all();
  }
  void upgrade() {  // From reader to writer, without ever letting another writer in.
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return readers == 1; });
    readers = 0;
    writing = true;
  }
  void unlock() {
    std::lock_guard lock(mutex);
    writing = false;
    changed.notify_all();
  }
};

void body() {
  UpgradeLock lock;
  int cache = 0;
  auto refresh = [&] {
    lock.lock_shared();
    if (cache == 0) {
      lock.upgrade();
      cache = cache + 7;
      lock.unlock();
    } else {
      lock.unlock_shared();
    }
  };
  std::thread left(refresh);
  std::thread right(refresh);
  left.join();
  right.join();
  heddle::observe("cache", cache);
  assert(cache == 7);
}
}  // namespace buggy

// Fix: no upgrade. Leave as a reader, come back as a writer, and look again.
namespace look_again {
void body() {
  std::shared_mutex lock;
  int cache = 0;
  auto refresh = [&] {
    lock.lock_shared();
    const bool stale = cache == 0;
    lock.unlock_shared();
    if (stale) {
      lock.lock();
      if (cache == 0) {
        cache = cache + 7;
      }
      lock.unlock();
    }
  };
  std::thread left(refresh);
  std::thread right(refresh);
  left.join();
  right.join();
  heddle::observe("cache", cache);
  assert(cache == 7);
}
}  // namespace look_again

// Fix: who may have to write comes as a writer.
namespace writer_from_the_start {
void body() {
  std::mutex lock;
  int cache = 0;
  auto refresh = [&] {
    lock.lock();
    if (cache == 0) {
      cache = cache + 7;
    }
    lock.unlock();
  };
  std::thread left(refresh);
  std::thread right(refresh);
  left.join();
  right.join();
  heddle::observe("cache", cache);
  assert(cache == 7);
}
}  // namespace writer_from_the_start

// Fix: an upgrade mutex. Of the readers that may upgrade only one is inside; it has nobody to wait
// for but readers that will leave.
namespace upgrade_mutex {
struct UpgradeLock {
  std::mutex upgraders;
  std::mutex mutex;
  std::condition_variable changed;
  int readers = 0;
  bool writing = false;

  void lock_upgradable() {
    upgraders.lock();
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !writing; });
    ++readers;
  }
  void unlock_upgradable() {
    {
      std::lock_guard lock(mutex);
      --readers;
      changed.notify_all();
    }
    upgraders.unlock();
  }
  void upgrade() {  // From reader to writer, without ever letting another writer in.
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return readers == 1; });
    readers = 0;
    writing = true;
  }
  void unlock() {
    {
      std::lock_guard lock(mutex);
      writing = false;
      changed.notify_all();
    }
    upgraders.unlock();
  }
};

void body() {
  UpgradeLock lock;
  int cache = 0;
  auto refresh = [&] {
    lock.lock_upgradable();
    if (cache == 0) {
      lock.upgrade();
      cache = cache + 7;
      lock.unlock();
    } else {
      lock.unlock_upgradable();
    }
  };
  std::thread left(refresh);
  std::thread right(refresh);
  left.join();
  right.join();
  heddle::observe("cache", cache);
  assert(cache == 7);
}
}  // namespace upgrade_mutex

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "reader_upgrade",
    .title = "Two readers want to become the writer",
    .story = "Readers that find the cache stale upgrade their shared lock to an exclusive one, "
             "which waits until every other reader has left. Two readers that do so at the same "
             "time each wait for the other to leave.",
    .kind = "readers-writer lock upgrade",
    .cwe = "833",
    .origin = "the reason why std::shared_mutex has no upgrade",
    .threads = 2,
    .tsan_reason = "The hand-made lock is free of data races, and a run in which both wait hangs "
                   "without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "look_again",
             .body = look_again::body,
             .adds = "no hold and wait: the shared lock is given up before the exclusive one is "
                     "asked for",
             .primitive = "std::shared_mutex"},
            {.name = "writer_from_the_start",
             .body = writer_from_the_start::body,
             .adds = "exclusion from the look at the cache to its change",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "upgrade_mutex",
             .body = upgrade_mutex::body,
             .adds =
                 "exclusion of those who may upgrade: no two of them wait for each other to leave",
             .primitive = "a mutex for those who may upgrade"},
        },
}};

}  // namespace
