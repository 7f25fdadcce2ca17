// SPDX-License-Identifier: Apache-2.0
// Logger. Each line is written at the end of a common buffer. Two threads find the same end, write
// over each other's letters and leave a line that neither has written.
//
//   first line                  second line                     buffer
//   ------------------------------------------------------------------
//   reads end: 0
//                               reads end: 0
//   writes 'a' at 0                                             a
//                               writes 'b' at 0                 b
//                               end = 1
//   end = 1                                                     one of two lines
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Log {
  std::array<char, 2> letters{};
  int end = 0;

  void write(char letter) {
    letters[end] = letter;
    ++end;
  }
};

void body() {
  Log log;
  std::thread first([&] { log.write('a'); });
  std::thread second([&] { log.write('b'); });
  first.join();
  second.join();
  heddle::observe("lines", log.end);
  assert(log.end == 2 && log.letters[0] + log.letters[1] == 'a' + 'b');
}
}  // namespace buggy

// Fix: a lock around place and letters.
namespace mutex {
struct Log {
  std::mutex mutex;
  std::array<char, 2> letters{};
  int end = 0;

  void write(char letter) {
    std::lock_guard lock(mutex);
    letters[end] = letter;
    ++end;
  }
};

void body() {
  Log log;
  std::thread first([&] { log.write('a'); });
  std::thread second([&] { log.write('b'); });
  first.join();
  second.join();
  heddle::observe("lines", log.end);
  assert(log.end == 2 && log.letters[0] + log.letters[1] == 'a' + 'b');
}
}  // namespace mutex

// Fix: reserve the place in one atomic step; what is written there is nobody else's business.
namespace reserved {
struct Log {
  std::array<char, 2> letters{};
  std::atomic<int> end{0};

  void write(char letter) { letters[end.fetch_add(1)] = letter; }
};

void body() {
  Log log;
  std::thread first([&] { log.write('a'); });
  std::thread second([&] { log.write('b'); });
  first.join();
  second.join();
  heddle::observe("lines", log.end.load());
  assert(log.end == 2 && log.letters[0] + log.letters[1] == 'a' + 'b');
}
}  // namespace reserved

// Fix: a buffer for each thread, put together when they have ended.
namespace own_buffer {
void body() {
  std::array<char, 2> letters{};
  char of_first = 0;
  char of_second = 0;
  std::thread first([&] { of_first = 'a'; });
  std::thread second([&] { of_second = 'b'; });
  first.join();
  second.join();
  letters = {of_first, of_second};
  assert(letters[0] + letters[1] == 'a' + 'b');
}
}  // namespace own_buffer

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "logger",
    .title = "Two threads write log lines to the same place",
    .story = "A server's threads append lines to one buffer: each reads where it ends, writes "
             "there and moves the end. Two at once write to the same place. The log then contains "
             "lines that are mixed or missing, and an audit finds requests that never were.",
    .kind = "multi-variable data race",
    .cwe = "366",
    .origin = "Apache bug 25520",
    .threads = 2,
    .tsan_reason = "End and letters are plain, and both threads write them without order.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: place and letters belong to one line at a time",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "reserved",
             .body = reserved::body,
             .adds = "ownership: each place is given to one thread",
             .primitive = "std::atomic::fetch_add",
             .sc_executions = 2},
            {.name = "own_buffer",
             .body = own_buffer::body,
             .adds = "ownership: each thread has its buffer until it is joined",
             .primitive = "std::thread::join",
             .sc_executions = 1},
        },
}};

}  // namespace
