// SPDX-License-Identifier: Apache-2.0
// Static buffer. A function returns its text in a buffer of its own, as localtime and strtok do in
// theirs. Two threads call it, and one of them gets the other's text.
//
//   first thread                 second thread               buffer
//   ---------------------------------------------------------------
//   label(1) writes "d1"                                     d1
//                                label(2) writes "d2"        d2
//   copies buffer: "d2"          which is the wrong day
#include <array>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

using Label = std::array<char, 2>;

// Two threads each make the label of their day.
template <class Make>
void play(Make make) {
  char of_first = 0;
  char of_second = 0;
  std::thread first([&] { of_first = make(1); });
  std::thread second([&] { of_second = make(2); });
  first.join();
  second.join();
  heddle::observe("first", of_first - '0');
  heddle::observe("second", of_second - '0');
  assert(of_first == '1' && of_second == '2');
}

namespace buggy {
[[gnu::noinline]] const Label& label(int day) {
  static Label buffer{'d', '0'};
  buffer[1] = static_cast<char>('0' + day);
  return buffer;
}

void body() {
  play([](int day) { return label(day)[1]; });
}
}  // namespace buggy

// Fix: the caller says where the text goes. That is what the functions with _r at the end are for.
namespace callers_buffer {
void label_r(int day, Label& buffer) { buffer = {'d', static_cast<char>('0' + day)}; }

void body() {
  play([](int day) {
    Label buffer{};
    label_r(day, buffer);
    return buffer[1];
  });
}
}  // namespace callers_buffer

// Fix: a buffer for each thread. Callers stay as they are.
namespace thread_local_buffer {
[[gnu::noinline]] const Label& label(int day) {
  thread_local Label buffer{'d', '0'};
  buffer[1] = static_cast<char>('0' + day);
  return buffer;
}

void body() {
  play([](int day) { return label(day)[1]; });
}
}  // namespace thread_local_buffer

// Fix: a lock, which every caller must hold until it has copied the text.
namespace mutex {
[[gnu::noinline]] const Label& label(int day) {
  static Label buffer{'d', '0'};
  buffer[1] = static_cast<char>('0' + day);
  return buffer;
}

void body() {
  std::mutex buffer_lock;
  play([&](int day) {
    std::lock_guard lock(buffer_lock);
    return label(day)[1];
  });
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "static_buffer",
    .title = "Two threads use a function that returns its own static buffer",
    .story = "Old library functions return a pointer into a buffer that the next call uses again: "
             "localtime, strtok, gethostbyname. With two threads the next call is another "
             "thread's, and comes between the call and the use of what it returned.",
    .kind = "non-reentrant function",
    .cwe = "663",
    .origin = "the class of NSPR bug 354593",
    .threads = 2,
    .tsan_reason = "The buffer is plain, and both threads write it without order. In a library "
                   "that is not instrumented it would be silent.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "callers_buffer",
             .body = callers_buffer::body,
             .adds = "ownership: each caller has its buffer",
             .primitive = "a parameter",
             .sc_executions = 1},
            {.name = "thread_local_buffer",
             .body = thread_local_buffer::body,
             .adds = "ownership: each thread has its buffer",
             .primitive = "thread_local",
             .sc_executions = 1},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion from the call until the text is copied",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
