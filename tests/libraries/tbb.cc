// SPDX-License-Identifier: Apache-2.0
// Clients of what is in oneTBB's headers alone (Debian: libtbb-dev), which is instrumented.
#include <oneapi/tbb/queuing_mutex.h>
#include <oneapi/tbb/spin_mutex.h>
#include <oneapi/tbb/spin_rw_mutex.h>

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

/// A reader that finds the first half of a write finds the second, too.
void readers() {
  tbb::spin_rw_mutex mutex;
  int first = 0;
  int second = 0;
  std::thread writer([&] {
    const tbb::spin_rw_mutex::scoped_lock lock(mutex, true);
    first = second = 1;
  });
  {
    const tbb::spin_rw_mutex::scoped_lock lock(mutex, false);
    assert(first == second);
  }
  writer.join();
}

}  // namespace

int main() {
  client("tbb::spin_mutex: two increments", &counter<tbb::spin_mutex>);
  client("tbb::queuing_mutex: two increments", &counter<tbb::queuing_mutex>);
  client("tbb::spin_rw_mutex: writer | reader", &readers);
  return 0;
}
