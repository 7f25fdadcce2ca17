// SPDX-License-Identifier: Apache-2.0
// Hash resize. Two inserts find a hash table full, and both move its nodes to a larger one. Moving
// a chain turns it round; two movers at once turn it into a ring, and whoever looks for a missing
// key goes round for ever.
//
//   first insert                        second insert               chain
//   ---------------------------------------------------------------------
//   node = a, next = b                                              a -> b
//                                       moves a, then b             b -> a
//   a.next = none, moves a                                          a
//   node = b, next = b.next: a          (not none: the second has been here)
//   b.next = a, moves b                                             b -> a
//   node = a: a.next = b, moves a                                   a -> b -> a -> ...
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <semaphore>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kNone = -1;

/// Nodes on the chain from `node`, at most three: more than two are a ring.
template <class Next>
int length(const Next& next, int node) {
  int nodes = 0;
  for (; node != kNone && nodes < 3; node = next[node]) {
    ++nodes;
  }
  return nodes;
}

namespace buggy {
struct Table {
  std::array<int, 2> next{1, kNone};  // Nodes 0 and 1, in one bucket.
  int bucket = 0;

  void resize() {
    int moved = kNone;
    int node = 0;
    for (int i = 0; node != kNone && i < 3; ++i) {
      const int following = next[node];
      next[node] = moved;
      moved = node;
      node = following;
    }
    bucket = moved;
  }
};

void body() {
  Table table;
  std::thread first([&] { table.resize(); });
  std::thread second([&] { table.resize(); });
  first.join();
  second.join();
  const int nodes = length(table.next, table.bucket);
  heddle::observe("nodes", nodes);
  assert(nodes == 2);
}
}  // namespace buggy

// Fix: one resize at a time.
namespace mutex {
struct Table {
  std::mutex mutex;
  std::array<int, 2> next{1, kNone};  // Nodes 0 and 1, in one bucket.
  int bucket = 0;

  void resize() {
    std::lock_guard lock(mutex);
    int moved = kNone;
    int node = bucket;
    for (int i = 0; node != kNone && i < 3; ++i) {
      const int following = next[node];
      next[node] = moved;
      moved = node;
      node = following;
    }
    bucket = moved;
  }
};

void body() {
  Table table;
  std::thread first([&] { table.resize(); });
  std::thread second([&] { table.resize(); });
  first.join();
  second.join();
  const int nodes = length(table.next, table.bucket);
  heddle::observe("nodes", nodes);
  assert(nodes == 2);
}
}  // namespace mutex

// Fix: whoever comes first resizes, the other has nothing to do.
namespace one_resizer {
struct Table {
  std::atomic<bool> resizing{false};
  std::array<int, 2> next{1, kNone};  // Nodes 0 and 1, in one bucket.
  int bucket = 0;

  void resize() {
    if (resizing.exchange(true)) {
      return;
    }
    int moved = kNone;
    int node = 0;
    for (int i = 0; node != kNone && i < 3; ++i) {
      const int following = next[node];
      next[node] = moved;
      moved = node;
      node = following;
    }
    bucket = moved;
  }
};

void body() {
  Table table;
  std::thread first([&] { table.resize(); });
  std::thread second([&] { table.resize(); });
  first.join();
  second.join();
  const int nodes = length(table.next, table.bucket);
  heddle::observe("nodes", nodes);
  assert(nodes == 2);
}
}  // namespace one_resizer

// Fix: a table for each half of the keys, with a lock of its own. Inserts into different halves do
// not wait for each other.
namespace sharded {
struct Shard {
  std::mutex mutex;
  std::array<int, 2> next{1, kNone};  // Nodes 0 and 1, in one bucket.
  int bucket = 0;

  void resize() {
    std::lock_guard lock(mutex);
    int moved = kNone;
    int node = bucket;
    for (int i = 0; node != kNone && i < 3; ++i) {
      const int following = next[node];
      next[node] = moved;
      moved = node;
      node = following;
    }
    bucket = moved;
  }
};

struct Table {
  std::array<Shard, 2> shards;

  void insert(int key) { shards[key % 2].resize(); }
};

void body() {
  Table table;
  std::thread first([&] {
    table.insert(0);
    table.insert(1);
  });
  std::thread second([&] { table.insert(1); });
  first.join();
  second.join();
  for (const Shard& shard : table.shards) {
    const int nodes = length(shard.next, shard.bucket);
    heddle::observe("nodes", nodes);
    assert(nodes == 2);
  }
}
}  // namespace sharded

// Fix: the table belongs to one thread; the others ask it to insert.
namespace owner_thread {
struct Table {
  std::counting_semaphore<2> requests{0};
  std::array<int, 2> next{1, kNone};  // Nodes 0 and 1, in one bucket.
  int bucket = 0;

  void ask_to_resize() { requests.release(); }
  void resize() {
    int moved = kNone;
    int node = bucket;
    for (int i = 0; node != kNone && i < 3; ++i) {
      const int following = next[node];
      next[node] = moved;
      moved = node;
      node = following;
    }
    bucket = moved;
  }
};

void body() {
  Table table;
  std::thread owner([&] {
    for (int served = 0; served < 2; ++served) {
      table.requests.acquire();
      table.resize();
    }
  });
  std::thread first([&] { table.ask_to_resize(); });
  std::thread second([&] { table.ask_to_resize(); });
  first.join();
  second.join();
  owner.join();
  const int nodes = length(table.next, table.bucket);
  heddle::observe("nodes", nodes);
  assert(nodes == 2);
}
}  // namespace owner_thread

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "hash_resize",
    .title = "Two inserts resize a hash table at once, and a chain becomes a ring",
    .story = "A hash table that is not made for several threads is used by two. Both find it full "
             "and move its nodes to a larger one, turning each chain round as they go. Together "
             "they lose nodes or close a chain to a ring: from then on, a reader that looks for a "
             "key that is not there never ends. (The walks here end after three nodes.)",
    .kind = "structure corruption, endless loop",
    .cwe = "835,662",
    .origin = "JDK-6423457 (HashMap)",
    .threads = 2,
    .tsan_reason = "The links are plain, and both threads read and write them without order.",
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
             .adds = "exclusion: no node is moved by two threads at once",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "one_resizer",
             .body = one_resizer::body,
             .adds = "ownership: one thread moves the nodes, and the exchange says which",
             .primitive = "std::atomic::exchange",
             .sc_executions = 2},
            {.name = "sharded",
             .body = sharded::body,
             .adds = "exclusion for each shard: no node is moved by two threads at once",
             .primitive = "std::mutex"},
            {.name = "owner_thread",
             .body = owner_thread::body,
             .adds = "ownership: one thread moves nodes, and requests are messages to it",
             .primitive = "std::counting_semaphore"},
        },
}};

}  // namespace
