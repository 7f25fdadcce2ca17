// SPDX-License-Identifier: Apache-2.0
// Queues, stack, deque, and what reclaims memory, explored to the last execution under RC11.
#include "primitives/copy_on_write.h"
#include "primitives/epoch.h"
#include "primitives/hazard_pointer.h"
#include "primitives/mpmc_ring.h"
#include "primitives/mpsc_queue.h"
#include "primitives/spsc_ring.h"
#include "primitives/treiber_stack.h"
#include "primitives/work_stealing_deque.h"
#include "tests/primitives/explore_all.h"
#include "tests/primitives/queue_suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Explored, SpscRing) {
  explore_all(spsc_suite<SpscRing<int>>(), {{"three_through_one", 20}, {"three_through_two", 31}});
}

TEST(Explored, MpscQueue) {
  explore_all(mpsc_suite<MpscQueue<int>>(),
              {{"three_to_one", 30}, {"two_to_one", 14}, {"two_by_two_to_one", 350}});
}

// Three threads that push and pop have 585,468 executions and none that fails; seven seconds are
// too long to ask it each time.
TEST(Explored, MpmcRing) {
  explore_all(
      mpmc_suite<MpmcRing<int>>(),
      {{"three_through_two", 14}, {"one_to_two", 15}, {"two_to_one", 30}, {"push_and_pop", 108}});
}

/// Looks at all hazards whenever something is retired.
using EagerHazards = BasicHazardDomain<1>;

TEST(Explored, HazardDomain) {
  explore_all(hazard_suite<EagerHazards>(),
              {{"first_replaced", 52}, {"second_replaced", 48}, {"left", 5}});
}

TEST(Explored, TreiberStack) {
  explore_all(stack_suite<BasicTreiberStack<int, EagerHazards>, EagerHazards>(),
              {{"two_pop", 236},
               {"push_and_pop", 3188},
               {"serves_again", 1540},
               {"two_pop_and_push", 4964}});
}

TEST(Explored, EpochDomain) {
  explore_all(epoch_suite<BasicEpochDomain<1>, BasicEpochDomain<9>>(),
              {{"one_look", 100}, {"two_looks", 248}, {"left", 8}, {"another_moves_on", 60088}});
}

TEST(Explored, WorkStealingDeque) {
  explore_all(deque_suite<WorkStealingDeque<int>>(),
              {{"room", 2}, {"lost", 18}, {"one_thief", 36}, {"two_thieves", 1717}});
}

TEST(Explored, CopyOnWrite) {
  explore_all({{"versions", &versions_are_whole<CopyOnWrite<std::pair<int, int>>>}},
              {{"versions", 26}});
}

}  // namespace
}  // namespace primitive_tests
