// SPDX-License-Identifier: Apache-2.0
// The writer who never gets in: a reader-writer lock that lets readers in whenever other readers
// are in. Two readers who overlap keep it shared for ever.
//
//   one reader        other reader      writer
//   ----------------------------------------------
//   in
//                                       waits until nobody reads
//                     in
//   out
//   in
//                     out
//                     in                               and so on for ever
#include <atomic>
#include <cassert>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/writer_preferring_lock.h"

namespace {

namespace buggy {
void body() {
  std::shared_mutex door;
  int news = 0;
  auto read = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::shared_lock inside(door);
      assert(news <= 1);
      heddle::progress();
    }
  };
  auto write = [&] {
    std::unique_lock inside(door);
    news = 1;
    heddle::progress();
  };
  std::thread one(read);
  std::thread other(read);
  std::thread writer(write);
  writer.join();
  one.join();
  other.join();
}
}  // namespace buggy

// Fix: no new reader while a writer waits. (Its counters have few bits, so that the states are
// few; and as long as writers come without a break it is the readers who starve.)
namespace writer_preference {
void body() {
  primitives::BasicWriterPreferringLock<1> door;
  int news = 0;
  auto read = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      std::shared_lock inside(door);
      assert(news <= 1);
      heddle::progress();
    }
  };
  auto write = [&] {
    std::unique_lock inside(door);
    news = 1;
    heddle::progress();
  };
  std::thread one(read);
  std::thread other(read);
  std::thread writer(write);
  writer.join();
  one.join();
  other.join();
}
}  // namespace writer_preference

// Fix: phases of reading and of writing take turns.
namespace phase_fair {
void body() {
  primitives::BasicPhaseFairLock<2, 1> door;
  int news = 0;
  auto read = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      door.lock_shared();
      assert(news <= 1);
      heddle::progress();
      door.unlock_shared();
    }
  };
  auto write = [&] {
    std::lock_guard inside(door);
    news = 1;
    heddle::progress();
  };
  std::thread one(read);
  std::thread other(read);
  std::thread writer(write);
  writer.join();
  one.join();
  other.join();
}
}  // namespace phase_fair

// Fix: readers do not lock. The writer writes a new version beside the one that is read, and then
// says which one counts (read, copy, update; a second change would have to wait until nobody reads
// the old version any more).
namespace new_version {
void body() {
  int versions[2] = {0, 0};
  std::atomic<const int*> news{&versions[0]};
  auto read = [&] {
    for (bugs::Rounds rounds; rounds.go_on();) {
      assert(*news.load(std::memory_order_acquire) <= 1);
      heddle::progress();
    }
  };
  auto write = [&] {
    versions[1] = 1;
    news.store(&versions[1], std::memory_order_release);
    heddle::progress();
  };
  std::thread one(read);
  std::thread other(read);
  std::thread writer(write);
  writer.join();
  one.join();
  other.join();
}
}  // namespace new_version

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "starvation",
    .name = "writer",
    .title = "Readers who overlap keep the writer out for ever",
    .story = "A reader-writer lock lets a reader in whenever others are reading. Two readers who "
             "come and go so that one is always inside keep it shared for ever: both read, again "
             "and again, and the writer waits for the moment in which nobody does.",
    .kind = "starvation of the writer",
    .cwe = "410",
    .origin = "glibc's reader-writer locks prefer readers by default",
    .threads = 3,
    .tsan_reason = "The lock protects the data perfectly; how long somebody waits for it, it does "
                   "not ask.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kStarvation}},
            {.name = "writer_preference",
             .body = writer_preference::body,
             .adds = "precedence: once a writer waits, readers only leave",
             .primitive = "primitives::WriterPreferringLock"},
            {.name = "phase_fair",
             .body = phase_fair::body,
             .adds = "turns: a writer waits for one phase of readers at most",
             .primitive = "primitives::PhaseFairLock"},
            {.name = "new_version",
             .body = new_version::body,
             .adds = "no waiting: the store releases the new version to whoever acquires it",
             .primitive = "std::atomic"},
        },
    .options = {.search = heddle::SearchKind::kCycles},
}};

}  // namespace
