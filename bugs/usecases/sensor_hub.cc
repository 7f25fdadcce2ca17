// SPDX-License-Identifier: Apache-2.0
// Sensor hub. A sensor overwrites its reading while the uplink sends it: the uplink sends half of
// one and half of another. And an alarm that comes before the uplink listens is never sent.
//
//   sensor                              uplink
//   ------------------------------------------
//   temperature = 90
//                                       sends "90 C, 40 %"      a reading that never was
//   humidity = 10
//
//   sensor                              uplink (alarm)
//   --------------------------------------------------
//                                       reads alarm: false
//   alarm = true, notifies              nobody waits yet
//                                       waits           for ever
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Reading {
  int temperature = 20;
  int humidity = 40;
};

/// What the device measures, in this order: an ordinary afternoon, then a fire.
constexpr Reading kAfternoon{20, 40};
constexpr Reading kFire{90, 10};

constexpr bool is_alarming(const Reading& reading) { return reading.temperature > 60; }

/// The message that goes to the control room. Sent are readings that the device made, no others.
void send(const Reading& reading) {
  const std::string message =
      std::to_string(reading.temperature) + " C, " + std::to_string(reading.humidity) + " %";
  heddle::observe("message", message);
  assert(message == "20 C, 40 %" || message == "90 C, 10 %");
}

namespace buggy {
struct Hub {
  Reading latest = kAfternoon;

  void measured(const Reading& reading) {
    latest.temperature = reading.temperature;
    latest.humidity = reading.humidity;
  }
  void uplink() {
    Reading copy;
    copy.temperature = latest.temperature;
    copy.humidity = latest.humidity;
    send(copy);
  }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.uplink(); });
  sensor.join();
  uplink.join();
}
}  // namespace buggy

// Also buggy: whole readings, but the uplink looks for the alarm and then waits, in two steps.
namespace lost_alarm {
struct Hub {
  std::mutex mutex;
  std::condition_variable raised;
  std::atomic<bool> alarm{false};

  void measured(const Reading& reading) {
    if (is_alarming(reading)) {
      alarm = true;
      raised.notify_one();
    }
  }
  void wait_for_alarm() {
    if (!alarm) {
      std::unique_lock lock(mutex);
      raised.wait(lock);
    }
  }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.wait_for_alarm(); });
  sensor.join();
  uplink.join();
}
}  // namespace lost_alarm

// Fix: one lock for reading and alarm, and a wait that looks again under it.
namespace mutex {
struct Hub {
  std::mutex mutex;
  std::condition_variable raised;
  Reading latest = kAfternoon;

  void measured(const Reading& reading) {
    std::lock_guard lock(mutex);
    latest = reading;
    if (is_alarming(reading)) {
      raised.notify_one();
    }
  }
  void uplink() {
    std::unique_lock lock(mutex);
    raised.wait(lock, [&] { return is_alarming(latest); });
    send(latest);
  }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.uplink(); });
  sensor.join();
  uplink.join();
}
}  // namespace mutex

// Fix: three buffers. The sensor fills one that nobody looks at and exchanges it for the one in the
// middle; the uplink does the same from its side. Nobody waits.
namespace triple_buffer {
struct Hub {
  std::array<Reading, 3> buffers{kAfternoon, kAfternoon, kAfternoon};
  std::atomic<int> middle{1};
  int sensors = 0;
  int uplinks = 2;

  void measured(const Reading& reading) {
    buffers[sensors] = reading;
    sensors = middle.exchange(sensors, std::memory_order_acq_rel);
  }
  void uplink() {
    uplinks = middle.exchange(uplinks, std::memory_order_acq_rel);
    send(buffers[uplinks]);
  }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.uplink(); });
  sensor.join();
  uplink.join();
}
}  // namespace triple_buffer

// Fix: readings that do not change. A new one takes the place of the old one in one step; who still
// sends the old one keeps it.
namespace immutable {
struct Hub {
  std::atomic<std::shared_ptr<const Reading>> latest{std::make_shared<const Reading>(kAfternoon)};

  void measured(const Reading& reading) { latest.store(std::make_shared<const Reading>(reading)); }
  void uplink() { send(*latest.load()); }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.uplink(); });
  sensor.join();
  uplink.join();
}
}  // namespace immutable

// Fix: a queue of one producer and one consumer. Readings and alarms are entries of it; none is
// overwritten.
namespace queue {
struct Hub {
  std::array<Reading, 2> entries;
  std::atomic<int> filled{0};

  void measured(const Reading& reading) {
    const int place = filled.load(std::memory_order_relaxed);
    entries[place] = reading;
    filled.store(place + 1, std::memory_order_release);
  }
  void uplink() {
    while (filled.load(std::memory_order_acquire) == 0) {
    }
    send(entries[0]);
  }
};

void body() {
  Hub hub;
  std::thread sensor([&] { hub.measured(kFire); });
  std::thread uplink([&] { hub.uplink(); });
  sensor.join();
  uplink.join();
}
}  // namespace queue

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "sensor_hub",
    .title = "A hub sends torn readings and loses an alarm",
    .story = "A sensor writes its readings into a structure that the uplink sends from. Nothing "
             "keeps the uplink from sending the new temperature with the old humidity. The second "
             "buggy variant is about an alarm: the uplink looks for it and then waits for the "
             "next; an alarm between the two wakes nobody.",
    .kind = "torn data; lost wake-up",
    .cwe = "366,662",
    .threads = 2,
    .tsan_reason = "The reading is plain, and its accesses are unordered. The lost alarm is no "
                   "race; a run in which it happens hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "lost_alarm",
             .body = lost_alarm::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kLostWakeup},
             .sc_executions = 3,
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: readings are whole, and no alarm between the look and the wait",
             .primitive = "std::condition_variable"},
            {.name = "triple_buffer",
             .body = triple_buffer::body,
             .adds = "ownership: each buffer has one user at a time, and exchanges hand it over",
             .primitive = "std::atomic::exchange (acq_rel)",
             .sc_executions = 2},
            {.name = "immutable",
             .body = immutable::body,
             .adds = "immutability: a reading that somebody sends never changes",
             .primitive = "std::atomic<std::shared_ptr<const T>>",
             .tsan = {"data_race"},
             .tsan_certain = false},
            {.name = "queue",
             .body = queue::body,
             .adds = "happens-before: an entry's writes before the load that sees it counted",
             .primitive = "std::atomic (release/acquire)"},
        },
}};

}  // namespace
