// SPDX-License-Identifier: Apache-2.0
// Clients of absl::Mutex and Notification (Debian: libabsl-dev), a library that synchronises and is
// not instrumented: Heddle cannot see what it does, so no verdict about such a client may be `ok`,
// and what is wrong must be said in words that lead on.
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>

#include <cassert>
#include <thread>

#include "client.h"

namespace {

void counter() {
  absl::Mutex mutex;
  int value = 0;
  const auto add = [&] {
    const absl::MutexLock lock(&mutex);
    ++value;
  };
  std::thread other(add);
  add();
  other.join();
  assert(value == 2);
}

void notification() {
  absl::Notification ready;
  int letter = 0;
  std::thread postman([&] {
    letter = 42;
    ready.Notify();
  });
  ready.WaitForNotification();
  assert(letter == 42);
  postman.join();
}

/// One thread holds the lock while another wants it: the one that waits blocks in the library.
void contended() {
  absl::Mutex mutex;
  mutex.Lock();
  std::thread other([&] {
    mutex.Lock();
    mutex.Unlock();
  });
  std::this_thread::yield();
  mutex.Unlock();
  other.join();
}

}  // namespace

int main() {
  client("absl::Mutex: two increments", &counter);
  client("absl::Notification: a letter", &notification);
  client("absl::Mutex: one waits", &contended);
  return 0;
}
