// SPDX-License-Identifier: Apache-2.0
// Torn snapshot. A sequence lock: the writer makes the sequence odd, changes both coordinates,
// makes it even again; the reader takes a copy only if the sequence is even. It must look again
// afterwards: the writer may have come in between.
//
//   writer                      reader
//   ----------------------------------
//                               reads sequence: 0, even
//                               reads x: 0
//   sequence = 1
//   x = 7, y = 7
//   sequence = 2
//                               reads y: 7           half old, half new
#include <atomic>
#include <cassert>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Position {
  std::atomic<int> sequence{0};
  std::atomic<int> x{0};
  std::atomic<int> y{0};

  void move_to(int where) {  // One writer only.
    sequence.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    x.store(where, std::memory_order_relaxed);
    y.store(where, std::memory_order_relaxed);
    sequence.store(2, std::memory_order_release);
  }
  bool try_read(int& to_x, int& to_y) {
    const int before = sequence.load(std::memory_order_acquire);
    to_x = x.load(std::memory_order_relaxed);
    to_y = y.load(std::memory_order_relaxed);
    return before % 2 == 0;
  }
};

void body() {
  Position position;
  std::thread writer([&] { position.move_to(7); });
  std::thread reader([&] {
    int x = 0;
    int y = 0;
    if (position.try_read(x, y)) {
      heddle::observe("x", x);
      heddle::observe("y", y);
      assert(x == y);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace buggy

// Also buggy: the reader looks again, but the coordinates are plain. Reading them while they are
// written is a data race whatever is done with the copy, and plain reads take no part in the
// ordering that the fences make: the second look may miss the writer.
namespace plain_fields {
struct Position {
  std::atomic<int> sequence{0};
  int x = 0;
  int y = 0;

  void move_to(int where) {  // One writer only.
    sequence.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    x = where;
    y = where;
    sequence.store(2, std::memory_order_release);
  }
  bool try_read(int& to_x, int& to_y) {
    const int before = sequence.load(std::memory_order_acquire);
    to_x = x;
    to_y = y;
    std::atomic_thread_fence(std::memory_order_acquire);
    return before % 2 == 0 && sequence.load(std::memory_order_relaxed) == before;
  }
};

void body() {
  Position position;
  std::thread writer([&] { position.move_to(7); });
  std::thread reader([&] {
    int x = 0;
    int y = 0;
    if (position.try_read(x, y)) {
      heddle::observe("x", x);
      heddle::observe("y", y);
      assert(x == y);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace plain_fields

// Fix: look at the sequence again, after a fence that keeps the second look behind the copies.
namespace second_look {
struct Position {
  std::atomic<int> sequence{0};
  std::atomic<int> x{0};
  std::atomic<int> y{0};

  void move_to(int where) {  // One writer only.
    sequence.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    x.store(where, std::memory_order_relaxed);
    y.store(where, std::memory_order_relaxed);
    sequence.store(2, std::memory_order_release);
  }
  bool try_read(int& to_x, int& to_y) {
    const int before = sequence.load(std::memory_order_acquire);
    to_x = x.load(std::memory_order_relaxed);
    to_y = y.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    return before % 2 == 0 && sequence.load(std::memory_order_relaxed) == before;
  }
};

void body() {
  Position position;
  std::thread writer([&] { position.move_to(7); });
  std::thread reader([&] {
    int x = 0;
    int y = 0;
    if (position.try_read(x, y)) {
      heddle::observe("x", x);
      heddle::observe("y", y);
      assert(x == y);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace second_look

// Fix: a readers-writer lock; the reader waits instead of giving up.
namespace shared_mutex {
struct Position {
  std::shared_mutex mutex;
  int x = 0;
  int y = 0;

  void move_to(int where) {
    std::unique_lock lock(mutex);
    x = where;
    y = where;
  }
  bool try_read(int& to_x, int& to_y) {
    std::shared_lock lock(mutex);
    to_x = x;
    to_y = y;
    return true;
  }
};

void body() {
  Position position;
  std::thread writer([&] { position.move_to(7); });
  std::thread reader([&] {
    int x = 0;
    int y = 0;
    if (position.try_read(x, y)) {
      heddle::observe("x", x);
      heddle::observe("y", y);
      assert(x == y);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace shared_mutex

// Fix: positions do not change. The writer makes a new one, and replaces the pointer to it.
namespace immutable {
struct Fields {
  int x = 0;
  int y = 0;
};

struct Position {
  std::atomic<std::shared_ptr<const Fields>> fields{std::make_shared<const Fields>()};

  void move_to(int where) { fields.store(std::make_shared<const Fields>(Fields{where, where})); }
  bool try_read(int& to_x, int& to_y) {
    const std::shared_ptr<const Fields> seen = fields.load();
    to_x = seen->x;
    to_y = seen->y;
    return true;
  }
};

void body() {
  Position position;
  std::thread writer([&] { position.move_to(7); });
  std::thread reader([&] {
    int x = 0;
    int y = 0;
    if (position.try_read(x, y)) {
      heddle::observe("x", x);
      heddle::observe("y", y);
      assert(x == y);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace immutable

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "torn_snapshot",
    .title = "A sequence lock whose reader does not look at the sequence again",
    .story = "A sequence lock lets readers copy without locking: the sequence is odd while the "
             "writer works. A reader that looks at it only before copying gets a snapshot that is "
             "half old and half new. The second buggy variant looks twice, but copies plain "
             "fields, which is a data race and takes the meaning out of the second look.",
    .kind = "torn snapshot, sequence lock",
    .cwe = "366",
    .origin =
        "Boehm, \"Can Seqlocks Get Along with Programming Language Memory Models?\", MSPC 2012",
    .threads = 2,
    .tsan_reason = "Atomic fields cannot race; plain ones do, but if the reader came last it read "
                   "the even sequence with acquire, which orders that run.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "plain_fields",
             .body = plain_fields::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"},
             .tsan_certain = false},
            {.name = "second_look",
             .body = second_look::body,
             .adds = "happens-before: release fence to acquire fence, so that a copy of anything "
                     "new makes the second look see the odd sequence",
             .primitive = "std::atomic_thread_fence"},
            {.name = "shared_mutex",
             .body = shared_mutex::body,
             .adds = "exclusion: the writer waits for the readers, the readers for the writer",
             .primitive = "std::shared_mutex",
             .sc_executions = 2},
            {.name = "immutable",
             .body = immutable::body,
             .adds = "atomicity: both fields are replaced in one step, and those that are read do "
                     "not change",
             .primitive = "std::atomic<std::shared_ptr<const T>>",
             .tsan = {"data_race"},
             .tsan_certain = false},
        },
}};

}  // namespace
