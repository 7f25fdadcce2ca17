// SPDX-License-Identifier: Apache-2.0
// Small programs over queues, stacks, deques and what reclaims their nodes. Nobody waits: threads
// try so many times, and what is left is counted at the end. Each value must come out once, in an
// order that the container allows, and with what was written before it was put in.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "tests/primitives/bodies.h"

namespace primitive_tests {

/// Values 1 to kValues, each with plain data that is written before it is sent.
template <int kValues>
class Goods {
 public:
  int send(int value) {
    made_[value] = value;
    return value;
  }
  void receive(int value) {
    assert(value >= 1 && value <= kValues && made_[value] == value);
    const int times = received_[value].fetch_add(1, std::memory_order_relaxed);
    assert(times == 0);
  }
  bool received(int value) const { return received_[value].load(std::memory_order_relaxed) != 0; }

 private:
  std::array<int, kValues + 1> made_{};
  std::array<std::atomic<int>, kValues + 1> received_{};
};

/// One pushes kPushes times and one pops kPops times; both may fail.
template <class Queue, int kPushes, int kPops, auto... kCapacity>
void one_to_one() {
  Queue queue(kCapacity...);
  Goods<kPushes> goods;
  int sent = 0;
  int last = 0;
  const auto take = [&] {
    int value = 0;
    if (!queue.try_pop(value)) {
      return false;
    }
    goods.receive(value);
    assert(value > last);
    last = value;
    return true;
  };
  const auto produce = [&] {
    for (int value = 1; value <= kPushes; ++value) {
      if constexpr (requires { queue.push(value); }) {
        queue.push(goods.send(value));
        ++sent;
      } else if (queue.try_push(goods.send(value))) {
        ++sent;
      }
    }
  };
  const auto consume = [&] {
    for (int i = 0; i < kPops; ++i) {
      take();
    }
  };
  Crew{produce, consume};
  int received = 0;
  for (int value = 1; value <= kPushes; ++value) {
    received += goods.received(value) ? 1 : 0;
  }
  while (take()) {
    ++received;
  }
  assert(sent == received && sent >= 1);
}

/// Two push kEach values each, which come out in the order of each.
template <class Queue, int kEach, int kPops, auto... kCapacity>
void two_to_one() {
  Queue queue(kCapacity...);
  Goods<2 * kEach> goods;
  int last[2] = {};
  const auto take = [&] {
    int value = 0;
    if (queue.try_pop(value)) {
      goods.receive(value);
      int& before = last[value > kEach ? 1 : 0];
      assert(value > before);
      before = value;
    }
  };
  const auto produce = [&](int from) {
    for (int value = from; value < from + kEach; ++value) {
      if constexpr (requires { queue.push(value); }) {
        queue.push(goods.send(value));
      } else {
        const bool room = queue.try_push(goods.send(value));
        assert(room);
      }
    }
  };
  const auto first = [&] { produce(1); };
  const auto second = [&] { produce(kEach + 1); };
  const auto consume = [&] {
    for (int i = 0; i < kPops; ++i) {
      take();
    }
  };
  Crew{first, second, consume};
  for (int i = 0; i < 2 * kEach; ++i) {
    take();
  }
  assert(last[0] == kEach && last[1] == 2 * kEach);
}

/// kThreads threads push a value of their own and pop one, whosever it is, kRounds times.
template <class Queue, int kThreads, int kRounds>
void push_and_pop() {
  Queue queue(2);
  Goods<kThreads * kRounds> goods;
  std::atomic<int> next{1};
  std::atomic<int> refused{0};
  const auto work = [&] {
    for (int round = 0; round < kRounds; ++round) {
      const int value = next.fetch_add(1, std::memory_order_relaxed);
      if (!queue.try_push(goods.send(value))) {
        refused.fetch_add(1, std::memory_order_relaxed);
      }
      int got = 0;
      if (queue.try_pop(got)) {
        goods.receive(got);
      }
    }
  };
  Crew(kThreads, work);
  int received = refused.load(std::memory_order_relaxed);
  for (int got = 0; queue.try_pop(got);) {
    goods.receive(got);
  }
  for (int value = 1; value <= kThreads * kRounds; ++value) {
    received += goods.received(value) ? 1 : 0;
  }
  assert(received == kThreads * kRounds);
}

/// One pushes kPushes values and two pop once each.
template <class Queue, int kPushes>
void one_to_two() {
  Queue queue(2);
  Goods<kPushes> goods;
  const auto take = [&] {
    int value = 0;
    if (queue.try_pop(value)) {
      goods.receive(value);
    }
  };
  const auto produce = [&] {
    for (int value = 1; value <= kPushes; ++value) {
      queue.try_push(goods.send(value));
    }
  };
  Crew{produce, take, take};
}

/// Two threads push kRounds times and pop after each.
template <class Stack, class Domain, int kRounds>
void push_and_pop_stack() {
  Domain domain(2);
  Stack stack;
  Goods<2 * kRounds> goods;
  const auto work = [&](int from) {
    typename Domain::Seat seat(domain);
    for (int value = from; value < from + kRounds; ++value) {
      stack.push(seat, goods.send(value));
      int got = 0;
      const bool any = stack.try_pop(seat, got);
      assert(any);
      goods.receive(got);
    }
  };
  const auto first = [&] { work(1); };
  const auto second = [&] { work(kRounds + 1); };
  Crew{first, second};
}

/// Two values are there; two threads pop, and a third pushes if `kPush`.
template <class Stack, class Domain, bool kPush>
void two_pop_from_stack() {
  Domain domain(2);
  Stack stack;
  Goods<3> goods;
  stack.push(goods.send(1));
  stack.push(goods.send(2));
  const auto pop = [&] {
    typename Domain::Seat seat(domain);
    int got = 0;
    const bool any = stack.try_pop(seat, got);
    assert(any);
    goods.receive(got);
  };
  const auto push = [&] { stack.push(goods.send(3)); };
  if constexpr (kPush) {
    Crew{pop, pop, push};
  } else {
    Crew{pop, pop};
  }
}

/// Two values are there. One thread pops both and pushes one more, in a node that serves again if
/// the other does not look at it, who pops one.
template <class Stack, class Domain>
void node_serves_again() {
  Domain domain(2);
  Stack stack;
  Goods<3> goods;
  stack.push(goods.send(1));
  stack.push(goods.send(2));
  const auto pop = [&](typename Domain::Seat& seat) {
    int got = 0;
    const bool any = stack.try_pop(seat, got);
    if (any) {
      goods.receive(got);
    }
    return any;
  };
  const auto pop_both = [&] {
    typename Domain::Seat seat(domain);
    pop(seat);
    pop(seat);
    stack.push(seat, goods.send(3));
  };
  const auto pop_one = [&] {
    typename Domain::Seat seat(domain);
    pop(seat);
  };
  Crew{pop_both, pop_one};
  typename Domain::Seat seat(domain);
  while (pop(seat)) {
  }
  assert(goods.received(1) && goods.received(2) && goods.received(3));
}

/// The owner pushes kPushes values, pops kPops times and pushes one more; kThieves steal once each.
template <class Deque, int kPushes, int kPops, int kThieves, int kCapacity>
void steal_from_owner() {
  Deque deque(kCapacity);
  Goods<kPushes + 1> goods;
  const auto own = [&] {
    int value = 0;
    for (int i = 1; i <= kPushes; ++i) {
      deque.push(goods.send(i));
    }
    for (int i = 0; i < kPops; ++i) {
      if (deque.try_pop(value)) {
        goods.receive(value);
      }
    }
    deque.push(goods.send(kPushes + 1));
    while (deque.try_pop(value)) {
      goods.receive(value);
    }
  };
  const auto steal = [&] {
    int value = 0;
    if (deque.steal(value) == Deque::Stolen::kGot) {
      goods.receive(value);
    }
  };
  Crew thieves(kThieves, steal);
  own();
}

/// All values are received, whoever gets them.
template <class Deque>
void nothing_is_lost() {
  Deque deque(2);
  Goods<2> goods;
  const auto own = [&] {
    int value = 0;
    deque.push(goods.send(1));
    deque.push(goods.send(2));
    if (deque.try_pop(value)) {
      goods.receive(value);
    }
    if (deque.try_pop(value)) {
      goods.receive(value);
    }
  };
  const auto steal = [&] {
    int value = 0;
    if (deque.steal(value) == Deque::Stolen::kGot) {
      goods.receive(value);
    }
  };
  Crew{own, steal};
  assert(goods.received(1) && goods.received(2));
}

/// What a thief did before it made room is known to who uses the room.
template <class Deque>
void room_is_made() {
  Deque deque(1);
  int seen = 0;
  deque.push(1);
  const auto steal = [&] {
    seen = 1;
    int value = 0;
    const auto stolen = deque.steal(value);
    assert(stolen == Deque::Stolen::kGot && value == 1);
  };
  Crew crew{steal};
  if (deque.try_push(2)) {
    assert(seen == 1);
  }
}

/// An object that tells whether it is still alive, by a plain variable: reading it later is a use
/// after free, reading it while it is destroyed a race.
struct Version {
  explicit Version(int number) : number(number) {}
  ~Version() { number = -1; }
  int number;
};

/// A reader looks at two variables one after the other, without letting go in between; a writer
/// replaces what is in one of them.
template <class Domain, int kReplaced>
void replaced_while_read() {
  Domain domain(2);
  std::atomic<Version*> current[2] = {new Version(1), new Version(1)};
  const auto read = [&] {
    typename Domain::Seat seat(domain);
    for (std::atomic<Version*>& place : current) {
      const Version* const version = seat.protect(place);
      assert(version->number >= 1);
    }
  };
  const auto write = [&] {
    typename Domain::Seat seat(domain);
    seat.retire(current[kReplaced].exchange(new Version(2), std::memory_order_release));
  };
  Crew{read, write};
  delete current[0].load(std::memory_order_relaxed);
  delete current[1].load(std::memory_order_relaxed);
}

/// A seat is left while something waits in it, for the thread that takes the place next. That
/// thread may also come too early, as far as it can see.
template <class Domain>
void seat_is_left() {
  Domain domain(2);
  std::atomic<Version*> current{new Version(1)};
  typename Domain::Seat reader(domain);
  const Version* const version = reader.protect(current);
  std::atomic<bool> left{false};
  const auto write = [&] {
    {
      typename Domain::Seat seat(domain);
      seat.retire(current.exchange(new Version(2), std::memory_order_release));
    }
    left.store(true, std::memory_order_relaxed);
  };
  const auto follow = [&] {
    if (left.load(std::memory_order_relaxed)) {
      try {
        typename Domain::Seat seat(domain);
        seat.retire(new Version(3));
      } catch (const std::length_error&) {
      }
    }
  };
  Crew{write, follow};
  assert(version->number == 1);
  delete current.load(std::memory_order_relaxed);
}

/// A reader looks `kLooks` times, pinned anew each time; a writer replaces a version, and comes
/// back to the domain until the old one can go.
template <class Domain, int kLooks>
void replaced_while_pinned() {
  Domain domain(2);
  std::atomic<Version*> current{new Version(1)};
  const auto read = [&] {
    typename Domain::Seat seat(domain);
    for (int i = 0; i < kLooks; ++i) {
      typename Domain::Pin pin(seat);
      assert(current.load(std::memory_order_acquire)->number >= 1);
    }
  };
  const auto write = [&] {
    typename Domain::Seat seat(domain);
    seat.retire(current.exchange(new Version(2), std::memory_order_acq_rel));
    seat.collect();
    seat.collect();
  };
  Crew{read, write};
  delete current.load(std::memory_order_relaxed);
}

/// The same where another thread than the writer moves the epoch on, both times perhaps.
template <class Domain>
void another_moves_on() {
  Domain domain(3);
  std::atomic<Version*> current{new Version(1)};
  const auto read = [&] {
    typename Domain::Seat seat(domain);
    typename Domain::Pin pin(seat);
    assert(current.load(std::memory_order_acquire)->number >= 1);
  };
  const auto write = [&] {
    typename Domain::Seat seat(domain);
    seat.retire(current.exchange(new Version(2), std::memory_order_acq_rel));
    seat.collect();
  };
  const auto help = [&] {
    typename Domain::Seat seat(domain);
    seat.collect();
    seat.collect();
  };
  Crew{read, write, help};
  delete current.load(std::memory_order_relaxed);
}

/// A seat is left while something waits in it; who takes the place next finds it there.
template <class Domain>
void left_to_the_next() {
  Domain domain(1);
  const auto use = [&](int number) {
    try {
      typename Domain::Seat seat(domain);
      assert(seat.waiting() <= 1);
      seat.retire(new Version(number));
    } catch (const std::length_error&) {
    }
  };
  const auto first = [&] { use(1); };
  const auto second = [&] { use(2); };
  Crew{first, second};
}

/// Two add one each, and one compares two versions that it holds at once.
template <class Cell>
void versions_are_whole() {
  Cell cell(0, 0);
  const auto change = [&] {
    cell.update([](auto& value) {
      ++value.first;
      ++value.second;
    });
  };
  const auto compare = [&] {
    const auto older = cell.load();
    const auto newer = cell.load();
    assert(older->first == older->second && newer->first == newer->second);
    assert(newer->first >= older->first);
  };
  Crew{change, change, compare};
  assert(cell.load()->first == 2);
}

}  // namespace primitive_tests
