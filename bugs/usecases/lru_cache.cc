// SPDX-License-Identifier: Apache-2.0
// LRU cache. get() only looks a page up, so it locks for reading; but it also moves the page to the
// front, and that is writing. Two readers at once do it together, and a page is lost.
//
//   one hit of /news                    another hit of /news     front, back
//   ---------------------------------------------------------------------------
//   finds /home in front                                         /home, /news
//                                       finds /home in front
//   front = back                                                 /news, /news
//                                       front = back             /news, /news
//   back = /home, the old front                                  /news, /home
//                                       back = what it took for
//                                         the old front: /news   /news, /news
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Page {
  std::string_view path;
  std::string_view text;
};

/// What is on the disk, which is slow.
constexpr std::array<Page, 2> kDisk{{{"/home", "Welcome"}, {"/news", "Nothing new"}}};

/// The numbers of two pages; the one that was used last is in front.
struct Order {
  std::array<int, 2> page{0, 1};

  void move_to_front(int used) {
    if (page[0] != used) {
      const int front = page[0];
      page[0] = page[1];
      page[1] = front;
    }
  }
  bool is_whole() const { return page[0] + page[1] == 1; }
};

int number_of(std::string_view path) { return path == kDisk[0].path ? 0 : 1; }

/// Two clients ask for /news at once. Every cache has an order; only that of some changes.
template <class Cache>
void play() {
  Cache cache;
  std::string one;
  std::string other;
  std::thread first([&] { one = cache.get("/news"); });
  std::thread second([&] { other = cache.get("/news"); });
  first.join();
  second.join();
  assert(one == "Nothing new" && other == "Nothing new");
  heddle::observe("front", cache.order.page[0]);
  assert(cache.order.is_whole());
}

namespace buggy {
struct Cache {
  std::shared_mutex mutex;
  std::array<Page, 2> pages = kDisk;
  Order order;

  std::string get(std::string_view path) {
    std::shared_lock lock(mutex);
    const int page = number_of(path);
    order.move_to_front(page);
    return std::string(pages[page].text);
  }
};

void body() { play<Cache>(); }
}  // namespace buggy

// Also buggy: the lock is right, but a miss is looked up and loaded in two critical sections, and
// two readers load the same page.
namespace loaded_twice {
struct Cache {
  std::mutex mutex;
  bool cached = false;  ///< /news, for which both clients ask.
  std::atomic<int> loads{0};
  Order order;

  std::string get(std::string_view path) {
    const int page = number_of(path);
    {
      std::lock_guard lock(mutex);
      if (cached) {
        return std::string(kDisk[page].text);
      }
    }
    ++loads;  // Slow, therefore without the lock.
    std::lock_guard lock(mutex);
    cached = true;
    return std::string(kDisk[page].text);
  }
  ~Cache() {
    heddle::observe("loads", loads.load());
    assert(loads == 1);
  }
};

void body() { play<Cache>(); }
}  // namespace loaded_twice

// Fix: a hit is a write.
namespace exclusive {
struct Cache {
  std::mutex mutex;
  std::array<Page, 2> pages = kDisk;
  Order order;

  std::string get(std::string_view path) {
    std::lock_guard lock(mutex);
    const int page = number_of(path);
    order.move_to_front(page);
    return std::string(pages[page].text);
  }
};

void body() { play<Cache>(); }
}  // namespace exclusive

// Fix: a lock for each shard, and an order for each. Readers of one shard take turns, as above;
// those of different shards, as here, do not meet.
namespace sharded {
struct Cache {
  struct Shard {
    std::mutex mutex;
    std::string_view used_last;
  };
  std::array<Shard, 2> shards;

  std::string get(std::string_view path) {
    const int page = number_of(path);
    Shard& shard = shards[page];
    std::lock_guard lock(shard.mutex);
    shard.used_last = path;
    return std::string(kDisk[page].text);
  }
};

void body() {
  Cache cache;
  std::thread first([&] { cache.get("/home"); });
  std::thread second([&] { cache.get("/news"); });
  first.join();
  second.join();
  assert(cache.shards[0].used_last == "/home" && cache.shards[1].used_last == "/news");
}
}  // namespace sharded

// Fix, for the second: whoever misses first loads, and the others wait for it.
namespace once_per_entry {
struct Cache {
  std::array<std::once_flag, 2> loaded;
  std::array<Page, 2> pages;
  std::atomic<int> loads{0};
  Order order;

  std::string get(std::string_view path) {
    const int page = number_of(path);
    std::call_once(loaded[page], [&] {
      ++loads;
      pages[page] = kDisk[page];
    });
    return std::string(pages[page].text);
  }
  ~Cache() {
    heddle::observe("loads", loads.load());
    assert(loads == 1);
  }
};

void body() { play<Cache>(); }
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
