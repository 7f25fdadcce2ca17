// SPDX-License-Identifier: Apache-2.0
// Wrong lock. Who moves the robot holds one lock, who looks where it is holds another. Everybody
// locks, and nobody excludes anybody.
//
//   mover                               viewer
//   ------------------------------------------
//   locks writers
//   x = 7
//                                       locks readers
//                                       reads x: 7, y: 0        half old, half new
//   y = 7
#include <cassert>
#include <mutex>
#include <thread>
#include <utility>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Robot {
  std::mutex writers;
  std::mutex readers;
  int x = 0;
  int y = 0;

  void move(int where) {
    std::lock_guard lock(writers);
    x = where;
    y = where;
  }
  std::pair<int, int> look() {
    std::lock_guard lock(readers);
    return {x, y};
  }
};

void body() {
  Robot robot;
  std::pair<int, int> seen;
  std::thread mover([&] { robot.move(7); });
  std::thread viewer([&] { seen = robot.look(); });
  mover.join();
  viewer.join();
  heddle::observe("x", seen.first);
  heddle::observe("y", seen.second);
  assert(seen.first == seen.second);
}
}  // namespace buggy

// Fix: the same lock for both.
namespace one_lock {
struct Robot {
  std::mutex mutex;
  int x = 0;
  int y = 0;

  void move(int where) {
    std::lock_guard lock(mutex);
    x = where;
    y = where;
  }
  std::pair<int, int> look() {
    std::lock_guard lock(mutex);
    return {x, y};
  }
};

void body() {
  Robot robot;
  std::pair<int, int> seen;
  std::thread mover([&] { robot.move(7); });
  std::thread viewer([&] { seen = robot.look(); });
  mover.join();
  viewer.join();
  heddle::observe("x", seen.first);
  heddle::observe("y", seen.second);
  assert(seen.first == seen.second);
}
}  // namespace one_lock

// Fix: the data can be reached only through its lock, so there is no wrong one.
namespace guarded {
template <class T>
class Guarded {
 public:
  template <class Use>
  auto with(Use use) {
    std::lock_guard lock(mutex_);
    return use(value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

struct Robot {
  Guarded<std::pair<int, int>> position;

  void move(int where) {
    position.with([&](auto& xy) { xy = {where, where}; });
  }
  std::pair<int, int> look() {
    return position.with([](auto& xy) { return xy; });
  }
};

void body() {
  Robot robot;
  std::pair<int, int> seen;
  std::thread mover([&] { robot.move(7); });
  std::thread viewer([&] { seen = robot.look(); });
  mover.join();
  viewer.join();
  heddle::observe("x", seen.first);
  heddle::observe("y", seen.second);
  assert(seen.first == seen.second);
}
}  // namespace guarded

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "wrong_lock",
    .title = "Writers hold one lock and readers another",
    .story = "A robot's position is written under one lock and read under another. Each function "
             "on its own looks right, and a reviewer who checks that every access is locked finds "
             "nothing. A lock excludes only those who take the same one.",
    .kind = "data race, wrong lock",
    .cwe = "821",
    .threads = 2,
    .tsan_reason = "The coordinates are plain, and two different locks order nothing.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "one_lock",
             .body = one_lock::body,
             .adds = "exclusion: whoever looks waits until the robot has been moved",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "guarded",
             .body = guarded::body,
             .adds = "exclusion that the type enforces: value and lock are one object",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
