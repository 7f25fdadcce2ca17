// SPDX-License-Identifier: Apache-2.0
// Each memory order of queues, stack, deque, and what reclaims memory is needed: with any one of
// them weakened, the suite that explored_queues.cc passes has a finding.
#include "primitives/epoch.h"
#include "primitives/hazard_pointer.h"
#include "primitives/mpmc_ring.h"
#include "primitives/mpsc_queue.h"
#include "primitives/spsc_ring.h"
#include "primitives/treiber_stack.h"
#include "primitives/work_stealing_deque.h"
#include "tests/primitives/queue_suites.h"
#include "tests/primitives/weakened/weakened.h"

namespace primitive_tests {
namespace {

using namespace primitives;

/// A fence that is not seq_cst.
Mutant weak_fence(int site) { return {site, std::memory_order_acq_rel}; }

TEST(Weakened, SpscRing) {
  using Ring = BasicSpscRing<int, Weakened>;
  needs_each_order(spsc_suite<Ring>(), Ring::kSites);
}

TEST(Weakened, MpscQueue) {
  using Queue = BasicMpscQueue<int, Weakened>;
  needs_each_order(mpsc_suite<Queue>(), Queue::kSites, halves(Queue::kEnter));
}

TEST(Weakened, MpmcRing) {
  using Ring = BasicMpmcRing<int, Weakened>;
  needs_each_order(mpmc_suite<Ring>(), Ring::kSites);
}

TEST(Weakened, HazardDomain) {
  using Domain = BasicHazardDomain<1, Weakened>;
  needs_each_order(hazard_suite<Domain>(), Domain::kSites,
                   {{Domain::kName, std::memory_order_release},
                    {Domain::kFind, std::memory_order_acquire},
                    weak_fence(Domain::kUnlinked)});
}

TEST(Weakened, TreiberStack) {
  using Domain = BasicHazardDomain<1>;
  using Stack = BasicTreiberStack<int, Domain, Weakened>;
  needs_each_order(stack_suite<Stack, Domain>(), Stack::kSites);
}

/// A node that serves again needs what protects it as much as one that is destroyed.
TEST(Weakened, NodesThatServeAgain) {
  using Domain = BasicHazardDomain<1, Weakened>;
  using Stack = BasicTreiberStack<int, Domain>;
  needs_each_order({{"serves_again", &node_serves_again<Stack, Domain>}}, 0,
                   {{Domain::kName, std::memory_order_release},
                    {Domain::kFind, std::memory_order_acquire},
                    weak_fence(Domain::kUnlinked),
                    {Domain::kLook, std::memory_order_relaxed}});
}

TEST(Weakened, EpochDomain) {
  using Eager = BasicEpochDomain<1, Weakened>;
  using Lazy = BasicEpochDomain<9, Weakened>;
  needs_each_order(
      epoch_suite<Eager, Lazy>(), Lazy::kSites,
      {weak_fence(Lazy::kPinned), weak_fence(Lazy::kUnlinked), weak_fence(Lazy::kCheck)});
}

TEST(Weakened, WorkStealingDeque) {
  using Deque = BasicWorkStealingDeque<int, Weakened>;
  needs_each_order(deque_suite<Deque>(), Deque::kSites,
                   {weak_fence(Deque::kTaken), weak_fence(Deque::kStealing)});
}

}  // namespace
}  // namespace primitive_tests
