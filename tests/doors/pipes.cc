// SPDX-License-Identifier: Apache-2.0
// Pipes between threads.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

struct Pipe {
  int ends[2];
  Pipe() {
    const int opened = pipe(ends);
    assert(opened == 0);
  }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  void send(int value) const {
    const ssize_t sent = write(ends[1], &value, sizeof value);
    assert(sent == sizeof value);
  }
  int receive() const {
    int value = 0;
    const ssize_t got = read(ends[0], &value, sizeof value);
    assert(got == sizeof value);
    return value;
  }
};

}  // namespace

HEDDLE_DOOR_TEST(pipe_hands_over, ok(1)) {
  const Pipe pipe;
  int value = 0;
  std::thread thread([&] {
    value = 1;
    pipe.send(7);
  });
  assert(pipe.receive() == 7);
  assert(value == 1);
  thread.join();
}

HEDDLE_DOOR_TEST(reading_a_pipe_orders_nothing_for_the_writer, shows(kDataRace)) {
  const Pipe pipe;
  int value = 0;
  std::thread thread([&] {
    value = 1;
    pipe.receive();
  });
  pipe.send(7);
  pollfd file{pipe.ends[0], POLLIN, 0};
  while (poll(&file, 1, 0) == 1) {
  }
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(pipe_keeps_the_order_of_its_bytes, ok(3)) {
  const Pipe pipe;
  std::thread one([&] {
    pipe.send(1);
    pipe.send(2);
  });
  std::thread other([&] { pipe.send(3); });
  one.join();
  other.join();
  int last = 0;
  for (int i = 0; i < 3; ++i) {
    const int value = pipe.receive();
    assert(value == 3 || value == last + 1);
    last = value == 3 ? last : value;
  }
}

HEDDLE_DOOR_TEST(pipe_that_nobody_writes, deadlocks(heddle::DeadlockCause::kMissingSignal)) {
  const Pipe pipe;
  pipe.receive();
}

HEDDLE_DOOR_TEST(pipe_ends_when_its_writer_closes, ok(2)) {
  int ends[2];
  assert(pipe(ends) == 0);
  std::thread thread([&] {
    const ssize_t sent = write(ends[1], "x", 1);
    assert(sent == 1);
    close(ends[1]);
  });
  char bytes[2];
  ssize_t total = 0;
  for (ssize_t got = 1; got > 0; total += got) {
    got = read(ends[0], bytes, sizeof bytes);
    assert(got >= 0);
  }
  assert(total == 1);
  thread.join();
  close(ends[0]);
  assert(close(ends[0]) == -1 && errno == EBADF);
}

HEDDLE_DOOR_TEST(full_pipe_waits, deadlocks()) {
  const Pipe pipe;
  static char bytes[65536];
  assert(write(pipe.ends[1], bytes, sizeof bytes) == sizeof bytes);
  pipe.send(1);
}

HEDDLE_DOOR_TEST(smaller_pipe_is_full_sooner, deadlocks()) {
  const Pipe pipe;
  static char bytes[4096];
  assert(fcntl(pipe.ends[1], F_SETPIPE_SZ, 1) == 4096);
  assert(write(pipe.ends[1], bytes, sizeof bytes) == sizeof bytes);
  pipe.send(1);
}

HEDDLE_DOOR_TEST(capacity_of_a_pipe, ok(1)) {
  const Pipe pipe;
  static char bytes[8192];
  assert(fcntl(pipe.ends[0], F_GETPIPE_SZ) == 65536);
  assert(fcntl(pipe.ends[0], F_SETPIPE_SZ, 0) == -1 && errno == EINVAL);
  assert(fcntl(pipe.ends[0], F_SETPIPE_SZ, 4097) == 8192);
  assert(write(pipe.ends[1], bytes, sizeof bytes) == sizeof bytes);
  assert(fcntl(pipe.ends[0], F_SETPIPE_SZ, 4096) == -1 && errno == EBUSY);
  assert(fcntl(pipe.ends[0], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
  assert(fcntl(pipe.ends[1], F_GETPIPE_SZ) == 1 << 20);
}

/// Room that somebody makes is as good as bytes that somebody takes.
HEDDLE_DOOR_TEST(larger_pipe_lets_its_writer_go_on, ok(1)) {
  const Pipe pipe;
  static char bytes[4096];
  assert(fcntl(pipe.ends[1], F_SETPIPE_SZ, 4096) == 4096);
  assert(write(pipe.ends[1], bytes, sizeof bytes) == sizeof bytes);
  std::thread thread([&] { pipe.send(7); });
  assert(fcntl(pipe.ends[0], F_SETPIPE_SZ, 8192) == 8192);
  thread.join();
}

HEDDLE_DOOR_TEST(non_blocking_pipe_says_so, ok(1)) {
  int ends[2];
  assert(pipe2(ends, O_NONBLOCK) == 0);
  char byte = 0;
  assert(read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
  assert((fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
  static char bytes[65536];
  assert(write(ends[1], bytes, sizeof bytes) == sizeof bytes);
  assert(write(ends[1], &byte, 1) == -1 && errno == EAGAIN);
  close(ends[0]);
  close(ends[1]);
}

HEDDLE_DOOR_TEST(poll_wakes_for_either_pipe, ok()) {
  const Pipe one, other;
  std::thread thread([&] { other.send(7); });
  pollfd files[] = {{one.ends[0], POLLIN, 0}, {other.ends[0], POLLIN, 0}};
  assert(poll(files, 2, -1) == 1);
  assert(files[0].revents == 0 && files[1].revents == POLLIN);
  assert(other.receive() == 7);
  thread.join();
}

HEDDLE_DOOR_TEST(poll_that_nobody_wakes, deadlocks()) {
  const Pipe one, other;
  pollfd files[] = {{one.ends[0], POLLIN, 0}, {other.ends[0], POLLIN, 0}};
  poll(files, 2, -1);
}

HEDDLE_DOOR_TEST(poll_times_out, ok_or_bounded()) {
  const Pipe pipe;
  pollfd file{pipe.ends[0], POLLIN, 0};
  assert(poll(&file, 1, 0) == 0);
  assert(poll(&file, 1, 10) == 0);
}
