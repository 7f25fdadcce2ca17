// SPDX-License-Identifier: Apache-2.0
// Clients of moodycamel::ConcurrentQueue (Debian: libconcurrentqueue-dev), header-only.
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>

#include <cassert>
#include <thread>

#include "client.h"

namespace {

/// Small blocks and no spinning: the defaults of 32 elements and 10,000 rounds only make each
/// execution longer.
struct Small : moodycamel::ConcurrentQueueDefaultTraits {
  static const size_t BLOCK_SIZE = 2;
  static const size_t EXPLICIT_INITIAL_INDEX_SIZE = 2;
  static const size_t IMPLICIT_INITIAL_INDEX_SIZE = 2;
  static const size_t INITIAL_IMPLICIT_PRODUCER_HASH_SIZE = 2;
  static const int MAX_SEMA_SPINS = 1;
};
using Queue = moodycamel::ConcurrentQueue<int, Small>;
using BlockingQueue = moodycamel::BlockingConcurrentQueue<int, Small>;

void enqueues() {
  Queue queue(4);
  std::thread other([&] { queue.enqueue(2); });
  queue.enqueue(1);
  other.join();
  int sum = 0;
  for (int value = 0; queue.try_dequeue(value);) {
    sum += value;
  }
  assert(sum == 3);
}

void enqueue_and_dequeue() {
  Queue queue(4);
  int letter = 0;
  std::thread other([&] {
    letter = 42;
    queue.enqueue(1);
  });
  if (int value = 0; queue.try_dequeue(value)) {
    assert(value == 1 && letter == 42);
  }
  other.join();
}

void dequeues() {
  Queue queue(4);
  queue.enqueue(7);
  int theirs = 0;
  bool got = false;
  std::thread other([&] { got = queue.try_dequeue(theirs); });
  int mine = 0;
  const bool have = queue.try_dequeue(mine);
  other.join();
  assert(have != got && mine + theirs == 7);
}

/// With tokens a producer needs no look-up of its own queue.
void tokens() {
  Queue queue(4, 2, 0);
  std::thread other([&] {
    moodycamel::ProducerToken token(queue);
    queue.enqueue(token, 1);
  });
  moodycamel::ConsumerToken token(queue);
  int value = 0;
  const bool got = queue.try_dequeue(token, value);
  other.join();
  assert(got || queue.try_dequeue(token, value));
  assert(value == 1);
}

/// The consumer waits for the element.
void waits() {
  BlockingQueue queue(4);
  int letter = 0;
  std::thread other([&] {
    letter = 42;
    queue.enqueue(1);
  });
  int value = 0;
  queue.wait_dequeue(value);
  assert(value == 1 && letter == 42);
  other.join();
}

}  // namespace

int main() {
  client("moodycamel: enqueue | enqueue", &enqueues);
  client("moodycamel: enqueue | try_dequeue", &enqueue_and_dequeue);
  client("moodycamel: try_dequeue | try_dequeue", &dequeues);
  client("moodycamel: tokens, enqueue | try_dequeue", &tokens);
  client("moodycamel blocking: enqueue | wait_dequeue", &waits);
  return 0;
}
