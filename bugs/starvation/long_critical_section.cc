// SPDX-License-Identifier: Apache-2.0
// Writing to the disk inside the lock: a thread that saves the log holds its lock for as long as
// the disk takes. A request that only wants to add a line waits all that time.
//
//   saver                     request (more urgent)
//   --------------------------------------------------
//   locks the log
//   writes sector 0
//                             wants to add a line: waits
//   writes sectors 1 to 29    waits
//   unlocks the log
//                             adds its line, too late
#include <atomic>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kSaver = 0;
constexpr int kRequest = 1;

/// Takes a step for each of its sectors.
struct Disk {
  std::atomic<int> sectors[2] = {0, 0};

  /// Not inlined, or compilers would see that nobody else looks at the disk, and announce nothing.
  [[gnu::noinline]] void write(int /*lines*/) {
    for (int sector = 0; sector < 30; ++sector) {
      sectors[sector % 2].store(sector);
    }
  }
};

namespace buggy {
void body() {
  Disk disk;
  std::mutex log;
  int lines = 1;
  auto serve = [&] {
    heddle::set_priority(kRequest);
    std::lock_guard guard(log);
    ++lines;
    heddle::progress();
  };
  heddle::set_priority(kSaver);
  log.lock();
  std::thread request(serve);
  disk.write(lines);
  log.unlock();
  request.join();
}
}  // namespace buggy

// Fix: copy what is to be written, and write outside the lock.
namespace copy_out {
void body() {
  Disk disk;
  std::mutex log;
  int lines = 1;
  auto serve = [&] {
    heddle::set_priority(kRequest);
    std::lock_guard guard(log);
    ++lines;
    heddle::progress();
  };
  heddle::set_priority(kSaver);
  log.lock();
  std::thread request(serve);
  const int copy = lines;
  log.unlock();
  disk.write(copy);
  request.join();
}
}  // namespace copy_out

// Fix: two logs, each with a lock. While one is being written, lines go to the other.
namespace sharding {
void body() {
  Disk disk;
  std::mutex log[2];
  int lines[2] = {1, 0};
  auto serve = [&] {
    heddle::set_priority(kRequest);
    std::lock_guard guard(log[1]);
    ++lines[1];
    heddle::progress();
  };
  heddle::set_priority(kSaver);
  log[0].lock();
  std::thread request(serve);
  disk.write(lines[0]);
  log[0].unlock();
  request.join();
}
}  // namespace sharding

// Fix: a thread of its own for the disk. The saver only hands over.
namespace disk_thread {
void body() {
  Disk disk;
  std::mutex log;
  int lines = 1;
  auto serve = [&] {
    heddle::set_priority(kRequest);
    std::lock_guard guard(log);
    ++lines;
    heddle::progress();
  };
  heddle::set_priority(kSaver);
  log.lock();
  std::thread request(serve);
  const int batch = lines;
  log.unlock();
  std::thread writer([&] { disk.write(batch); });
  writer.join();
  request.join();
}
}  // namespace disk_thread

using enum heddle::Verdict;

heddle::Options by_priority() {
  heddle::Options options;
  options.search = heddle::SearchKind::kCycles;
  options.cycles.priorities = true;
  return options;
}

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "long_critical_section",
    .title = "The log's lock is held while the disk writes",
    .story = "A thread that saves the log holds its lock during the whole write. A more urgent "
             "request wants to add one line and waits for the disk, although it does not need it. "
             "It gets the lock at last, but not in time: the bug is the length of the wait.",
    .kind = "long critical section",
    .cwe = "667",
    .threads = 2,
    .tsan_reason = "The lock is used correctly; how long it is held is not its subject.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .deadline = 15, .late = true},
            {.name = "copy_out",
             .body = copy_out::body,
             .adds = "a bound: the lock is held for a copy, whatever the disk does",
             .primitive = "std::mutex",
             .waits = bugs::Waits::kBounded,
             .deadline = 15},
            {.name = "sharding",
             .body = sharding::body,
             .adds = "no waiting: the lock that the disk keeps busy is not the request's",
             .primitive = "std::mutex",
             .deadline = 15},
            {.name = "disk_thread",
             .body = disk_thread::body,
             .adds = "a bound: the lock is held for a copy, and another thread waits for the disk",
             .primitive = "std::thread",
             .waits = bugs::Waits::kBounded,
             .deadline = 15},
        },
    .options = by_priority(),
}};

}  // namespace
