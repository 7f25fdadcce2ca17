// SPDX-License-Identifier: Apache-2.0
// Null check. A monitor prints what a session is doing, if it is doing something; the session sets
// its pointer to null when it is done, between the monitor's check and its use.
//
//   monitor                     session
//   -----------------------------------
//   if (session.query) ...
//                               session.query = nullptr
//   ... session.query->length                            null pointer read
#include <atomic>
#include <cassert>
#include <memory>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Query {
  int length;
};

namespace buggy {
struct Session {
  const Query* query = nullptr;
};

void body() {
  const Query query{12};
  Session session{&query};
  std::thread monitor([&] {
    if (session.query != nullptr) {
      heddle::observe("monitor", "busy");
      assert(session.query->length == 12);
    }
  });
  std::thread worker([&] { session.query = nullptr; });
  monitor.join();
  worker.join();
}
}  // namespace buggy

// Fix: the check and the use hold one lock, and so does the writer.
namespace mutex {
struct Session {
  const Query* query = nullptr;
  std::mutex mutex = {};
};

void body() {
  const Query query{12};
  Session session{&query};
  std::thread monitor([&] {
    std::lock_guard lock(session.mutex);
    if (session.query != nullptr) {
      heddle::observe("monitor", "busy");
      assert(session.query->length == 12);
    }
  });
  std::thread worker([&] {
    std::lock_guard lock(session.mutex);
    session.query = nullptr;
  });
  monitor.join();
  worker.join();
}
}  // namespace mutex

// Fix: read the pointer once, and use that copy. The query itself outlives both threads; an object
// that its owner deletes needs more (see races/freed_under_reader).
namespace read_once {
struct Session {
  std::atomic<const Query*> query = nullptr;
};

void body() {
  const Query query{12};
  Session session{&query};
  std::thread monitor([&] {
    if (const Query* seen = session.query.load(); seen != nullptr) {
      heddle::observe("monitor", "busy");
      assert(seen->length == 12);
    }
  });
  std::thread worker([&] { session.query = nullptr; });
  monitor.join();
  worker.join();
}
}  // namespace read_once

// Fix: a share of the query. Who holds one may use it, whatever becomes of the session's.
namespace own_share {
struct Session {
  std::atomic<std::shared_ptr<const Query>> query;
};

void body() {
  Session session{std::make_shared<const Query>(Query{12})};
  std::thread monitor([&] {
    if (const std::shared_ptr<const Query> seen = session.query.load(); seen != nullptr) {
      heddle::observe("monitor", "busy");
      assert(seen->length == 12);
    }
  });
  std::thread worker([&] { session.query.store(nullptr); });
  monitor.join();
  worker.join();
}
}  // namespace own_share

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "null_check",
    .title = "A pointer is checked, set to null by another thread, and then used",
    .story = "A monitor shows what a session is doing: it checks that the session's query pointer "
             "is not null and then follows it. The session sets the pointer to null between the "
             "two, and the monitor reads through a null pointer.",
    .kind = "check-then-act",
    .cwe = "367,476",
    .origin = "MySQL bug 3596 (crash in the InnoDB monitor); CVE-2009-3547 is of the same class",
    .threads = 2,
    .tsan_reason = "The pointer is plain, and its reads and its write are unordered.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kCrash},
             .tsan = {"data_race"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: the pointer cannot change between the check and the use",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "read_once",
             .body = read_once::body,
             .adds = "atomicity: one atomic load serves both the check and the use",
             .primitive = "std::atomic",
             .sc_executions = 2},
            {.name = "own_share",
             .body = own_share::body,
             .adds = "ownership: the query stays until the last share of it is gone",
             .primitive = "std::atomic<std::shared_ptr>",
             .tsan = {"data_race"},
             .tsan_certain = false},
        },
}};

}  // namespace
