// SPDX-License-Identifier: Apache-2.0
// Clients of what needs libtbb.so, too (Debian: libtbb-dev): waiting, and the memory of containers.
// The library is not instrumented, so nothing may be proved, and the reason must be said.
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/concurrent_vector.h>
#include <oneapi/tbb/mutex.h>

#include <cassert>
#include <thread>

#include "client.h"

namespace {

template <class Mutex>
void counter() {
  Mutex mutex;
  int value = 0;
  const auto add = [&] {
    const typename Mutex::scoped_lock lock(mutex);
    ++value;
  };
  std::thread other(add);
  add();
  other.join();
  assert(value == 2);
}

void queue() {
  tbb::concurrent_queue<int> queue;
  int letter = 0;
  std::thread other([&] {
    letter = 42;
    queue.push(1);
  });
  if (int value = 0; queue.try_pop(value)) {
    assert(letter == 42);
  }
  other.join();
}

void vector() {
  tbb::concurrent_vector<int> vector;
  std::thread other([&] { vector.push_back(1); });
  vector.push_back(2);
  other.join();
  assert(vector.size() == 2 && vector[0] + vector[1] == 3);
}

}  // namespace

int main() {
  client("tbb::mutex: two increments", &counter<tbb::mutex>);
  client("tbb::concurrent_queue: push | try_pop", &queue);
  client("tbb::concurrent_vector: push_back | push_back", &vector);
  return 0;
}
