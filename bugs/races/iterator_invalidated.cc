// SPDX-License-Identifier: Apache-2.0
// Iterator invalidated. One thread looks at the readings of a sensor through an iterator; another
// appends one. The vector is full, so appending moves all readings to a new block and frees the old
// one, into which the iterator still points.
//
//   viewer                              sensor
//   ------------------------------------------
//   it = readings.begin()
//                                       push_back: moves to a new block, frees the old one
//   reads *it                                                                freed memory
#include <cassert>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::vector<int> readings{7};
  int first = 0;
  std::thread viewer([&] {
    auto reading = readings.begin();
    first = *reading;
  });
  std::thread sensor([&] { readings.push_back(8); });
  viewer.join();
  sensor.join();
  heddle::observe("first", first);
  assert(readings.size() == 2);
}
}  // namespace buggy

// Fix: the vector does not change as long as somebody holds an iterator.
namespace mutex {
void body() {
  std::vector<int> readings{7};
  std::mutex guard;
  int first = 0;
  std::thread viewer([&] {
    std::lock_guard lock(guard);
    auto reading = readings.begin();
    first = *reading;
  });
  std::thread sensor([&] {
    std::lock_guard lock(guard);
    readings.push_back(8);
  });
  viewer.join();
  sensor.join();
  heddle::observe("first", first);
  assert(readings.size() == 2);
}
}  // namespace mutex

// Fix: lock only to take a copy, and look at the copy at leisure.
namespace snapshot {
void body() {
  std::vector<int> readings{7};
  std::mutex guard;
  int first = 0;
  std::thread viewer([&] {
    std::vector<int> copy;
    {
      std::lock_guard lock(guard);
      copy = readings;
    }
    auto reading = copy.begin();
    first = *reading;
  });
  std::thread sensor([&] {
    std::lock_guard lock(guard);
    readings.push_back(8);
  });
  viewer.join();
  sensor.join();
  heddle::observe("first", first);
  assert(readings.size() == 2);
}
}  // namespace snapshot

// Fix: the sensor collects what is new in a vector of its own, which is appended after the join.
namespace own_vector {
void body() {
  std::vector<int> readings{7};
  std::vector<int> fresh;
  int first = 0;
  std::thread viewer([&] {
    auto reading = readings.begin();
    first = *reading;
  });
  std::thread sensor([&] { fresh.push_back(8); });
  viewer.join();
  sensor.join();
  readings.insert(readings.end(), fresh.begin(), fresh.end());
  heddle::observe("first", first);
  assert(readings.size() == 2);
}
}  // namespace own_vector

// Fix: copy on write. A vector that somebody may be looking at does not change: the sensor makes a
// new one, and replaces the pointer.
namespace copy_on_write {
void body() {
  auto readings = std::make_shared<const std::vector<int>>(1, 7);
  std::mutex guard;
  int first = 0;
  std::thread viewer([&] {
    std::unique_lock lock(guard);
    const std::shared_ptr<const std::vector<int>> seen = readings;
    lock.unlock();
    auto reading = seen->begin();
    first = *reading;
  });
  std::thread sensor([&] {
    std::lock_guard lock(guard);
    auto longer = std::make_shared<std::vector<int>>(*readings);
    longer->push_back(8);
    readings = longer;
  });
  viewer.join();
  sensor.join();
  heddle::observe("first", first);
  assert(readings->size() == 2);
}
}  // namespace copy_on_write

// Fix: the viewer's vector is the viewer's; the sensor sends what is to be appended.
namespace message_queue {
void body() {
  std::vector<int> readings{7};
  std::mutex guard;
  std::condition_variable sent;
  std::optional<int> message;
  int first = 0;
  std::thread viewer([&] {
    auto reading = readings.begin();
    first = *reading;
    std::unique_lock lock(guard);
    sent.wait(lock, [&] { return message.has_value(); });
    readings.push_back(*message);
  });
  std::thread sensor([&] {
    std::lock_guard lock(guard);
    message = 8;
    sent.notify_one();
  });
  viewer.join();
  sensor.join();
  heddle::observe("first", first);
  assert(readings.size() == 2);
}
}  // namespace message_queue

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "iterator_invalidated",
    .title = "A vector grows while another thread holds an iterator into it",
    .story = "A viewer walks over the readings of a sensor while the sensor appends one. The "
             "vector has no room left, so push_back moves everything to a new block and frees the "
             "old one: the viewer's iterator points into freed memory, and the vector's own "
             "pointers are read and written without order.",
    .kind = "iterator invalidation",
    .cwe = "416",
    .threads = 2,
    .tsan_reason =
        "The vector's pointers and elements are plain, and the two threads are unordered.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kUseAfterFree},
             .tsan = {"data_race", "use_after_free"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: the vector does not grow while an iterator is in use",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "snapshot",
             .body = snapshot::body,
             .adds = "exclusion for the copy, and ownership of it afterwards",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "own_vector",
             .body = own_vector::body,
             .adds = "ownership: each vector is used by one thread until the joins",
             .primitive = "std::thread::join",
             .sc_executions = 1},
            {.name = "copy_on_write",
             .body = copy_on_write::body,
             .adds = "immutability: the vector that the iterator points into never changes",
             .primitive = "std::shared_ptr<const T>"},
            {.name = "message_queue",
             .body = message_queue::body,
             .adds = "ownership: one thread has the vector, and readings are messages to it",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
