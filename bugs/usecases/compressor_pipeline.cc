// SPDX-License-Identifier: Apache-2.0
// Compressor pipeline. A reader puts the blocks of a file into a queue, a compressor takes them
// out, compresses them and writes them. The reader says that it is done when it has read the last
// block, which is before it has queued it.
//
//   reader                          compressor
//   ------------------------------------------
//   reads the last block
//   done = true
//                                   queue empty, done: ends
//   queues the last block           which nobody writes
#include <cassert>
#include <condition_variable>
#include <deque>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr std::string_view kFile = "aaab";
constexpr std::string_view kCompressed = "3a1b";

/// "aaab" becomes "3a1b".
std::string compress(std::string_view block) {
  std::string text;
  while (!block.empty()) {
    std::size_t run = 1;
    while (run < block.size() && block[run] == block[0]) {
      ++run;
    }
    text += static_cast<char>('0' + run);
    text += block[0];
    block.remove_prefix(run);
  }
  return text;
}

/// Blocks on their way; take() gives nothing when the queue has been closed and is empty.
class Queue {
 public:
  void put(std::string_view block) {
    std::lock_guard lock(mutex_);
    blocks_.push_back(block);
    changed_.notify_one();
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }
  std::optional<std::string_view> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocks_.empty() || closed_; });
    if (blocks_.empty()) {
      return std::nullopt;
    }
    const std::string_view block = blocks_.front();
    blocks_.pop_front();
    return block;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string_view> blocks_;
  bool closed_ = false;
};

void check(const std::string& written) {
  heddle::observe("written", written);
  assert(written == kCompressed);
}

namespace buggy {
void body() {
  Queue queue;
  std::string written;
  std::thread reader([&] {
    std::string_view rest = kFile;
    while (!rest.empty()) {
      const std::string_view block = rest.substr(0, 4);
      rest.remove_prefix(block.size());
      if (rest.empty()) {
        queue.close();
      }
      queue.put(block);
    }
  });
  std::thread compressor([&] {
    while (const std::optional<std::string_view> block = queue.take()) {
      written += compress(*block);
    }
  });
  reader.join();
  compressor.join();
  check(written);
}
}  // namespace buggy

// Fix: close the queue when the last block is in it.
namespace closed_last {
void body() {
  Queue queue;
  std::string written;
  std::thread reader([&] {
    std::string_view rest = kFile;
    while (!rest.empty()) {
      const std::string_view block = rest.substr(0, 4);
      rest.remove_prefix(block.size());
      queue.put(block);
    }
    queue.close();
  });
  std::thread compressor([&] {
    while (const std::optional<std::string_view> block = queue.take()) {
      written += compress(*block);
    }
  });
  reader.join();
  compressor.join();
  check(written);
}
}  // namespace closed_last

// Fix: the end of the file is a block of its own, which comes after all others by itself.
namespace last_block {
constexpr std::string_view kEnd;

void body() {
  Queue queue;
  std::string written;
  std::thread reader([&] {
    std::string_view rest = kFile;
    while (!rest.empty()) {
      const std::string_view block = rest.substr(0, 4);
      rest.remove_prefix(block.size());
      queue.put(block);
    }
    queue.put(kEnd);
  });
  std::thread compressor([&] {
    for (std::string_view block = *queue.take(); block != kEnd; block = *queue.take()) {
      written += compress(block);
    }
  });
  reader.join();
  compressor.join();
  check(written);
}
}  // namespace last_block

// Fix: a latch that the reader opens behind its last block. The compressor waits for it and then
// takes what is there: simpler, but the two do not work at the same time.
namespace latch {
void body() {
  Queue queue;
  std::latch all_read(1);
  std::string written;
  std::thread reader([&] {
    std::string_view rest = kFile;
    while (!rest.empty()) {
      const std::string_view block = rest.substr(0, 4);
      rest.remove_prefix(block.size());
      if (rest.empty()) {
        queue.close();
      }
      queue.put(block);
    }
    all_read.count_down();
  });
  std::thread compressor([&] {
    all_read.wait();
    while (const std::optional<std::string_view> block = queue.take()) {
      written += compress(*block);
    }
  });
  reader.join();
  compressor.join();
  check(written);
}
}  // namespace latch

// Fix: stages end in order. Who joins the reader knows that it has queued everything.
namespace joined_in_order {
void body() {
  Queue queue;
  std::string written;
  std::thread reader([&] {
    std::string_view rest = kFile;
    while (!rest.empty()) {
      const std::string_view block = rest.substr(0, 4);
      rest.remove_prefix(block.size());
      queue.put(block);
    }
  });
  std::thread compressor([&] {
    while (const std::optional<std::string_view> block = queue.take()) {
      written += compress(*block);
    }
  });
  reader.join();
  queue.close();
  compressor.join();
  check(written);
}
}  // namespace joined_in_order

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
            {.name = "closed_last",
             .body = closed_last::body,
             .adds = "order: whoever finds the queue closed finds the last block in it",
             .primitive = "the order of two lines"},
            {.name = "last_block",
             .body = last_block::body,
             .adds = "order: the end goes through the same queue as the blocks",
             .primitive = "a block that stands for the end"},
            {.name = "latch",
             .body = latch::body,
             .adds = "happens-before: the queueing of the last block before the first taking",
             .primitive = "std::latch"},
            {.name = "joined_in_order",
             .body = joined_in_order::body,
             .adds = "happens-before: the reader's end, through its join, before the closing",
             .primitive = "std::thread::join"},
        },
}};

}  // namespace
