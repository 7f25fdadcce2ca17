// SPDX-License-Identifier: Apache-2.0
// Connection pool. A web server lends each request a database connection and takes it back at the
// end. A request that fails returns before that, and the pool has one connection less.
//
//   failing request             good request
//   ----------------------------------------
//   takes the connection
//   fails, returns
//                               waits for a connection      for ever
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

class Pool {
 public:
  explicit Pool(int connections) : free_(connections) {}
  void take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return free_ > 0; });
    --free_;
  }
  void give_back() {
    std::lock_guard lock(mutex_);
    ++free_;
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  int free_;
};

namespace buggy {
void handle(Pool& pool, bool query_is_valid, int& answer) {
  pool.take();
  if (!query_is_valid) {
    answer = 400;
    return;
  }
  answer = 200;
  pool.give_back();
}

void body() {
  Pool pool(1);
  int one = 0;
  int other = 0;
  std::thread failing([&] { handle(pool, false, one); });
  std::thread good([&] { handle(pool, true, other); });
  failing.join();
  good.join();
  heddle::observe("answers", one + other);
}
}  // namespace buggy

// Fix: a lease. Its destructor gives the connection back, however the request ends.
namespace lease {
class Lease {
 public:
  explicit Lease(Pool& pool) : pool_(pool) { pool_.take(); }
  ~Lease() { pool_.give_back(); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  Pool& pool_;
};

void handle(Pool& pool, bool query_is_valid, int& answer) {
  const Lease connection(pool);
  if (!query_is_valid) {
    answer = 400;
    return;
  }
  answer = 200;
}

void body() {
  Pool pool(1);
  int one = 0;
  int other = 0;
  std::thread failing([&] { handle(pool, false, one); });
  std::thread good([&] { handle(pool, true, other); });
  failing.join();
  good.join();
  heddle::observe("answers", one + other);
}
}  // namespace lease

// Fix: the pool runs the query and keeps its connections to itself.
namespace pool_runs_it {
template <class Query>
void with_connection(Pool& pool, Query query) {
  pool.take();
  query();
  pool.give_back();
}

void handle(Pool& pool, bool query_is_valid, int& answer) {
  with_connection(pool, [&] {
    if (!query_is_valid) {
      answer = 400;
      return;
    }
    answer = 200;
  });
}

void body() {
  Pool pool(1);
  int one = 0;
  int other = 0;
  std::thread failing([&] { handle(pool, false, one); });
  std::thread good([&] { handle(pool, true, other); });
  failing.join();
  good.join();
  heddle::observe("answers", one + other);
}
}  // namespace pool_runs_it

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "connection_pool",
    .title = "A web server's error path keeps the database connection",
    .story = "Each request of a web server takes a connection from a pool and gives it back when "
             "it is done. The path for a bad query returns without giving back. Each such request "
             "makes the pool smaller; when it is empty, all later requests wait for ever.",
    .kind = "resource leak that leads to a deadlock",
    .cwe = "772,410",
    .origin = "Apache DBCP-65, DBCP-270",
    .threads = 2,
    .tsan_reason = "A connection that is not given back is no race, and a run in which a request "
                   "then waits hangs without a report.",
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
            {.name = "lease",
             .body = lease::body,
             .adds = "release: every way out of the request gives the connection back",
             .primitive = "a scope guard"},
            {.name = "pool_runs_it",
             .body = pool_runs_it::body,
             .adds = "release: giving back is not left to the request",
             .primitive = "a function that takes a function"},
        },
}};

}  // namespace
