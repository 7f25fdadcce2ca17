// SPDX-License-Identifier: Apache-2.0
// Send under lock. A publisher locks its list and hands an item over, waiting until it is taken.
// The subscriber locks the list too before it takes the item.
//
//   publisher                   subscriber
//   --------------------------------------
//   locks the list
//   sends, waits for a taker
//                               locks the list, waits       nobody takes the item
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

// Holds one item. With `rendezvous` its sender waits until it has been taken.
class Channel {
 public:
  explicit Channel(bool rendezvous) : rendezvous_(rendezvous) {}
  void send(int item) {
    std::unique_lock lock(mutex_);
    item_ = item;
    full_ = true;
    sent_.notify_one();
    if (rendezvous_) {
      taken_.wait(lock, [&] { return !full_; });
    }
  }
  /// False if nobody takes the item within `patience`; then nobody ever will.
  bool send_within(int item, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    item_ = item;
    full_ = true;
    sent_.notify_one();
    const bool taken = taken_.wait_for(lock, patience, [&] { return !full_; });
    full_ = false;
    return taken;
  }
  int receive() {
    std::unique_lock lock(mutex_);
    sent_.wait(lock, [&] { return full_; });
    full_ = false;
    taken_.notify_one();
    return item_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable sent_;
  std::condition_variable taken_;
  const bool rendezvous_;
  bool full_ = false;
  int item_ = 0;
};

namespace buggy {
void body() {
  Channel channel(true);
  std::mutex list;
  int length = 1;
  int received = 0;
  std::thread publisher([&] {
    std::lock_guard lock(list);
    channel.send(length);
  });
  std::thread subscriber([&] {
    {
      std::lock_guard lock(list);
      ++length;
    }
    received = channel.receive();
  });
  publisher.join();
  subscriber.join();
  heddle::observe("received", received);
}
}  // namespace buggy

// Fix: take from the list under its lock, and send without it.
namespace unlocked_send {
void body() {
  Channel channel(true);
  std::mutex list;
  int length = 1;
  int received = 0;
  std::thread publisher([&] {
    int item = 0;
    {
      std::lock_guard lock(list);
      item = length;
    }
    channel.send(item);
  });
  std::thread subscriber([&] {
    {
      std::lock_guard lock(list);
      ++length;
    }
    received = channel.receive();
  });
  publisher.join();
  subscriber.join();
  heddle::observe("received", received);
}
}  // namespace unlocked_send

// Fix: a channel with room for the item, so that the sender need not wait with the lock.
namespace buffered {
void body() {
  Channel channel(false);
  std::mutex list;
  int length = 1;
  int received = 0;
  std::thread publisher([&] {
    std::lock_guard lock(list);
    channel.send(length);
  });
  std::thread subscriber([&] {
    {
      std::lock_guard lock(list);
      ++length;
    }
    received = channel.receive();
  });
  publisher.join();
  subscriber.join();
  heddle::observe("received", received);
}
}  // namespace buffered

// Fix: a time limit. The publisher takes the item back, gives the list free and tries again.
namespace time_limit {
void body() {
  Channel channel(true);
  std::mutex list;
  int length = 1;
  int received = 0;
  std::thread publisher([&] {
    bool taken = false;
    while (!taken) {
      std::lock_guard lock(list);
      taken = channel.send_within(length, std::chrono::milliseconds(1));
    }
  });
  std::thread subscriber([&] {
    {
      std::lock_guard lock(list);
      ++length;
    }
    received = channel.receive();
  });
  publisher.join();
  subscriber.join();
  heddle::observe("received", received);
}
}  // namespace time_limit

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "send_under_lock",
    .title = "An item is handed over with a lock held that its receiver needs",
    .story = "A publisher sends from its list with the list locked, over a channel without room: "
             "the sender waits until somebody takes the item. The subscriber needs the list before "
             "it comes to take it. If the publisher was first, one waits for the other.",
    .kind = "lock and channel deadlock",
    .cwe = "833,667",
    .origin = "the channel-and-lock deadlocks of the GoKer benchmark (etcd_6873, moby_28462)",
    .threads = 2,
    .tsan_reason = "Only one of the two waits is for a lock, so there is no lock order to invert, "
                   "and a run that deadlocks hangs without a report.",
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
            {.name = "unlocked_send",
             .body = unlocked_send::body,
             .adds = "no hold and wait: nothing that the receiver needs is held while sending",
             .primitive = "std::mutex"},
            {.name = "buffered",
             .body = buffered::body,
             .adds = "room: the send does not wait",
             .primitive = "a channel that holds one item"},
            {.name = "time_limit",
             .body = time_limit::body,
             .verdict = kBounded,
             .adds = "no waiting for ever while holding: the list is free between two attempts",
             .primitive = "std::condition_variable::wait_for"},
        },
}};

}  // namespace
