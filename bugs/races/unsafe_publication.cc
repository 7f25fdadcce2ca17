// SPDX-License-Identifier: Apache-2.0
// Unsafe publication. A writer fills in a message and then stores its address in a plain pointer.
// Nothing orders the two stores for the reader: it may see the pointer and not yet the text.
//
//   writer                      reader
//   ----------------------------------
//   message.value = 42
//   inbox = &message
//                               reads inbox: &message
//                               reads message.value: 0     the old value: nothing forbids it
#include <atomic>
#include <cassert>
#include <future>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Message {
  int value = 0;
};

namespace buggy {
void body() {
  Message message;
  const Message* inbox = nullptr;
  std::thread writer([&] {
    message.value = 42;
    inbox = &message;
  });
  std::thread reader([&] {
    if (const Message* seen = inbox; seen != nullptr) {
      heddle::observe("value", seen->value);
      assert(seen->value == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace buggy

// Fix: the pointer is atomic; its release store publishes the text to the acquire load.
namespace release_acquire {
void body() {
  Message message;
  std::atomic<const Message*> inbox = nullptr;
  std::thread writer([&] {
    message.value = 42;
    inbox.store(&message, std::memory_order_release);
  });
  std::thread reader([&] {
    if (const Message* seen = inbox.load(std::memory_order_acquire); seen != nullptr) {
      heddle::observe("value", seen->value);
      assert(seen->value == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace release_acquire

// Fix: a lock around the pointer. The text needs none: it was written before the unlock.
namespace mutex {
void body() {
  Message message;
  const Message* inbox = nullptr;
  std::mutex inbox_mutex;
  std::thread writer([&] {
    message.value = 42;
    std::lock_guard lock(inbox_mutex);
    inbox = &message;
  });
  std::thread reader([&] {
    const Message* seen = nullptr;
    {
      std::lock_guard lock(inbox_mutex);
      seen = inbox;
    }
    if (seen != nullptr) {
      heddle::observe("value", seen->value);
      assert(seen->value == 42);
    }
  });
  writer.join();
  reader.join();
}
}  // namespace mutex

// Fix: hand the finished message over when the reader is started; starting a thread publishes.
namespace hand_over {
void body() {
  Message message;
  const Message* inbox = nullptr;
  message.value = 42;
  inbox = &message;
  std::thread reader([&] {
    if (const Message* seen = inbox; seen != nullptr) {
      heddle::observe("value", seen->value);
      assert(seen->value == 42);
    }
  });
  reader.join();
}
}  // namespace hand_over

// Fix: a promise. The reader waits until the message is there, instead of looking whether it is.
namespace future {
void body() {
  Message message;
  std::promise<const Message*> promised;
  std::future<const Message*> inbox = promised.get_future();
  std::thread writer([&] {
    message.value = 42;
    promised.set_value(&message);
  });
  std::thread reader([&] {
    const Message* seen = inbox.get();
    heddle::observe("value", seen->value);
    assert(seen->value == 42);
  });
  writer.join();
  reader.join();
}
}  // namespace future

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "unsafe_publication",
    .title = "A pointer is published without its object",
    .story =
        "A writer fills in a message and stores its address in a plain pointer. The reader that "
        "sees the pointer may still see the message as it was before: without synchronisation "
        "neither the compiler nor the machine has to keep the two stores in order.",
    .kind = "unsafe publication",
    .cwe = "820",
    .threads = 2,
    .tsan_reason = "The pointer is plain, and its write and its read are unordered; it reports "
                   "that race, but it cannot show the stale message.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "release_acquire",
             .body = release_acquire::body,
             .adds = "happens-before: the release store of the pointer, read by the acquire load",
             .primitive = "std::atomic (release/acquire)",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "happens-before: the writer's unlock before the reader's lock",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "hand_over",
             .body = hand_over::body,
             .adds = "happens-before: the creation of the reader's thread before its first step",
             .primitive = "std::thread",
             .sc_executions = 1},
            {.name = "future",
             .body = future::body,
             .adds = "happens-before: the keeping of the promise before the return of get()",
             .primitive = "std::promise and std::future"},
        },
}};

}  // namespace
