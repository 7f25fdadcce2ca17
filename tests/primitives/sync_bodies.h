// SPDX-License-Identifier: Apache-2.0
// Small programs over latches, barriers, events and the like, each with its oracle: plain data (a
// race is a finding), assertions, and that everybody comes through (a deadlock is one, too).
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "tests/primitives/bodies.h"

namespace primitive_tests {

/// Two workers deliver a part each; who waits for both finds both, and who only looks, if it is
/// told that they are there.
template <class Latch>
void latch_awaits_two() {
  Latch latch(2);
  int parts[2] = {};
  const auto first = [&] {
    parts[0] = 1;
    latch.count_down();
  };
  const auto second = [&] {
    parts[1] = 1;
    latch.arrive_and_wait();
    assert(parts[0] == 1);
  };
  const auto look = [&] {
    if (latch.try_wait()) {
      assert(parts[0] + parts[1] == 2);
    }
  };
  Crew{first, second, look};
  assert(latch.try_wait());
}

/// Two that wait for one.
template <class Latch>
void latch_lets_two_through() {
  Latch latch(1);
  int part = 0;
  const auto work = [&] {
    part = 1;
    latch.count_down();
  };
  const auto wait = [&] {
    latch.wait();
    assert(part == 1);
  };
  Crew{wait, work, wait};
}

/// Something on the heap that signals its end is destroyed by the thread that has seen it.
template <class Latch>
void latch_goes_at_once() {
  auto latch = std::make_unique<Latch>(1);
  Latch* const shared = latch.get();
  const auto work = [&] { shared->count_down(); };
  Crew crew{work};
  latch->wait();
  latch.reset();
}

/// A thread's access to a barrier: the barrier itself, or a Seat where it wants one.
template <class Barrier>
decltype(auto) barrier_seat(Barrier& barrier, [[maybe_unused]] std::uint32_t place) {
  if constexpr (requires { typename Barrier::Seat; }) {
    return typename Barrier::Seat(barrier, place);
  } else {
    return (barrier);
  }
}

/// In every other episode each thread writes its own number before and reads all behind.
template <class Barrier, std::uint32_t kThreads, int kEpisodes>
void meet() {
  Barrier barrier(kThreads);
  int numbers[kThreads] = {};
  std::atomic<std::uint32_t> places{0};
  const auto take_part = [&] {
    const std::uint32_t place = places.fetch_add(1, std::memory_order_relaxed);
    auto&& seat = barrier_seat(barrier, place);
    for (int episode = 1; episode <= kEpisodes; ++episode) {
      if (episode % 2 == 1) {
        numbers[place] = episode;
      }
      seat.arrive_and_wait();
      for (std::uint32_t other = 0; other < kThreads && episode % 2 == 1; ++other) {
        assert(numbers[other] == episode);
      }
    }
  };
  Crew(kThreads, take_part);
}

/// One sets; one waits, and one only looks.
template <class Event>
void event_publishes() {
  Event event;
  int data = 0;
  const auto set = [&] {
    data = 1;
    event.set();
  };
  const auto wait = [&] {
    event.wait();
    assert(data == 1);
    event.set();  // An automatic one is unset by now.
  };
  const auto look = [&] {
    if (event.try_wait()) {
      assert(data == 1);
      event.set();
    }
  };
  Crew{set, wait, look};
  assert(event.try_wait());
}

/// Two that sleep, perhaps, and one that lets both through.
template <class Event>
void event_lets_two_through() {
  Event event;
  int data = 0;
  const auto set = [&] {
    data = 1;
    event.set();
  };
  const auto wait = [&] {
    event.wait();
    assert(data == 1);
    event.set();
  };
  Crew{wait, set, wait};
}

/// Takes turns twice: each sets the other's event, and resets its own where it must.
template <class Event>
void take_turns() {
  Event ping;
  Event pong;
  int data = 0;
  const auto turn = [&data](Event& own, Event& other, int first) {
    for (int round = 0; round < 2; ++round) {
      own.wait();
      own.reset();
      assert(data == first + 2 * round);
      ++data;
      other.set();
    }
  };
  const auto one = [&] { turn(ping, pong, 0); };
  const auto two = [&] { turn(pong, ping, 1); };
  ping.set();
  Crew{one, two};
  assert(data == 4);
}

/// An automatic event that is set is a free lock.
template <class Event>
class EventAsLock {
 public:
  void lock() { event_.wait(); }
  bool try_lock() { return event_.try_wait(); }
  void unlock() { event_.set(); }

 private:
  Event event_{true};
};

/// Nobody sleeps through the notification of its condition, though that is relaxed.
template <class EventCount, std::size_t kWaiting>
void condition_is_awaited() {
  EventCount events;
  std::atomic<bool> open{false};
  const auto wait = [&] { events.await([&] { return open.load(std::memory_order_relaxed); }); };
  const auto notify = [&] {
    open.store(true, std::memory_order_relaxed);
    if (kWaiting > 1) {
      events.notify_all();
    } else {
      events.notify_one();
    }
  };
  Crew waiting(kWaiting, wait);
  notify();
}

/// Two items, announced to one thread each; two threads that take one each.
template <class EventCount>
void each_takes_one() {
  EventCount events;
  std::atomic<int> items{0};
  const auto take = [&] {
    events.await([&] {
      int there = items.load(std::memory_order_relaxed);
      while (there > 0) {
        if (items.compare_exchange_strong(there, there - 1, std::memory_order_relaxed,
                                          std::memory_order_relaxed)) {
          return true;
        }
      }
      return false;
    });
  };
  Crew takers{take, take};
  items.store(2, std::memory_order_relaxed);
  events.notify_one();
  events.notify_one();
}

/// Three threads need something made.
template <class Once>
void made_once() {
  Once once;
  int made = 0;
  const auto use = [&] {
    once.call([&] { ++made; });
    assert(made == 1);
  };
  Crew{use, use, use};
}

/// The first attempt fails, and the next thread that comes makes it.
template <class Once>
void made_in_the_end() {
  Once once;
  int attempts = 0;
  const auto use = [&] {
    try {
      once.call([&] {
        if (++attempts == 1) {
          throw std::runtime_error("the first attempt");
        }
      });
    } catch (const std::runtime_error&) {
      return;
    }
    assert(attempts == 2);
  };
  Crew{use, use};
  use();
  assert(attempts == 2);
}

struct Halves {
  std::uintptr_t left = 0;
  std::uintptr_t right = 0;
};

/// `kWrites` writes by one thread; another reads one value, whole, and what was made before it.
template <class Seqlock, int kWrites>
void halves_fit() {
  Seqlock value;
  int made[kWrites] = {};
  const auto write = [&] {
    for (std::uintptr_t i = 0; i < kWrites; ++i) {
      made[i] = 1;
      value.store({i + 1, i + 1});
    }
  };
  const auto read = [&] {
    const Halves halves = value.load();
    assert(halves.left == halves.right);
    assert(halves.left == 0 || made[halves.left - 1] == 1);
  };
  Crew{write, read};
}

/// Two threads write; a third reads once, if it can.
template <class Seqlock>
void writers_exclude_each_other() {
  Seqlock value;
  const auto write_one = [&] { value.store({1, 1}); };
  const auto write_two = [&] { value.store({2, 2}); };
  const auto read = [&] {
    Halves halves;
    if (value.try_load(halves)) {
      assert(halves.left == halves.right);
    }
  };
  Crew{write_one, write_two, read};
  Halves last;
  assert(value.try_load(last) && last.left == last.right && last.left != 0);
}

}  // namespace primitive_tests
