// SPDX-License-Identifier: Apache-2.0
// Small programs over channels, mailboxes and pools. That everybody comes through is part of the
// oracle: a lost wake-up is a deadlock.
#pragma once

#include <pthread.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "primitives/channel.h"
#include "primitives/latch.h"
#include "primitives/policies.h"
#include "tests/primitives/bodies.h"

namespace primitive_tests {

/// What the programs of this header run over.
template <class Orders>
using ChannelOfInt = primitives::BasicChannel<int, Orders>;

/// Two values and the end, in order, each with what was written before it was sent.
template <class Orders, std::size_t kCapacity>
void send_two_and_close() {
  ChannelOfInt<Orders> channel(kCapacity);
  int made[3] = {};
  const auto produce = [&] {
    for (int value = 1; value <= 2; ++value) {
      made[value] = 1;
      const bool sent = channel.send(value);
      assert(sent);
    }
    made[0] = 1;
    channel.close();
  };
  const auto consume = [&] {
    for (int expected = 1; expected <= 2; ++expected) {
      const std::optional<int> value = channel.receive();
      assert(value == expected && made[expected] == 1);
    }
    assert(!channel.receive() && made[0] == 1);
  };
  Crew{produce, consume};
}

/// The sender goes on when its value has been received, or has room: then it knows what came
/// before.
template <class Orders>
void sender_knows() {
  ChannelOfInt<Orders> channel(0);
  int ready = 0;
  const auto consume = [&] {
    ready = 1;
    channel.receive();
  };
  Crew crew{consume};
  channel.send(1);
  assert(ready == 1);
}

/// Two send one value each, and one receives both.
template <class Orders, std::size_t kCapacity>
void two_senders() {
  ChannelOfInt<Orders> channel(kCapacity);
  const auto send_one = [&] { channel.send(1); };
  const auto send_two = [&] { channel.send(2); };
  const auto consume = [&] {
    const int sum = *channel.receive() + *channel.receive();
    assert(sum == 3);
  };
  Crew{send_one, send_two, consume};
}

/// Nobody waits in a closed channel, on neither side; one value may have come through.
template <class Orders>
void closed_while_they_wait() {
  ChannelOfInt<Orders> channel(0);
  bool sent = false;
  bool received = false;
  const auto send = [&] { sent = channel.send(1); };
  const auto receive = [&] { received = channel.receive().has_value(); };
  const auto close = [&] { channel.close(); };
  Crew{send, receive, close};
  assert(sent == received);
  assert(!channel.send(2) && !channel.receive());
}

/// One value from each of two channels, whichever comes first.
template <class Orders>
void select_from_two() {
  ChannelOfInt<Orders> left(0);
  ChannelOfInt<Orders> right(1);
  const auto send_left = [&] { left.send(1); };
  const auto send_right = [&] { right.send(2); };
  const auto consume = [&] {
    int sum = 0;
    for (int i = 0; i < 2; ++i) {
      std::optional<int> value;
      std::optional<int> other;
      const std::size_t chosen =
          select(primitives::Receive(left, value), primitives::Receive(right, other));
      assert(chosen == 0 ? value == 1 && !other : other == 2 && !value);
      sum += static_cast<int>(chosen) + 1;
    }
    assert(sum == 3);
  };
  Crew{send_left, send_right, consume};
}

/// Each of two threads offers what the other may take, both ways: one pair of cases meets.
template <class Orders>
void selects_meet() {
  ChannelOfInt<Orders> one(0);
  ChannelOfInt<Orders> two(0);
  std::size_t chosen[2] = {};
  const auto first = [&] {
    std::optional<int> value;
    chosen[0] = select(primitives::Send(one, 1), primitives::Receive(two, value));
    assert(chosen[0] == 0 || value == 2);
  };
  const auto second = [&] {
    std::optional<int> value;
    chosen[1] = select(primitives::Receive(one, value), primitives::Send(two, 2));
    assert(chosen[1] == 1 || value == 1);
  };
  Crew{first, second};
  assert(chosen[0] == chosen[1]);
}

/// A select beside two threads that give and take: what it did not do, others can still do.
template <class Orders>
void select_beside_others() {
  ChannelOfInt<Orders> in(0);
  ChannelOfInt<Orders> out(0);
  std::size_t chosen = 0;
  bool given = false;
  bool taken = false;
  const auto choose = [&] {
    std::optional<int> value;
    chosen = select(primitives::Receive(in, value), primitives::Send(out, 2));
    assert(chosen == 1 || value == 1);
    in.close();
    out.close();
  };
  const auto give = [&] { given = in.send(1); };
  const auto take = [&] { taken = out.receive() == 2; };
  Crew{choose, give, take};
  assert(given == (chosen == 0) && taken == (chosen == 1));
}

/// Nothing waits: one value fits, and only a value that is there comes out.
template <class Orders>
void try_beside_channel() {
  ChannelOfInt<Orders> channel(1);
  bool sent = false;
  std::optional<int> value;
  const auto give = [&] { sent = try_select(primitives::Send(channel, 1)).has_value(); };
  const auto take = [&] {
    const bool received = try_select(primitives::Receive(channel, value)).has_value();
    assert(received == value.has_value());
  };
  Crew{give, take};
  assert(sent && !try_select(primitives::Send(channel, 2)) == !value.has_value());
}

/// Two senders, and an owner that gets both letters.
template <class Mailbox>
void mail_is_read() {
  Mailbox mailbox;
  int letters[3] = {};
  const auto send = [&](int letter) {
    letters[letter] = letter;
    mailbox.send(letter);
  };
  const auto send_one = [&] { send(1); };
  const auto send_two = [&] { send(2); };
  Crew crew{send_one, send_two};
  const int sum = *mailbox.receive() + *mailbox.receive();
  assert(sum == 3 && letters[1] + letters[2] == 3);
}

/// The owner sees what came before the end, and all the mail.
template <class Mailbox>
void mail_ends() {
  Mailbox mailbox;
  int note = 0;
  const auto own = [&] {
    int letters = 0;
    mailbox.run([&](int) { ++letters; });
    assert(letters == 1 && note == 1);
  };
  Crew owner{own};
  mailbox.send(1);
  note = 1;
  mailbox.close();
}

/// Two workers; what one piece of work posts is waited for, too.
template <class Pool>
void work_is_done() {
  int done[2] = {};
  Pool pool(2);
  pool.post([&] {
    done[0] = 1;
    pool.post([&] { done[1] = done[0]; });
  });
  pool.wait_idle();
  assert(done[1] == 1);
}

/// Work that meets takes both workers at the same time, and nothing but post() wakes them. (The
/// barrier of the system is one step a thread to the checker.)
template <class Pool>
void work_meets() {
  pthread_barrier_t all;
  pthread_barrier_init(&all, nullptr, 3);
  {
    Pool pool(2);
    pool.post([&] { pthread_barrier_wait(&all); });
    pool.post([&] { pthread_barrier_wait(&all); });
    pthread_barrier_wait(&all);
  }
  pthread_barrier_destroy(&all);
}

/// One worker, which is held up; the thread that waits does the rest, though it may sleep already.
template <class Pool>
void waiting_thread_helps() {
  primitives::Latch done(1);
  Pool pool(1);
  pool.post([&] {
    pool.post([&] { done.count_down(); });
    done.wait();
  });
  pool.wait_idle();
}

/// One worker, and two threads that post kEach pieces of work each and wait.
template <class Pool, int kEach>
void two_post_and_wait() {
  Pool pool(1);
  const auto use = [&] {
    std::array<int, kEach> done{};
    for (int& each : done) {
      pool.post([&each] { each = 1; });
    }
    pool.wait_idle();
    for (const int each : done) {
      assert(each == 1);
    }
  };
  Crew{use, use};
}

/// One worker does what is posted in its order.
template <class Pool>
void work_is_in_order() {
  int last = 0;
  Pool pool(1);
  for (int number = 1; number <= 3; ++number) {
    pool.post([&last, number] {
      assert(last == number - 1);
      last = number;
    });
  }
}

/// The end of a pool waits for its work.
template <class Pool, int kEach>
void pool_ends() {
  std::array<int, kEach> done{};
  {
    Pool pool(kEach);
    for (int& each : done) {
      pool.post([&each] { each = 1; });
    }
  }
  for (const int each : done) {
    assert(each == 1);
  }
}

}  // namespace primitive_tests
