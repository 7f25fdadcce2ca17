// SPDX-License-Identifier: Apache-2.0
// LRU cache. get() only looks something up, so it locks for reading; but it also moves the entry to
// the front, and that is writing. Two readers at once do it together, and an entry is lost.
//
//   one hit of 0                        another hit of 0         front, back
//   -----------------------------------------------------------------------
//   finds 1 in front                                             1, 0
//                                       finds 1 in front
//   front = back                                                 0, 0
//                                       reads front: 0
//                                       front = back             0, 0
//   back = 1, the old front                                      0, 1
//                                       back = 0, what it read   0, 0      entry 1 is lost
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// Two entries; the one that was used last is in front.
struct Order {
  std::array<int, 2> entry{1, 0};

  void move_to_front(int used) {
    if (entry[0] != used) {
      const int front = entry[0];
      entry[0] = entry[1];
      entry[1] = front;
    }
  }
};

template <class Cache>
void play() {
  Cache cache;
  std::thread first([&] { cache.get(0); });
  std::thread second([&] { cache.get(0); });
  first.join();
  second.join();
  heddle::observe("front", cache.order.entry[0]);
  assert(cache.order.entry[0] != cache.order.entry[1]);
}

namespace buggy {
struct Cache {
  std::shared_mutex mutex;
  Order order;

  void get(int entry) {
    std::shared_lock lock(mutex);
    order.move_to_front(entry);
  }
};

void body() { play<Cache>(); }
}  // namespace buggy

// Also buggy: the lock is right, but a miss is looked up and loaded in two critical sections, and
// two readers load the same entry.
namespace loaded_twice {
struct Cache {
  std::mutex mutex;
  bool cached = false;
  std::atomic<int> loads{0};

  void get() {
    {
      std::lock_guard lock(mutex);
      if (cached) {
        return;
      }
    }
    ++loads;  // Slow, therefore without the lock.
    std::lock_guard lock(mutex);
    cached = true;
  }
};

void body() {
  Cache cache;
  std::thread first([&] { cache.get(); });
  std::thread second([&] { cache.get(); });
  first.join();
  second.join();
  heddle::observe("loads", cache.loads.load());
  assert(cache.loads == 1);
}
}  // namespace loaded_twice

// Fix: a hit is a write.
namespace exclusive {
struct Cache {
  std::mutex mutex;
  Order order;

  void get(int entry) {
    std::lock_guard lock(mutex);
    order.move_to_front(entry);
  }
};

void body() { play<Cache>(); }
}  // namespace exclusive

// Fix: a lock for each shard, and an order for each. Readers of different shards do not meet.
namespace sharded {
struct Cache {
  struct Shard {
    std::mutex mutex;
    int used_last = -1;
  };
  std::array<Shard, 2> shards;

  void get(int entry) {
    Shard& shard = shards[entry % 2];
    std::lock_guard lock(shard.mutex);
    shard.used_last = entry;
  }
};

void body() {
  Cache cache;
  std::thread first([&] { cache.get(0); });
  std::thread second([&] { cache.get(1); });
  first.join();
  second.join();
  assert(cache.shards[0].used_last == 0 && cache.shards[1].used_last == 1);
}
}  // namespace sharded

// Fix, for the second: whoever misses first loads, and the others wait for it.
namespace once_per_entry {
struct Cache {
  std::once_flag loaded;
  std::atomic<int> loads{0};

  void get() {
    std::call_once(loaded, [&] { ++loads; });
  }
};

void body() {
  Cache cache;
  std::thread first([&] { cache.get(); });
  std::thread second([&] { cache.get(); });
  first.join();
  second.join();
  heddle::observe("loads", cache.loads.load());
  assert(cache.loads == 1);
}
}  // namespace once_per_entry

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "lru_cache",
    .title = "A cache moves entries to the front under a lock for reading",
    .story = "A cache keeps its entries in the order of their use. Looking one up is reading, so "
             "get() locks for reading; but it also moves the entry to the front. Two hits at once "
             "both change the order: one entry is there twice then, and another not at all. In the "
             "second buggy variant two misses at once both load the entry.",
    .kind = "wrong lock mode; check-then-act",
    .cwe = "820,362",
    .threads = 2,
    .tsan_reason = "Locks for reading do not order the writes made under them. The second variant "
                   "has no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "loaded_twice",
             .body = loaded_twice::body,
             .verdict = kBug,
             .kinds = {kAssertion}},
            {.name = "exclusive",
             .body = exclusive::body,
             .adds = "exclusion: one hit at a time changes the order",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "sharded",
             .body = sharded::body,
             .adds = "exclusion for each shard, and no order over all of them to keep",
             .primitive = "std::mutex",
             .sc_executions = 1},
            {.name = "once_per_entry",
             .body = once_per_entry::body,
             .adds = "atomicity: one of the misses loads, and the others return after it",
             .primitive = "std::call_once"},
        },
}};

}  // namespace
