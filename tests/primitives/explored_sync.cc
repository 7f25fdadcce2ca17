// SPDX-License-Identifier: Apache-2.0
// Latches, barriers, events and the like of primitives/, explored to the last execution under RC11.
#include "primitives/barrier.h"
#include "primitives/event.h"
#include "primitives/eventcount.h"
#include "primitives/latch.h"
#include "primitives/once.h"
#include "primitives/seqlock.h"
#include "tests/primitives/explore_all.h"
#include "tests/primitives/sync_suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

TEST(Explored, Latch) {
  explore_all(latch_suite<Latch>(),
              {{"awaits_two", 26}, {"two_through", 261}, {"goes_at_once", 6}});
}

TEST(Explored, SenseReversingBarrier) {
  explore_all(barrier_suite<SenseReversingBarrier>(), {{"two_thrice", 16}, {"three_once", 36}});
}

TEST(Explored, DisseminationBarrier) {
  explore_all(barrier_suite<DisseminationBarrier>(),
              by_compiler({{"two_thrice", 18}, {"three_once", 6}},
                          {{"two_thrice", 512}, {"three_once", 384}}));
}

TEST(Explored, ManualResetEvent) {
  explore_all(event_suite<ManualResetEvent>(),
              by_compiler({{"publishes", 38}, {"two_through", 1134}, {"turns", 159}},
                          {{"publishes", 32}, {"two_through", 1026}, {"turns", 188}}));
}

TEST(Explored, AutoResetEvent) {
  explore_all(event_suite<AutoResetEvent>(),
              {{"publishes", 101}, {"two_through", 4658}, {"turns", 224}});
  explore_all(lock_suite<EventAsLock<AutoResetEvent>>(),
              {{"two_by_two", 1034}, {"three_by_one", 13974}, {"try", 8}, {"try_of_three", 4860}});
}

TEST(Explored, EventCount) {
  explore_all(eventcount_suite<EventCount>(),
              {{"one_waits", 11}, {"two_wait", 699}, {"one_each", 34236}});
}

TEST(Explored, Once) { explore_all(once_suite<Once>(), {{"once", 3579}, {"in_the_end", 26}}); }

TEST(Explored, Seqlock) {
  explore_all(seqlock_suite<Seqlock<Halves>>(),
              by_compiler({{"one_write", 25}, {"two_writes", 692}, {"two_writers", 376}},
                          {{"one_write", 29}, {"two_writes", 932}, {"two_writers", 470}}));
}

}  // namespace
}  // namespace primitive_tests
