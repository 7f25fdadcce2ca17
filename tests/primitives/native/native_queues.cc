// SPDX-License-Identifier: Apache-2.0
// The programs that explored_queues.cc explores, with real threads: the suites, and for longer.
#include "primitives/copy_on_write.h"
#include "primitives/epoch.h"
#include "primitives/hazard_pointer.h"
#include "primitives/mpmc_ring.h"
#include "primitives/mpsc_queue.h"
#include "primitives/spsc_ring.h"
#include "primitives/treiber_stack.h"
#include "primitives/work_stealing_deque.h"
#include "tests/primitives/native/run_all.h"
#include "tests/primitives/queue_suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Native, Queues) {
  run_all(spsc_suite<SpscRing<int>>());
  run_all(mpsc_suite<MpscQueue<int>>());
  run_all(mpmc_suite<MpmcRing<int>>());
  run_all({{"spsc", &one_to_one<SpscRing<int>, 1000, 1000, 16>},
           {"mpsc", &two_to_one<MpscQueue<int>, 500, 500>},
           {"mpmc", &push_and_pop<MpmcRing<int>, 3, 500>}},
          3);
}

TEST(Native, Stack) {
  using Eager = BasicHazardDomain<1>;
  run_all(stack_suite<BasicTreiberStack<int, Eager>, Eager>());
  run_all({{"long", &push_and_pop_stack<TreiberStack<int>, HazardDomain, 500>}}, 3);
}

struct Counted {
  Counted() { ++alive; }
  ~Counted() { --alive; }
  inline static int alive = 0;
};
struct OfAnotherType : Counted {};

TEST(Native, ReuseIsByType) {
  BasicHazardDomain<1> domain(1);
  {
    BasicHazardDomain<1>::Seat seat(domain);
    EXPECT_EQ(seat.reuse<Counted>(), nullptr);
    auto* const object = new Counted;
    seat.recycle(object);
    EXPECT_EQ(seat.reuse<Counted>(), object);
    EXPECT_EQ(seat.reuse<Counted>(), nullptr);
    seat.recycle(object);
    EXPECT_EQ(Counted::alive, 1);
    EXPECT_EQ(seat.reuse<OfAnotherType>(), nullptr);
    EXPECT_EQ(Counted::alive, 0);
    seat.retire(new Counted);
    EXPECT_EQ(Counted::alive, 0);
    seat.recycle(new Counted);
    EXPECT_EQ(Counted::alive, 1);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Native, WhatIsLookedAtIsNotReused) {
  BasicHazardDomain<1> domain(2);
  BasicHazardDomain<1>::Seat reader(domain);
  BasicHazardDomain<1>::Seat writer(domain);
  std::atomic<Counted*> source{new Counted};
  Counted* const old = reader.protect(source);
  writer.recycle(source.exchange(new Counted));
  EXPECT_EQ(writer.reuse<Counted>(), nullptr);
  reader.clear();
  writer.retire(source.load());
  EXPECT_EQ(writer.reuse<Counted>(), old);
  delete old;
}

TEST(Native, Deque) {
  run_all(deque_suite<WorkStealingDeque<int>>());
  run_all({{"long", &steal_from_owner<WorkStealingDeque<int>, 500, 300, 3, 2>}}, 3);
}

TEST(Native, Reclamation) {
  run_all(hazard_suite<BasicHazardDomain<1>>());
  run_all(epoch_suite<BasicEpochDomain<1>, EpochDomain>());
  run_all({{"versions", &versions_are_whole<CopyOnWrite<std::pair<int, int>>>}});
}

}  // namespace
}  // namespace primitive_tests
