// SPDX-License-Identifier: Apache-2.0
// Table and log. A database applies a statement to the table and then appends it to the log that
// replicas replay. Each of the two is locked, but not both together: two statements can reach the
// table in one order and the log in the other, and the replica ends up with other data.
//
//   DELETE                      INSERT
//   ----------------------------------
//   [table] rows = 0
//                               [table] rows = 1
//                               [log] append INSERT
//   [log] append DELETE                              table: 1 row, replayed log: none
#include <array>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Database {
  std::mutex table_mutex;
  std::mutex log_mutex;
  int rows = 5;           // What the table holds.
  int replayed_rows = 5;  // What a replica holds after replaying the log.

  void run(int rows_after) {
    {
      std::lock_guard table(table_mutex);
      rows = rows_after;
    }
    std::lock_guard log(log_mutex);
    replayed_rows = rows_after;
  }
};

void body() {
  Database database;
  std::thread delete_all([&] { database.run(0); });
  std::thread insert([&] { database.run(1); });
  delete_all.join();
  insert.join();
  heddle::observe("rows", database.rows);
  heddle::observe("replayed_rows", database.replayed_rows);
  assert(database.rows == database.replayed_rows);
}
}  // namespace buggy

// Fix: the table stays locked until the log is written.
namespace held_over_both {
struct Database {
  std::mutex table_mutex;
  std::mutex log_mutex;
  int rows = 5;           // What the table holds.
  int replayed_rows = 5;  // What a replica holds after replaying the log.

  void run(int rows_after) {
    std::lock_guard table(table_mutex);
    rows = rows_after;
    std::lock_guard log(log_mutex);
    replayed_rows = rows_after;
  }
};

void body() {
  Database database;
  std::thread delete_all([&] { database.run(0); });
  std::thread insert([&] { database.run(1); });
  delete_all.join();
  insert.join();
  heddle::observe("rows", database.rows);
  heddle::observe("replayed_rows", database.replayed_rows);
  assert(database.rows == database.replayed_rows);
}
}  // namespace held_over_both

// Fix: what must agree is guarded by one lock.
namespace one_lock {
struct Database {
  std::mutex mutex;
  int rows = 5;           // What the table holds.
  int replayed_rows = 5;  // What a replica holds after replaying the log.

  void run(int rows_after) {
    std::lock_guard both(mutex);
    rows = rows_after;
    replayed_rows = rows_after;
  }
};

void body() {
  Database database;
  std::thread delete_all([&] { database.run(0); });
  std::thread insert([&] { database.run(1); });
  delete_all.join();
  insert.join();
  heddle::observe("rows", database.rows);
  heddle::observe("replayed_rows", database.replayed_rows);
  assert(database.rows == database.replayed_rows);
}
}  // namespace one_lock

// Fix: one thread writes both, and whoever has a statement to run sends it there.
namespace single_writer {
struct Database {
  std::mutex mutex;
  std::condition_variable arrived;
  std::array<int, 2> statements{};
  int sent = 0;
  int rows = 5;           // What the table holds.
  int replayed_rows = 5;  // What a replica holds after replaying the log.

  void run(int rows_after) {
    std::lock_guard lock(mutex);
    statements[sent++] = rows_after;
    arrived.notify_one();
  }
  void write(int number) {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return number < sent; });
    const int rows_after = statements[number];
    lock.unlock();
    rows = rows_after;
    replayed_rows = rows_after;
  }
};

void body() {
  Database database;
  std::thread writer([&] {
    database.write(0);
    database.write(1);
  });
  std::thread delete_all([&] { database.run(0); });
  std::thread insert([&] { database.run(1); });
  delete_all.join();
  insert.join();
  writer.join();
  heddle::observe("rows", database.rows);
  heddle::observe("replayed_rows", database.replayed_rows);
  assert(database.rows == database.replayed_rows);
}
}  // namespace single_writer

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "table_and_log",
    .title = "Two statements reach the table in one order and the log in the other",
    .story =
        "A database applies each statement to its table and appends it to the log that replicas "
        "replay. Table and log have a lock each, and each is used correctly; but nothing keeps the "
        "two in step, so the replica can end up with other data than the master.",
    .kind = "multi-variable atomicity violation",
    .cwe = "362,821",
    .origin = "the class of MySQL bug 19066 (DELETE and INSERT logged in the wrong order)",
    .threads = 2,
    .tsan_reason =
        "Every access holds the lock of its variable, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 4},
            {.name = "held_over_both",
             .body = held_over_both::body,
             .adds = "exclusion: the table's lock covers the log's update too",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "one_lock",
             .body = one_lock::body,
             .adds = "exclusion: one lock guards the invariant that spans both variables",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "single_writer",
             .body = single_writer::body,
             .adds = "order: both get the statements in the order in which the one writer receives "
                     "them",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
