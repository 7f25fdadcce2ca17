// SPDX-License-Identifier: Apache-2.0
// Connection pool. A web server lends each request a database connection and takes it back at the
// end. A request that fails returns before that, and the pool has one connection less.
//
//   GET /users/seven            GET /users/7
//   ----------------------------------------
//   takes the connection
//   "seven" is no number: 400
//                               waits for a connection      for ever
#include <cassert>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Response {
  int status;
  std::string_view text;
};

/// A connection to the database of users.
class Connection {
 public:
  std::string_view name_of(int user) const { return user == 7 ? "Ada" : "nobody"; }
};

/// Lends its only connection to one request at a time.
class Pool {
 public:
  Connection& take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return free_; });
    free_ = false;
    return connection_;
  }
  /// Null if there was none in time.
  Connection* take_within(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, patience, [&] { return free_; })) {
      return nullptr;
    }
    free_ = false;
    return &connection_;
  }
  void give_back() {
    std::lock_guard lock(mutex_);
    free_ = true;
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  bool free_ = true;
  Connection connection_;
};

/// The user that a request line such as "GET /users/7" asks for; nothing if it is malformed.
std::optional<int> user_of(std::string_view request) {
  constexpr std::string_view kPath = "GET /users/";
  int user = 0;
  if (!request.starts_with(kPath)) {
    return std::nullopt;
  }
  request.remove_prefix(kPath.size());
  const char* end = request.data() + request.size();
  const auto [last, error] = std::from_chars(request.data(), end, user);
  return error == std::errc() && last == end ? std::optional(user) : std::nullopt;
}

/// A server that gets two requests at once, each of which is handled in a thread of its own.
template <class Handle>
void serve(Handle handle) {
  Pool pool;
  Response to_bad{};
  Response to_good{};
  std::thread bad([&] { to_bad = handle(pool, "GET /users/seven"); });
  std::thread good([&] { to_good = handle(pool, "GET /users/7"); });
  bad.join();
  good.join();
  heddle::observe("GET /users/7", to_good.status);
  assert(to_bad.status == 400 || to_bad.status == 503);
  assert(to_good.status == 503 || (to_good.status == 200 && to_good.text == "Ada"));
}

namespace buggy {
Response handle(Pool& pool, std::string_view request) {
  Connection& connection = pool.take();
  const std::optional<int> user = user_of(request);
  if (!user) {
    return {400, "bad request"};
  }
  const Response response{200, connection.name_of(*user)};
  pool.give_back();
  return response;
}

void body() { serve(handle); }
}  // namespace buggy

// Fix: a lease. Its destructor gives the connection back, however the request ends.
namespace lease {
class Lease {
 public:
  explicit Lease(Pool& pool) : pool_(pool), connection_(pool.take()) {}
  ~Lease() { pool_.give_back(); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Connection* operator->() { return &connection_; }

 private:
  Pool& pool_;
  Connection& connection_;
};

Response handle(Pool& pool, std::string_view request) {
  Lease connection(pool);
  const std::optional<int> user = user_of(request);
  if (!user) {
    return {400, "bad request"};
  }
  return {200, connection->name_of(*user)};
}

void body() { serve(handle); }
}  // namespace lease

// Fix: the pool runs the query and keeps its connections to itself.
namespace pool_runs_it {
template <class Query>
Response with_connection(Pool& pool, Query query) {
  Connection& connection = pool.take();
  const Response response = query(connection);
  pool.give_back();
  return response;
}

Response handle(Pool& pool, std::string_view request) {
  return with_connection(pool, [&](Connection& connection) -> Response {
    const std::optional<int> user = user_of(request);
    if (!user) {
      return {400, "bad request"};
    }
    return {200, connection.name_of(*user)};
  });
}

void body() { serve(handle); }
}  // namespace pool_runs_it

// Fix of the waiting, not of the leak: a time limit. The server tells its client that it is busy,
// and somebody will look into why it is so for ever.
namespace time_limit {
Response handle(Pool& pool, std::string_view request) {
  Connection* connection = pool.take_within(std::chrono::milliseconds(50));
  if (connection == nullptr) {
    return {503, "service unavailable"};
  }
  const std::optional<int> user = user_of(request);
  if (!user) {
    return {400, "bad request"};
  }
  const Response response{200, connection->name_of(*user)};
  pool.give_back();
  return response;
}

void body() { serve(handle); }
}  // namespace time_limit

// Fix: no pool. The connection belongs to a thread that asks for users on the requests' behalf.
namespace owner_thread {
class Users {
 public:
  std::string_view name_of(int user) {
    std::unique_lock lock(mutex_);
    asked_ = user;
    changed_.notify_all();
    changed_.wait(lock, [&] { return answer_.has_value(); });
    return *answer_;
  }
  void answer_one(const Connection& connection) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.has_value(); });
    answer_ = connection.name_of(*asked_);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> asked_;
  std::optional<std::string_view> answer_;
};

void body() {
  Users users;
  std::thread owner([&] { users.answer_one(Connection()); });
  serve([&](Pool& /*unused*/, std::string_view request) -> Response {
    const std::optional<int> user = user_of(request);
    if (!user) {
      return {400, "bad request"};
    }
    return {200, users.name_of(*user)};
  });
  owner.join();
}
}  // namespace owner_thread

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
            {.name = "time_limit",
             .body = time_limit::body,
             .adds = "no waiting for ever: a request that gets no connection says so",
             .primitive = "std::condition_variable::wait_for"},
            {.name = "owner_thread",
             .body = owner_thread::body,
             .adds = "ownership: one thread has the connection, and questions are messages to it",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
