// SPDX-License-Identifier: Apache-2.0
// Full pipes. A parent sends its child a text to be translated, and then reads the answer; the
// child answers each piece as it comes. With a short text all is well. With a long one the child's
// answers fill the one pipe while the parent still fills the other. A pipe holds 64 KiB if nobody
// asks for less; these hold one piece, so that a long text is short.
//
//   parent                      child
//   ----------------------------------------
//   writes a piece
//                               reads it, writes the answer: this pipe is full
//   writes a piece
//                               reads it, waits to write the answer
//   writes a piece: this pipe is full
//   waits to write the last piece               neither reads
#include <fcntl.h>
#include <poll.h>

#include <cassert>
#include <string>
#include <thread>

#include "bugs/child_process.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr int kPieces = 4;
constexpr std::size_t kPiece = 4096;  // A page: the least that a pipe can hold.

struct Pipe {
  int ends[2];
  Pipe() {
    const int opened = pipe(ends);
    assert(opened == 0);
    static_cast<void>(opened);
    const int holds = fcntl(ends[1], F_SETPIPE_SZ, kPiece);
    assert(holds == kPiece);
    static_cast<void>(holds);
  }
  int reading() const { return ends[0]; }
  int writing() const { return ends[1]; }
};

char piece[kPiece];

void send_piece(int file) {
  const ssize_t sent = write(file, piece, kPiece);
  assert(sent == kPiece);
  static_cast<void>(sent);
}

/// False at the end.
bool receive_piece(int file) {
  static char received[kPiece];
  std::size_t bytes = 0;
  while (bytes < kPiece) {
    const ssize_t got = read(file, received, kPiece - bytes);
    assert(got >= 0);
    if (got == 0) {
      return false;
    }
    bytes += static_cast<std::size_t>(got);
  }
  return true;
}

void translate(const Pipe& text, const Pipe& answers) {
  close(text.writing());
  close(answers.reading());
  while (receive_piece(text.reading())) {
    send_piece(answers.writing());
  }
}

namespace buggy {
void body() {
  const Pipe text;
  const Pipe answers;
  const pid_t child = bugs::start_child([&] { translate(text, answers); });
  close(text.reading());
  close(answers.writing());
  for (int i = 0; i < kPieces; ++i) {
    send_piece(text.writing());
  }
  close(text.writing());
  int received = 0;
  while (receive_piece(answers.reading())) {
    ++received;
  }
  close(answers.reading());
  bugs::wait_for_child(child);
  assert(received == kPieces);
}
}  // namespace buggy

// Fix: somebody reads while somebody writes: a thread of the parent.
namespace reader_thread {
void body() {
  const Pipe text;
  const Pipe answers;
  const pid_t child = bugs::start_child([&] { translate(text, answers); });
  close(text.reading());
  close(answers.writing());
  int received = 0;
  std::thread reader([&] {
    while (receive_piece(answers.reading())) {
      ++received;
    }
  });
  for (int i = 0; i < kPieces; ++i) {
    send_piece(text.writing());
  }
  close(text.writing());
  reader.join();
  close(answers.reading());
  bugs::wait_for_child(child);
  assert(received == kPieces);
}
}  // namespace reader_thread

// Fix: no more is under way than fits: a piece is sent when the answer to the one before has come.
namespace one_at_a_time {
void body() {
  const Pipe text;
  const Pipe answers;
  const pid_t child = bugs::start_child([&] { translate(text, answers); });
  close(text.reading());
  close(answers.writing());
  int received = 0;
  for (int i = 0; i < kPieces; ++i) {
    send_piece(text.writing());
    received += receive_piece(answers.reading()) ? 1 : 0;
  }
  close(text.writing());
  close(answers.reading());
  bugs::wait_for_child(child);
  assert(received == kPieces);
}
}  // namespace one_at_a_time

// Fix: ask which of the two pipes can go on. A write of at most a page to a pipe
// that is ready for it does not wait.
namespace poll_both {
void body() {
  const Pipe text;
  const Pipe answers;
  const pid_t child = bugs::start_child([&] { translate(text, answers); });
  close(text.reading());
  close(answers.writing());
  int sent = 0;
  int received = 0;
  while (received < kPieces) {
    pollfd files[] = {{answers.reading(), POLLIN, 0}, {text.writing(), POLLOUT, 0}};
    const int ready = poll(files, sent < kPieces ? 2 : 1, -1);
    assert(ready > 0);
    static_cast<void>(ready);
    if ((files[0].revents & POLLIN) != 0) {
      received += receive_piece(answers.reading()) ? 1 : 0;
    } else if (sent < kPieces) {
      send_piece(text.writing());
      ++sent;
    }
  }
  close(text.writing());
  close(answers.reading());
  bugs::wait_for_child(child);
  assert(received == kPieces);
}
}  // namespace poll_both

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "full_pipes",
    .title = "Parent and child both write to a full pipe, and neither reads",
    .story = "A parent writes all of its text to the child and reads the answers only then. Two "
             "pipes hold a good deal, so it works for short texts; with a long one both processes "
             "wait for room in a pipe that the other one ought to empty.",
    .kind = "communication deadlock between processes",
    .cwe = "833",
    .origin = "the warning about wait() in the documentation of Python's subprocess",
    .threads = 2,
    .tsan_reason = "Pipes and processes are nothing to it, so a run that deadlocks hangs without a "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"}},
            {.name = "reader_thread",
             .body = reader_thread::body,
             .adds = "progress: the answers are read whatever the writer waits for",
             .primitive = "std::thread"},
            {.name = "one_at_a_time",
             .body = one_at_a_time::body,
             .adds = "a bound: one piece is under way, and a pipe holds that much",
             .primitive = "request and answer"},
            {.name = "poll_both",
             .body = poll_both::body,
             .adds = "no wait for one pipe while the other is ready",
             .primitive = "poll"},
        },
}};

}  // namespace
