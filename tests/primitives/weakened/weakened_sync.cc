// SPDX-License-Identifier: Apache-2.0
// Each memory order of latches, barriers, events and the like is needed: with any one of them
// weakened, the suite that explored_sync.cc passes has a finding.
#include "primitives/barrier.h"
#include "primitives/event.h"
#include "primitives/eventcount.h"
#include "primitives/latch.h"
#include "primitives/once.h"
#include "primitives/seqlock.h"
#include "tests/primitives/sync_suites.h"
#include "tests/primitives/weakened/weakened.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Weakened, Latch) { needs_each_order(latch_suite<BasicLatch<Weakened>>(), Latch::kSites); }

TEST(Weakened, SenseReversingBarrier) {
  needs_each_order(barrier_suite<BasicSenseReversingBarrier<Yield, Weakened>>(),
                   SenseReversingBarrier::kSites, halves(SenseReversingBarrier::kArrive));
}

TEST(Weakened, DisseminationBarrier) {
  needs_each_order(barrier_suite<BasicDisseminationBarrier<Yield, Weakened>>(),
                   DisseminationBarrier::kSites);
}

TEST(Weakened, ManualResetEvent) {
  needs_each_order(event_suite<BasicManualResetEvent<Weakened>>(), ManualResetEvent::kSites);
}

TEST(Weakened, AutoResetEvent) {
  needs_each_order(event_suite<BasicAutoResetEvent<Weakened>>(), AutoResetEvent::kSites);
}

TEST(Weakened, EventCount) {
  needs_each_order(eventcount_suite<BasicEventCount<Weakened>>(), EventCount::kSites,
                   {{EventCount::kPrepared, std::memory_order_acq_rel},
                    {EventCount::kChanged, std::memory_order_acq_rel}});
}

TEST(Weakened, Once) { needs_each_order(once_suite<BasicOnce<Weakened>>(), Once::kSites); }

TEST(Weakened, Seqlock) {
  using Lock = BasicSeqlock<Halves, Yield, Weakened>;
  needs_each_order(seqlock_suite<Lock>(), Lock::kSites);
}

}  // namespace
}  // namespace primitive_tests
