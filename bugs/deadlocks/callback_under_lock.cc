// SPDX-License-Identifier: Apache-2.0
// Callback under lock. A thermometer calls its observer with its own lock held. The observer asks
// the thermometer for the temperature, and that locks.
//
//   sensor
//   ------
//   set(): locks
//   calls the observer
//   get(): locks, waits         for itself
#include <functional>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Thermometer {
  std::mutex mutex;
  std::function<void()> observer;
  int degrees = 0;

  int get() {
    std::lock_guard lock(mutex);
    return degrees;
  }
  void set(int measured) {
    std::lock_guard lock(mutex);
    degrees = measured;
    observer();
  }
};

void body() {
  Thermometer thermometer;
  int shown = 0;
  thermometer.observer = [&] { shown = thermometer.get(); };
  std::thread sensor([&] { thermometer.set(21); });
  sensor.join();
  heddle::observe("shown", shown);
}
}  // namespace buggy

// Fix: change under the lock, call without it.
namespace called_unlocked {
struct Thermometer {
  std::mutex mutex;
  std::function<void()> observer;
  int degrees = 0;

  int get() {
    std::lock_guard lock(mutex);
    return degrees;
  }
  void set(int measured) {
    std::function<void()> called;
    {
      std::lock_guard lock(mutex);
      degrees = measured;
      called = observer;
    }
    called();
  }
};

void body() {
  Thermometer thermometer;
  int shown = 0;
  thermometer.observer = [&] { shown = thermometer.get(); };
  std::thread sensor([&] { thermometer.set(21); });
  sensor.join();
  heddle::observe("shown", shown);
}
}  // namespace called_unlocked

// Fix: a mutex that its owner may lock again. The observer then runs in the middle of set(), and
// must not be surprised by what it finds there.
namespace recursive_mutex {
struct Thermometer {
  std::recursive_mutex mutex;
  std::function<void()> observer;
  int degrees = 0;

  int get() {
    std::lock_guard lock(mutex);
    return degrees;
  }
  void set(int measured) {
    std::lock_guard lock(mutex);
    degrees = measured;
    observer();
  }
};

void body() {
  Thermometer thermometer;
  int shown = 0;
  thermometer.observer = [&] { shown = thermometer.get(); };
  std::thread sensor([&] { thermometer.set(21); });
  sensor.join();
  heddle::observe("shown", shown);
}
}  // namespace recursive_mutex

// Fix: set() only notes that there is something to tell; the owner of the observers tells it later.
namespace event_queue {
struct Thermometer {
  std::mutex mutex;
  std::function<void()> observer;
  int degrees = 0;
  int events = 0;

  int get() {
    std::lock_guard lock(mutex);
    return degrees;
  }
  void set(int measured) {
    std::lock_guard lock(mutex);
    degrees = measured;
    ++events;
  }
  bool take_event() {
    std::lock_guard lock(mutex);
    return events > 0 && events-- > 0;
  }
};

void body() {
  Thermometer thermometer;
  int shown = 0;
  thermometer.observer = [&] { shown = thermometer.get(); };
  std::thread sensor([&] { thermometer.set(21); });
  sensor.join();
  while (thermometer.take_event()) {
    thermometer.observer();
  }
  heddle::observe("shown", shown);
}
}  // namespace event_queue

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "callback_under_lock",
    .title = "An observer is called under the lock that it needs",
    .story = "A thermometer tells its observer of a new temperature while it holds its lock. The "
             "observer, code that the thermometer does not know, asks it for the temperature: the "
             "thread waits for a lock that it holds itself. Unknown code must not be called with a "
             "lock held.",
    .kind = "callback under a lock, self deadlock",
    .cwe = "833,1265",
    .origin = "C++ Core Guidelines CP.22",
    .threads = 1,
    .tsan_reason = "Locking a mutex twice is not reported by clang's runtime before it blocks: the "
                   "run hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kSelf},
             .sc_executions = 1,
             .tsan = {"hang"}},
            {.name = "called_unlocked",
             .body = called_unlocked::body,
             .adds = "no hold and wait: the observer runs without the lock",
             .primitive = "std::mutex",
             .sc_executions = 1},
            {.name = "recursive_mutex",
             .body = recursive_mutex::body,
             .adds = "re-entry: the owner of the lock may lock it again",
             .primitive = "std::recursive_mutex",
             .sc_executions = 1},
            {.name = "event_queue",
             .body = event_queue::body,
             .adds = "no hold and wait: observers are called later, by somebody without the lock",
             .primitive = "a queue of events",
             .sc_executions = 1},
        },
}};

}  // namespace
