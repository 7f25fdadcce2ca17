// SPDX-License-Identifier: Apache-2.0
// Lock across await. A coroutine holds a std::mutex while it awaits the disk. The loop goes on with
// the next coroutine, which locks the same mutex: the thread waits for itself, and with it the loop
// that alone could resume the first one.
//
//   first append                second append             (one thread)
//   ------------------------------------------------
//   locks, awaits the disk
//                               locks: waits for its own thread
#include <cassert>
#include <mutex>

#include "bugs/event_loop.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Journal {
  bugs::EventLoop& loop;
  std::mutex mutex;
  int end = 0;

  bugs::Task append(int bytes) {
    std::lock_guard lock(mutex);
    co_await loop.answer();  // The disk has written.
    end += bytes;
  }
};

void body() {
  bugs::EventLoop loop;
  Journal journal{.loop = loop};
  bugs::Task first, second;
  loop.post([&] { first = journal.append(3); });
  loop.post([&] { second = journal.append(4); });
  loop.run();
  heddle::observe("end", journal.end);
  assert(journal.end == 7);
}
}  // namespace buggy

// Fix: a lock that suspends the coroutine, and not the thread.
namespace async_mutex {
struct Journal {
  explicit Journal(bugs::EventLoop& its_loop) : loop(its_loop), mutex(its_loop) {}
  bugs::EventLoop& loop;
  bugs::AsyncMutex mutex;
  int end = 0;

  bugs::Task append(int bytes) {
    const bugs::AsyncMutex::Lock lock = co_await mutex;
    co_await loop.answer();  // The disk has written.
    end += bytes;
  }
};

void body() {
  bugs::EventLoop loop;
  Journal journal(loop);
  bugs::Task first, second;
  loop.post([&] { first = journal.append(3); });
  loop.post([&] { second = journal.append(4); });
  loop.run();
  heddle::observe("end", journal.end);
  assert(journal.end == 7);
}
}  // namespace async_mutex

// Fix: await first, without the lock; then lock for what needs it.
namespace lock_behind {
struct Journal {
  bugs::EventLoop& loop;
  std::mutex mutex;
  int end = 0;

  bugs::Task append(int bytes) {
    co_await loop.answer();  // The disk has written.
    std::lock_guard lock(mutex);
    end += bytes;
  }
};

void body() {
  bugs::EventLoop loop;
  Journal journal{.loop = loop};
  bugs::Task first, second;
  loop.post([&] { first = journal.append(3); });
  loop.post([&] { second = journal.append(4); });
  loop.run();
  heddle::observe("end", journal.end);
  assert(journal.end == 7);
}
}  // namespace lock_behind

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "lock_across_await",
    .title = "A mutex held across co_await stops the loop that would resume its holder",
    .story = "A std::mutex belongs to a thread, and a suspended coroutine has none. While one "
             "coroutine awaits with the mutex locked, another one on the same thread locks it, and "
             "the whole loop waits for a lock that only it could free.",
    .kind = "self deadlock across an await",
    .cwe = "833,1322",
    .origin = "C++ Core Guidelines CP.52",
    .threads = 1,
    .tsan_reason = "The run hangs in the second lock before anything could be reported.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kSelf},
             .tsan = {"hang"}},
            {.name = "async_mutex",
             .body = async_mutex::body,
             .adds = "waiting suspends the coroutine: the loop goes on and resumes the holder",
             .primitive = "async mutex"},
            {.name = "lock_behind",
             .body = lock_behind::body,
             .adds = "no hold and wait: no lock is held where the coroutine suspends",
             .primitive = "std::mutex"},
        },
}};

}  // namespace
