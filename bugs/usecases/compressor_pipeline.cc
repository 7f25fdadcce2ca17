// SPDX-License-Identifier: Apache-2.0
// Compressor pipeline. A reader puts blocks into a queue, a writer compresses and writes them. The
// reader says that it is done when it has read the last block, which is before it has queued it.
//
//   reader                          writer
//   --------------------------------------
//   done = true
//                                   queue empty, done: ends
//   queues the last block           which nobody writes
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kEndOfFile = -1;

namespace buggy {
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  int blocks = 0;
  bool done = false;

  void put() {
    std::lock_guard lock(mutex);
    ++blocks;
    changed.notify_one();
  }
  void end() {
    std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  }
  bool take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return blocks > 0 || done; });
    return blocks > 0 && blocks-- > 0;
  }
};

void body() {
  Queue queue;
  int written = 0;
  std::thread reader([&] {
    queue.end();
    queue.put();
  });
  std::thread writer([&] {
    while (queue.take()) {
      ++written;
    }
  });
  reader.join();
  writer.join();
  heddle::observe("written", written);
  assert(written == 1);
}
}  // namespace buggy

// Fix: done when the last block is in the queue.
namespace done_last {
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  int blocks = 0;
  bool done = false;

  void put() {
    std::lock_guard lock(mutex);
    ++blocks;
    changed.notify_one();
  }
  void end() {
    std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  }
  bool take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return blocks > 0 || done; });
    return blocks > 0 && blocks-- > 0;
  }
};

void body() {
  Queue queue;
  int written = 0;
  std::thread reader([&] {
    queue.put();
    queue.end();
  });
  std::thread writer([&] {
    while (queue.take()) {
      ++written;
    }
  });
  reader.join();
  writer.join();
  heddle::observe("written", written);
  assert(written == 1);
}
}  // namespace done_last

// Fix: the end of the file is a block of its own, which comes after all others by itself.
namespace last_block {
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  int queued[2] = {};
  int put_so_far = 0;
  int taken = 0;

  void put(int block) {
    std::lock_guard lock(mutex);
    queued[put_so_far++] = block;
    changed.notify_one();
  }
  int take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return taken < put_so_far; });
    return queued[taken++];
  }
};

void body() {
  Queue queue;
  int written = 0;
  std::thread reader([&] {
    queue.put(7);
    queue.put(kEndOfFile);
  });
  std::thread writer([&] {
    while (queue.take() != kEndOfFile) {
      ++written;
    }
  });
  reader.join();
  writer.join();
  heddle::observe("written", written);
  assert(written == 1);
}
}  // namespace last_block

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "compressor_pipeline",
    .title = "A pipeline says that it is done before its last block is queued",
    .story = "A compressor reads blocks in one thread and writes them in another. The reader "
             "notes that it is done as soon as it has read the end of the file, and queues the "
             "last block then. A writer that looks in between finds the queue empty and the reader "
             "done, and ends: the file lacks its last block.",
    .kind = "order violation",
    .cwe = "696,826",
    .origin = "the class of bugs of pbzip2",
    .threads = 2,
    .tsan_reason = "All shared accesses hold the lock, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "done_last",
             .body = done_last::body,
             .adds = "order: whoever sees done sees the last block",
             .primitive = "the order of two lines"},
            {.name = "last_block",
             .body = last_block::body,
             .adds = "order: the end goes through the same queue as the blocks",
             .primitive = "a block that stands for the end"},
        },
}};

}  // namespace
