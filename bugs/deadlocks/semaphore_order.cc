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
#include <semaphore>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
void body() {
  std::binary_semaphore scanner{1};
  std::binary_semaphore printer{1};
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
  std::binary_semaphore scanner{1};
  std::binary_semaphore printer{1};
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
  std::binary_semaphore copier{1};
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
             .tsan = {"hang"},
             .tsan_certain = false},
            {.name = "same_order",
             .body = same_order::body,
             .adds = "order: semaphores are acquired in one order, so waiting cannot form a cycle",
             .primitive = "std::binary_semaphore"},
            {.name = "one_semaphore",
             .body = one_semaphore::body,
             .adds = "no hold and wait: what is needed together is acquired in one step",
             .primitive = "std::binary_semaphore"},
        },
}};

}  // namespace
