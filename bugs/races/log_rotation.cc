// SPDX-License-Identifier: Apache-2.0
// Log rotation. To start a new file the log is closed and opened again. An event that is written in
// between finds the log closed, as if logging were switched off, and is dropped.
//
//   rotation                    writer
//   ----------------------------------
//   open = false
//                               if (open) ...           no: the event is dropped
//   file = 2
//   open = true
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Log {
  bool open = true;
  int file = 0;
  std::array<int, 2> events{};

  void rotate() {
    open = false;
    heddle::observe("rotation", "between two files");
    file = 1;
    open = true;
  }
  void write() {
    if (open) {
      ++events[file];
    }
  }
};

void body() {
  Log log;
  std::thread rotation([&] { log.rotate(); });
  std::thread writer([&] { log.write(); });
  rotation.join();
  writer.join();
  heddle::observe("in the old file", log.events[0]);
  heddle::observe("in the new file", log.events[1]);
  assert(log.events[0] + log.events[1] == 1);
}
}  // namespace buggy

// Fix: nobody writes while the log is between two files.
namespace mutex {
struct Log {
  std::mutex mutex;
  bool open = true;
  int file = 0;
  std::array<int, 2> events{};

  void rotate() {
    std::lock_guard lock(mutex);
    open = false;
    heddle::observe("rotation", "between two files");
    file = 1;
    open = true;
  }
  void write() {
    std::lock_guard lock(mutex);
    if (open) {
      ++events[file];
    }
  }
};

void body() {
  Log log;
  std::thread rotation([&] { log.rotate(); });
  std::thread writer([&] { log.write(); });
  rotation.join();
  writer.join();
  heddle::observe("in the old file", log.events[0]);
  heddle::observe("in the new file", log.events[1]);
  assert(log.events[0] + log.events[1] == 1);
}
}  // namespace mutex

// Fix: open the new file first, and then go over to it in one step.
namespace swapped_handle {
struct Log {
  std::atomic<int> file{0};
  std::array<int, 2> events{};

  void rotate() { file = 1; }
  void write() { ++events[file]; }
};

void body() {
  Log log;
  std::thread rotation([&] { log.rotate(); });
  std::thread writer([&] { log.write(); });
  rotation.join();
  writer.join();
  heddle::observe("in the old file", log.events[0]);
  heddle::observe("in the new file", log.events[1]);
  assert(log.events[0] + log.events[1] == 1);
}
}  // namespace swapped_handle

// Fix: the log belongs to one thread, and the others ask that thread to rotate and to write.
namespace log_thread {
struct Log {
  bool open = true;
  int file = 0;
  std::array<int, 2> events{};

  void rotate() {
    open = false;
    heddle::observe("rotation", "between two files");
    file = 1;
    open = true;
  }
  void write() {
    if (open) {
      ++events[file];
    }
  }
};

struct Mailbox {
  using Request = void (Log::*)();
  std::mutex mutex;
  std::condition_variable arrived;
  std::array<Request, 2> requests{};
  int sent = 0;

  void send(Request request) {
    std::lock_guard lock(mutex);
    requests[sent++] = request;
    arrived.notify_one();
  }
  Request receive(int number) {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return sent > number; });
    return requests[number];
  }
};

void body() {
  Log log;
  Mailbox mailbox;
  std::thread owner([&] {
    for (int number = 0; number < 2; ++number) {
      (log.*mailbox.receive(number))();
    }
  });
  std::thread rotation([&] { mailbox.send(&Log::rotate); });
  std::thread writer([&] { mailbox.send(&Log::write); });
  rotation.join();
  writer.join();
  owner.join();
  heddle::observe("in the old file", log.events[0]);
  heddle::observe("in the new file", log.events[1]);
  assert(log.events[0] + log.events[1] == 1);
}
}  // namespace log_thread

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "log_rotation",
    .title = "An event is dropped while the log goes over to a new file",
    .story = "A server writes an event to its log if the log is open. Rotation closes the log and "
             "opens it again on a new file. Who looks in between takes the log for switched off "
             "and drops the event: with a binary log that replicas replay, they lose a statement.",
    .kind = "atomicity violation, closed and opened again",
    .cwe = "362",
    .origin = "MySQL bug 791",
    .threads = 2,
    .tsan_reason = "The flag is plain, and the writer's read and the rotation's writes are "
                   "unordered; in a run in which both happen it is reported.",
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
             .adds = "exclusion: closing and opening are one critical section",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "swapped_handle",
             .body = swapped_handle::body,
             .adds = "atomicity: one store goes over from the old file to the new one, and one "
                     "load decides which of them is written to",
             .primitive = "std::atomic",
             .sc_executions = 2},
            {.name = "log_thread",
             .body = log_thread::body,
             .adds = "ownership: only one thread touches the log, one request after the other",
             .primitive = "std::condition_variable"},
        },
}};

}  // namespace
