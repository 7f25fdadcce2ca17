// SPDX-License-Identifier: Apache-2.0
// Full channels. Two stages send each other work over channels that hold one item. Both send two
// items before they look at what has come, and both are stuck with the second one.
//
//   left                        right
//   ---------------------------------
//   sends to right: full
//                               sends to left: full
//   sends again, waits for right to receive
//                               sends again, waits for left to receive
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// Holds up to `capacity` items, here only counted. Who sends to a full one waits, who receives from
// an empty one too.
class Channel {
 public:
  explicit Channel(int capacity) : capacity_(capacity) {}
  void send() {
    std::unique_lock lock(mutex_);
    received_.wait(lock, [&] { return items_ < capacity_; });
    ++items_;
    sent_.notify_one();
  }
  bool try_send() {
    std::lock_guard lock(mutex_);
    const bool has_room = items_ < capacity_;
    if (has_room) {
      ++items_;
      sent_.notify_one();
    }
    return has_room;
  }
  void receive() {
    std::unique_lock lock(mutex_);
    sent_.wait(lock, [&] { return items_ > 0; });
    --items_;
    received_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable sent_;
  std::condition_variable received_;
  int items_ = 0;
  const int capacity_;
};

namespace buggy {
void body() {
  Channel to_right(1);
  Channel to_left(1);
  std::thread left([&] {
    to_right.send();
    to_right.send();
    to_left.receive();
    to_left.receive();
  });
  std::thread right([&] {
    to_left.send();
    to_left.send();
    to_right.receive();
    to_right.receive();
  });
  left.join();
  right.join();
}
}  // namespace buggy

// Fix: room for all that can be under way.
namespace capacity {
void body() {
  Channel to_right(2);
  Channel to_left(2);
  std::thread left([&] {
    to_right.send();
    to_right.send();
    to_left.receive();
    to_left.receive();
  });
  std::thread right([&] {
    to_left.send();
    to_left.send();
    to_right.receive();
    to_right.receive();
  });
  left.join();
  right.join();
}
}  // namespace capacity

// Fix: one stage receives before it sends, so that the other can always get rid of its items.
namespace receive_first {
void body() {
  Channel to_right(1);
  Channel to_left(1);
  std::thread left([&] {
    to_right.send();
    to_right.send();
    to_left.receive();
    to_left.receive();
  });
  std::thread right([&] {
    to_right.receive();
    to_right.receive();
    to_left.send();
    to_left.send();
  });
  left.join();
  right.join();
}
}  // namespace receive_first

// Fix: send and receive in turns. There is never more than one item under way in a direction.
namespace turns {
void body() {
  Channel to_right(1);
  Channel to_left(1);
  std::thread left([&] {
    to_right.send();
    to_left.receive();
    to_right.send();
    to_left.receive();
  });
  std::thread right([&] {
    to_left.send();
    to_right.receive();
    to_left.send();
    to_right.receive();
  });
  left.join();
  right.join();
}
}  // namespace turns

// Fix: who cannot send receives. Waiting to send is left for those who have received everything.
namespace try_send {
void run_stage(Channel& to_other, Channel& from_other) {
  int to_send = 2;
  int to_receive = 2;
  while (to_send > 0 || to_receive > 0) {
    if (to_send > 0 && to_other.try_send()) {
      --to_send;
    } else if (to_receive > 0) {
      from_other.receive();
      --to_receive;
    } else {
      to_other.send();
      --to_send;
    }
  }
}

void body() {
  Channel to_right(1);
  Channel to_left(1);
  std::thread left([&] { run_stage(to_right, to_left); });
  std::thread right([&] { run_stage(to_left, to_right); });
  left.join();
  right.join();
}
}  // namespace try_send

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "full_channels",
    .title = "Two stages both wait to send, and neither receives",
    .story = "Two stages of a program send each other items over channels of capacity one. Each "
             "sends all it has before it receives. When both channels are full both wait for room, "
             "which only the other one could make.",
    .kind = "communication deadlock",
    .cwe = "833",
    .origin = "the channel deadlocks of the GoKer benchmark",
    .threads = 2,
    .tsan_reason = "Waiting for ever is not something that it looks for: every run hangs without a "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .sc_executions = 1,
             .tsan = {"hang"}},
            {.name = "capacity",
             .body = capacity::body,
             .adds = "room: no send ever has to wait",
             .primitive = "a channel that holds all items under way"},
            {.name = "receive_first",
             .body = receive_first::body,
             .adds = "no cycle of waiting: right never waits to send before it has received",
             .primitive = "the order of sending and receiving"},
            {.name = "turns",
             .body = turns::body,
             .adds = "no cycle of waiting: each waits for an item that the other has sent or can "
                     "send at once",
             .primitive = "the order of sending and receiving"},
            {.name = "try_send",
             .body = try_send::body,
             .adds = "no cycle of waiting: as long as a stage has something to receive it does not "
                     "wait for room",
             .primitive = "a send that does not wait"},
        },
}};

}  // namespace
