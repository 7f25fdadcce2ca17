// SPDX-License-Identifier: Apache-2.0
// Read again. A reader of a readers-writer lock calls a function that locks for reading, too. That
// works as long as no writer comes in between: a lock that prefers writers lets no new reader in
// while one waits, and this one is a new reader.
//
//   reader                      writer
//   ----------------------------------
//   locks for reading
//                               waits until the reader has left
//   locks for reading again,
//   waits until the writer has left
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// Prefers writers: what many reader-writer locks do, and std::shared_mutex may.
class SharedMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    ++writers_;
    left_.wait(lock, [&] { return readers_ == 0 && !writing_; });
    writing_ = true;
  }
  void unlock() {
    std::lock_guard lock(mutex_);
    --writers_;
    writing_ = false;
    left_.notify_all();
  }
  void lock_shared() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return writers_ == 0; });
    ++readers_;
  }
  void unlock_shared() {
    std::lock_guard lock(mutex_);
    --readers_;
    left_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int readers_ = 0;
  int writers_ = 0;  // Waiting or writing.
  bool writing_ = false;
};

namespace buggy {
struct Document {
  SharedMutex mutex;
  int words = 1;

  int count() {
    std::shared_lock lock(mutex);
    return words;
  }
  int pages() {
    std::shared_lock lock(mutex);
    return (count() + 99) / 100;
  }
  void add() {
    std::unique_lock lock(mutex);
    ++words;
  }
};

void body() {
  Document document;
  int pages = 0;
  std::thread reader([&] { pages = document.pages(); });
  std::thread writer([&] { document.add(); });
  reader.join();
  writer.join();
  heddle::observe("pages", pages);
}
}  // namespace buggy

// Fix: what is called with the lock held does not lock. The public function locks and calls it.
namespace split {
struct Document {
  SharedMutex mutex;
  int words = 1;

  int count_locked() { return words; }
  int pages() {
    std::shared_lock lock(mutex);
    return (count_locked() + 99) / 100;
  }
  void add() {
    std::unique_lock lock(mutex);
    ++words;
  }
};

void body() {
  Document document;
  int pages = 0;
  std::thread reader([&] { pages = document.pages(); });
  std::thread writer([&] { document.add(); });
  reader.join();
  writer.join();
  heddle::observe("pages", pages);
}
}  // namespace split

// Fix: a function that needs the lock says so in its parameters, and is given it.
namespace token {
struct Document {
  SharedMutex mutex;
  int words = 1;

  int count(const std::shared_lock<SharedMutex>& /*held*/) { return words; }
  int pages() {
    std::shared_lock lock(mutex);
    return (count(lock) + 99) / 100;
  }
  void add() {
    std::unique_lock lock(mutex);
    ++words;
  }
};

void body() {
  Document document;
  int pages = 0;
  std::thread reader([&] { pages = document.pages(); });
  std::thread writer([&] { document.add(); });
  reader.join();
  writer.join();
  heddle::observe("pages", pages);
}
}  // namespace token

// Fix: ask first and lock then, if the two need not be one view.
namespace one_after_the_other {
struct Document {
  SharedMutex mutex;
  int words = 1;

  int count() {
    std::shared_lock lock(mutex);
    return words;
  }
  int pages() {
    const int counted = count();
    std::shared_lock lock(mutex);
    return (counted + 99) / 100;
  }
  void add() {
    std::unique_lock lock(mutex);
    ++words;
  }
};

void body() {
  Document document;
  int pages = 0;
  std::thread reader([&] { pages = document.pages(); });
  std::thread writer([&] { document.add(); });
  reader.join();
  writer.join();
  heddle::observe("pages", pages);
}
}  // namespace one_after_the_other

// Fix: a lock that prefers readers lets a reader in whoever waits. Writers may starve for it (see
// starvation/writer).
namespace prefers_readers {
class ReaderPreferring {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return readers_ == 0 && !writing_; });
    writing_ = true;
  }
  void unlock() {
    std::lock_guard lock(mutex_);
    writing_ = false;
    left_.notify_all();
  }
  void lock_shared() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return !writing_; });
    ++readers_;
  }
  void unlock_shared() {
    std::lock_guard lock(mutex_);
    --readers_;
    left_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int readers_ = 0;
  bool writing_ = false;
};

struct Document {
  ReaderPreferring mutex;
  int words = 1;

  int count() {
    std::shared_lock lock(mutex);
    return words;
  }
  int pages() {
    std::shared_lock lock(mutex);
    return (count() + 99) / 100;
  }
  void add() {
    std::unique_lock lock(mutex);
    ++words;
  }
};

void body() {
  Document document;
  int pages = 0;
  std::thread reader([&] { pages = document.pages(); });
  std::thread writer([&] { document.add(); });
  reader.join();
  writer.join();
  heddle::observe("pages", pages);
}
}  // namespace prefers_readers

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "read_again",
    .title = "A reader locks for reading again while a writer waits",
    .story = "A public function locks for reading and calls another one that does the same. "
             "Readers do not exclude each other, so it seems harmless. But a lock that prefers "
             "writers keeps new readers out while a writer waits: the writer waits for the reader, "
             "and the reader, at its second lock, for the writer.",
    .kind = "recursive read lock",
    .cwe = "833,764",
    .origin = "the RWR deadlocks of the GoKer benchmark",
    .threads = 2,
    .tsan_reason = "Both waits are for a condition variable, and waiting for ever is not "
                   "something that it looks for: the run hangs without a report.",
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
            {.name = "split",
             .body = split::body,
             .adds = "no second lock: the inner function runs under the caller's",
             .primitive = "a function that does not lock"},
            {.name = "token",
             .body = token::body,
             .adds = "no second lock, and the type of the parameter says why",
             .primitive = "std::shared_lock as a parameter"},
            {.name = "one_after_the_other",
             .body = one_after_the_other::body,
             .adds = "no hold and wait: the first lock is given back before the second",
             .primitive = "std::shared_lock"},
            {.name = "prefers_readers",
             .body = prefers_readers::body,
             .adds = "no waiting for a writer that waits: readers wait only for one that writes",
             .primitive = "a lock that prefers readers"},
        },
}};

}  // namespace
