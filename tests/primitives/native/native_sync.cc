// SPDX-License-Identifier: Apache-2.0
// The programs that explored_sync.cc explores, with real threads.
#include "primitives/barrier.h"
#include "primitives/event.h"
#include "primitives/eventcount.h"
#include "primitives/latch.h"
#include "primitives/once.h"
#include "primitives/seqlock.h"
#include "tests/primitives/native/run_all.h"
#include "tests/primitives/sync_suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Native, Latch) { run_all(latch_suite<Latch>()); }

TEST(Native, Barriers) {
  run_all(barrier_suite<SenseReversingBarrier>());
  run_all(barrier_suite<DisseminationBarrier>());
  run_all({{"long", &meet<SenseReversingBarrier, 3, 100>},
           {"long_dissemination", &meet<DisseminationBarrier, 3, 100>}},
          3);
}

TEST(Native, Events) {
  run_all(event_suite<ManualResetEvent>());
  run_all(event_suite<AutoResetEvent>());
  run_all({{"long", &count_together<EventAsLock<AutoResetEvent>, 3, 500>}}, 3);
}

TEST(Native, EventCount) { run_all(eventcount_suite<EventCount>()); }

TEST(Native, Once) { run_all(once_suite<Once>()); }

TEST(Native, Seqlock) {
  run_all(seqlock_suite<Seqlock<Halves>>());
  run_all({{"long", &halves_fit<Seqlock<Halves>, 500>}}, 3);
}

}  // namespace
}  // namespace primitive_tests
