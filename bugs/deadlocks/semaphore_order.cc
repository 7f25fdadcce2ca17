// SPDX-License-Identifier: Apache-2.0
// Semaphore order. To copy a page one needs the scanner and the printer, of which there is one
// each. Two offices ask for them in opposite order.
//
//   left office                 right office
//   ----------------------------------------
//   acquires scanner
//                               acquires printer
//   waits for printer
//                               waits for scanner        nobody can go on
//
// The semaphores are POSIX ones: those of libstdc++ 12 have a bug of their own, which would hide
// this one (see deadlocks/semaphore_oversleeps).
#include <semaphore.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

class Semaphore {
 public:
  explicit Semaphore(unsigned count) { sem_init(&semaphore_, 0, count); }
  ~Semaphore() { sem_destroy(&semaphore_); }
  void acquire() { sem_wait(&semaphore_); }
  void release() { sem_post(&semaphore_); }

 private:
  sem_t semaphore_;
};

namespace buggy {
void body() {
  Semaphore scanner{1};
  Semaphore printer{1};
  std::thread left([&] {
    scanner.acquire();
    printer.acquire();
    printer.release();
    scanner.release();
  });
  std::thread right([&] {
    printer.acquire();
    scanner.acquire();
    scanner.release();
    printer.release();
  });
  left.join();
  right.join();
}
}  // namespace buggy

// Fix: both ask in the same order.
namespace same_order {
void body() {
  Semaphore scanner{1};
  Semaphore printer{1};
  std::thread left([&] {
    scanner.acquire();
    printer.acquire();
    printer.release();
    scanner.release();
  });
  std::thread right([&] {
    scanner.acquire();
    printer.acquire();
    printer.release();
    scanner.release();
  });
  left.join();
  right.join();
}
}  // namespace same_order

// Fix: one semaphore for the pair.
namespace one_semaphore {
void body() {
  Semaphore copier{1};
  std::thread left([&] {
    copier.acquire();
    copier.release();
  });
  std::thread right([&] {
    copier.acquire();
    copier.release();
  });
  left.join();
  right.join();
}
}  // namespace one_semaphore

// Fix: a device is taken by one office at a time, which is what a mutex is for; std::scoped_lock
// takes both without holding one and waiting for the other.
namespace scoped_lock {
void body() {
  std::mutex scanner;
  std::mutex printer;
  std::thread left([&] { std::scoped_lock both(scanner, printer); });
  std::thread right([&] { std::scoped_lock both(printer, scanner); });
  left.join();
  right.join();
}
}  // namespace scoped_lock

// Fix: a monitor hands out both devices or none.
namespace monitor {
void body() {
  std::mutex desk;
  std::condition_variable returned;
  bool taken = false;
  auto copy = [&] {
    {
      std::unique_lock lock(desk);
      returned.wait(lock, [&] { return !taken; });
      taken = true;
    }
    {
      std::lock_guard lock(desk);
      taken = false;
    }
    returned.notify_one();
  };
  std::thread left(copy);
  std::thread right(copy);
  left.join();
  right.join();
}
}  // namespace monitor

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "semaphore_order",
    .title = "Two semaphores, acquired in opposite order",
    .story =
        "Two offices copy a page with a shared scanner and a shared printer, each guarded by a "
        "semaphore. One asks for the scanner first, the other for the printer, and each waits for "
        "what the other has. A semaphore has no owner, so no tool can see who holds what.",
    .kind = "semaphore cycle",
    .cwe = "833",
    .origin = "textbook",
    .threads = 2,
    .tsan_reason = "A semaphore is no lock to it, so there is no lock order to invert, and a run "
                   "that deadlocks hangs without a report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .sc_executions = 3,
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "same_order",
             .body = same_order::body,
             .adds = "order: semaphores are acquired in one order, so waiting cannot form a cycle",
             .primitive = "sem_t",
             .sc_executions = 2},
            {.name = "one_semaphore",
             .body = one_semaphore::body,
             .adds = "no hold and wait: what is needed together is acquired in one step",
             .primitive = "sem_t",
             .sc_executions = 2},
            {.name = "scoped_lock",
             .body = scoped_lock::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one device while holding the other",
             .primitive = "std::scoped_lock"},
            {.name = "monitor",
             .body = monitor::body,
             .adds = "exclusion: both devices are taken in one step, under the desk's mutex",
             .primitive = "std::condition_variable"},
        },
}};

}  // namespace
