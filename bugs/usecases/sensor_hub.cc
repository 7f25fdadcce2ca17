// SPDX-License-Identifier: Apache-2.0
// Sensor hub. A sensor overwrites its reading while the uplink sends it: the uplink sends half of
// one and half of another. And an alarm that comes before the uplink listens is never sent.
//
//   sensor                              uplink
//   ------------------------------------------
//   temperature = 90
//                                       sends 90 degrees, humidity 0
//   humidity = 20
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
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Reading {
  int temperature = 0;
  int humidity = 0;
};

void send(int temperature, int humidity) {
  heddle::observe("temperature", temperature);
  assert((temperature == 0) == (humidity == 0));
}

namespace buggy {
void body() {
  Reading latest;
  std::thread sensor([&] {
    latest.temperature = 90;
    latest.humidity = 20;
  });
  std::thread uplink([&] { send(latest.temperature, latest.humidity); });
  sensor.join();
  uplink.join();
}
}  // namespace buggy

// Also buggy: whole readings, but the uplink looks for the alarm and then waits, in two steps.
namespace lost_alarm {
void body() {
  std::mutex mutex;
  std::condition_variable raised;
  std::atomic<bool> alarm{false};
  std::thread sensor([&] {
    alarm = true;
    raised.notify_one();
  });
  std::thread uplink([&] {
    if (!alarm) {
      std::unique_lock lock(mutex);
      raised.wait(lock);
    }
  });
  sensor.join();
  uplink.join();
}
}  // namespace lost_alarm

// Fix: one lock for reading and alarm, and a wait that looks again under it.
namespace mutex {
void body() {
  std::mutex mutex;
  std::condition_variable raised;
  bool alarm = false;
  Reading latest;
  std::thread sensor([&] {
    std::lock_guard lock(mutex);
    latest.temperature = 90;
    latest.humidity = 20;
    alarm = true;
    raised.notify_one();
  });
  std::thread uplink([&] {
    std::unique_lock lock(mutex);
    raised.wait(lock, [&] { return alarm; });
    send(latest.temperature, latest.humidity);
  });
  sensor.join();
  uplink.join();
}
}  // namespace mutex

// Fix: three buffers. The sensor fills one that nobody looks at and exchanges it for the one in the
// middle; the uplink does the same from its side. Nobody waits.
namespace triple_buffer {
void body() {
  std::array<Reading, 3> buffers;
  std::atomic<int> middle{1};  // 0 is the sensor's, 2 the uplink's.
  std::thread sensor([&] {
    int mine = 0;
    buffers[mine].temperature = 90;
    buffers[mine].humidity = 20;
    mine = middle.exchange(mine, std::memory_order_acq_rel);
  });
  std::thread uplink([&] {
    int mine = 2;
    mine = middle.exchange(mine, std::memory_order_acq_rel);
    send(buffers[mine].temperature, buffers[mine].humidity);
  });
  sensor.join();
  uplink.join();
}
}  // namespace triple_buffer

// Fix: a queue of one producer and one consumer. Readings and alarms are entries of it; none is
// overwritten.
namespace queue {
void body() {
  std::array<Reading, 2> entries;
  std::atomic<int> filled{0};
  std::thread sensor([&] {
    entries[0].temperature = 90;
    entries[0].humidity = 20;
    filled.store(1, std::memory_order_release);
  });
  std::thread uplink([&] {
    while (filled.load(std::memory_order_acquire) < 1) {
    }
    send(entries[0].temperature, entries[0].humidity);
  });
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
            {.name = "queue",
             .body = queue::body,
             .adds = "happens-before: an entry's writes before the load that sees it counted",
             .primitive = "std::atomic (release/acquire)"},
        },
}};

}  // namespace
