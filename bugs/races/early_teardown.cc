// SPDX-License-Identifier: Apache-2.0
// Early teardown. Main waits for the writer, whose end means that all work is done, and frees the
// queue. The reader is still about to note in the queue that it has nothing more to add.
//
//   writer                      reader                      main
//   ------------------------------------------------------------
//   locks, takes what is there
//   unlocks, ends
//                                                           joins the writer
//                                                           deletes the queue
//                               locks, notes its end        freed memory
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

struct Queue {
  std::mutex mutex;
  bool reader_ended = false;

  void end_reading() {
    std::lock_guard lock(mutex);
    reader_ended = true;
  }
  bool has_ended() {
    std::lock_guard lock(mutex);
    return reader_ended;
  }
};

namespace buggy {
void body() {
  auto queue = std::make_unique<Queue>();
  std::thread reader([&shared = *queue] { shared.end_reading(); });
  std::thread writer([&shared = *queue] { shared.has_ended(); });
  writer.join();
  queue.reset();
  reader.join();
}
}  // namespace buggy

// Fix: wait for everybody before freeing what they use.
namespace joined_first {
void body() {
  auto queue = std::make_unique<Queue>();
  std::thread reader([&shared = *queue] { shared.end_reading(); });
  std::thread writer([&shared = *queue] { shared.has_ended(); });
  writer.join();
  reader.join();
  queue.reset();
}
}  // namespace joined_first

// Fix: every thread owns the queue too; the last one frees it.
namespace shared_ptr {
void body() {
  auto queue = std::make_shared<Queue>();
  std::thread reader([queue] { queue->end_reading(); });
  std::thread writer([queue] { queue->has_ended(); });
  writer.join();
  queue.reset();
  reader.join();
}
}  // namespace shared_ptr

// Fix: the reader says when it needs the queue no more. For threads that cannot be joined yet.
namespace latch {
void body() {
  auto queue = std::make_unique<Queue>();
  std::latch done(1);
  std::thread reader([&done, &shared = *queue] {
    shared.end_reading();
    done.count_down();
  });
  std::thread writer([&shared = *queue] { shared.has_ended(); });
  writer.join();
  done.wait();
  queue.reset();
  reader.join();
}
}  // namespace latch

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "early_teardown",
    .title = "A queue is freed while one of its threads still uses it",
    .story = "A compressor's main thread joins only the writer: when that has ended, all blocks "
             "are written, so the queue and its lock can go. But that the work is done does not "
             "mean that all threads are: another one locks the freed mutex.",
    .kind = "order violation, use after free",
    .cwe = "416,826",
    .origin = "pbzip2 0.9.4",
    .threads = 2,
    .tsan_reason = "The delete and the other thread's use of the queue are unordered; it is seen "
                   "unless the reader's last unlock came before a lock of the joined writer.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kUseAfterFree},
             .tsan = {"use_after_free", "data_race"},
             .tsan_certain = false},
            {.name = "joined_first",
             .body = joined_first::body,
             .adds = "happens-before: the end of every user before the delete",
             .primitive = "std::thread::join",
             .sc_executions = 2},
            {.name = "shared_ptr",
             .body = shared_ptr::body,
             .adds = "ownership: the last owner's decrement, after all others, frees",
             .primitive = "std::shared_ptr"},
            {.name = "latch",
             .body = latch::body,
             .adds = "happens-before: the reader's count_down before the return of main's wait",
             .primitive = "std::latch"},
        },
}};

}  // namespace
