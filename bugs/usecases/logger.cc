// SPDX-License-Identifier: Apache-2.0
// Logger. Each line is written at the end of a common buffer. Two threads find the same end, and
// one line overwrites the other.
//
//   GET /index                  GET /login                  buffer
//   ------------------------------------------------------------------
//   reads end: 0
//                               reads end: 0
//   writes its line at 0                                    GET /index
//                               writes its line at 0        GET /login
//                               end = 1
//   end = 1 or 2                                            a request that nobody can find
#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr std::size_t kLines = 4;

/// What an auditor reads: the lines in the order in which they are in the log.
template <class Lines>
std::string text_of(const Lines& lines, int end) {
  std::string text;
  for (int line = 0; line < end; ++line) {
    text += lines[line] == nullptr ? "?" : lines[line];
    text += '\n';
  }
  return text;
}

void audit(std::string_view text) {
  heddle::observe("lines", std::count(text.begin(), text.end(), '\n'));
  assert(text.find("GET /index\n") != std::string_view::npos);
  assert(text.find("GET /login\n") != std::string_view::npos);
}

/// A server that handles two requests at once and logs both.
template <class Log>
void serve() {
  Log log;
  std::thread first([&] { log.write("GET /index"); });
  std::thread second([&] { log.write("GET /login"); });
  first.join();
  second.join();
  audit(text_of(log.lines, log.end));
}

namespace buggy {
struct Log {
  std::array<const char*, kLines> lines{};
  int end = 0;

  void write(const char* line) {
    lines[end] = line;
    ++end;
  }
};

void body() { serve<Log>(); }
}  // namespace buggy

// Fix: a lock around place and line.
namespace mutex {
struct Log {
  std::mutex mutex;
  std::array<const char*, kLines> lines{};
  int end = 0;

  void write(const char* line) {
    std::lock_guard lock(mutex);
    lines[end] = line;
    ++end;
  }
};

void body() { serve<Log>(); }
}  // namespace mutex

// Fix: reserve the place in one atomic step; what is written there is nobody else's business.
namespace reserved {
struct Log {
  std::array<const char*, kLines> lines{};
  std::atomic<int> end{0};

  void write(const char* line) { lines[end.fetch_add(1)] = line; }
};

void body() { serve<Log>(); }
}  // namespace reserved

// Fix: a buffer for each thread, put together when they have ended.
namespace own_buffer {
struct Log {
  std::array<const char*, kLines> lines{};
  int end = 0;

  void write(const char* line) {
    lines[end] = line;
    ++end;
  }
};

void body() {
  Log of_first;
  Log of_second;
  std::thread first([&] { of_first.write("GET /index"); });
  std::thread second([&] { of_second.write("GET /login"); });
  first.join();
  second.join();
  audit(text_of(of_first.lines, of_first.end) + text_of(of_second.lines, of_second.end));
}
}  // namespace own_buffer

// Fix: a thread that writes, and a queue to it from any number of others. To put a line into the
// queue takes one exchange, and nobody waits for the disk.
namespace writer_thread {
struct Line {
  const char* text = nullptr;
  std::atomic<Line*> next{nullptr};
};

/// Many producers, one consumer: a list that producers append to and the consumer walks.
class Queue {
 public:
  void put(Line& line) {
    Line* before = last_.exchange(&line, std::memory_order_acq_rel);
    before->next.store(&line, std::memory_order_release);
  }
  const char* take() {
    Line* line = nullptr;
    while ((line = taken_->next.load(std::memory_order_acquire)) == nullptr) {
    }
    taken_ = line;
    return line->text;
  }

 private:
  Line first_;  // Stands in front of all lines.
  std::atomic<Line*> last_{&first_};
  Line* taken_ = &first_;  // The consumer's.
};

struct Log {
  Queue queue;
  std::array<const char*, kLines> lines{};
  int end = 0;
};

void body() {
  Log log;
  std::array<Line, 2> lines{{{"GET /index"}, {"GET /login"}}};
  std::thread writer([&] {
    for (int line = 0; line < 2; ++line) {
      log.lines[log.end] = log.queue.take();
      ++log.end;
    }
  });
  std::thread first([&] { log.queue.put(lines[0]); });
  std::thread second([&] { log.queue.put(lines[1]); });
  first.join();
  second.join();
  writer.join();
  audit(text_of(log.lines, log.end));
}
}  // namespace writer_thread

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
    .tsan_reason = "End and lines are plain, and both threads write them without order.",
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
             .adds = "exclusion: place and line belong to one thread at a time",
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
            {.name = "writer_thread",
             .body = writer_thread::body,
             .adds = "ownership: one thread has the buffer, and lines are messages to it",
             .primitive = "a queue of many producers and one consumer"},
        },
}};

}  // namespace
