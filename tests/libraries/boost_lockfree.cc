// SPDX-License-Identifier: Apache-2.0
// Clients of boost::lockfree (Debian: libboost-dev): header-only, so it is instrumented as a whole.
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <cassert>
#include <thread>

#include "client.h"

namespace {

namespace lockfree = boost::lockfree;

/// Two threads push, then everything is taken out: nothing is lost.
template <class Container>
void pushes() {
  Container container(4);
  std::thread other([&] { container.push(2); });
  container.push(1);
  other.join();
  int sum = 0;
  for (int value = 0; container.pop(value);) {
    sum += value;
  }
  assert(sum == 3);
}

/// A push beside a pop of an element that is there: nothing is lost.
template <class Container>
void push_and_pop() {
  Container container(4);
  container.push(1);
  std::thread other([&] { container.push(2); });
  int first = 0;
  assert(container.pop(first));
  other.join();
  int second = 0;
  assert(container.pop(second));
  assert(first + second == 3 && !container.pop(second));
}

/// Two pops of one element: one of them gets it. (What the other one's variable holds is not said:
/// queue::pop copies the element before it knows whether it has got it.)
template <class Container>
void pops() {
  Container container(4);
  container.push(7);
  int theirs = 0;
  bool got = false;
  std::thread other([&] { got = container.pop(theirs); });
  int mine = 0;
  const bool have = container.pop(mine);
  other.join();
  assert(have != got && (have ? mine : theirs) == 7);
}

/// What goes through the container is published by it: a plain variable is read behind the pop.
template <class Container>
void publishes() {
  Container container(4);
  int letter = 0;
  std::thread postman([&] {
    letter = 42;
    container.push(1);
  });
  if (int ticket = 0; container.pop(ticket)) {
    assert(letter == 42);
  }
  postman.join();
}

/// One producer, one consumer, a ring of two: in order, nothing lost.
void ring() {
  lockfree::spsc_queue<int, lockfree::capacity<2>> queue;
  std::thread producer([&] {
    for (int value = 1; value <= 2; ++value) {
      queue.push(value);
    }
  });
  int last = 0;
  for (int round = 0; round < 3; ++round) {
    if (int value = 0; queue.pop(value)) {
      assert(value == last + 1);
      last = value;
    }
  }
  producer.join();
}

using Queue = lockfree::queue<int>;
using FixedQueue = lockfree::queue<int, lockfree::fixed_sized<true>>;
using Stack = lockfree::stack<int>;
using FixedStack = lockfree::stack<int, lockfree::fixed_sized<true>>;

}  // namespace

int main() {
  client("boost queue: push | push", &pushes<Queue>);
  client("boost queue: push | pop", &push_and_pop<Queue>);
  client("boost queue: pop | pop", &pops<Queue>);
  client("boost queue: publication", &publishes<Queue>);
  client("boost queue, fixed size: push | push", &pushes<FixedQueue>);
  client("boost queue, fixed size: push | pop", &push_and_pop<FixedQueue>);
  client("boost stack: push | push", &pushes<Stack>);
  client("boost stack: push | pop", &push_and_pop<Stack>);
  client("boost stack: pop | pop", &pops<Stack>);
  client("boost stack: publication", &publishes<Stack>);
  client("boost stack, fixed size: push | pop", &push_and_pop<FixedStack>);
  client("boost spsc_queue: two pushes | three pops", &ring);
  return 0;
}
