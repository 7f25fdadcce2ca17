// SPDX-License-Identifier: Apache-2.0
// The programs of sync_bodies.h that make up the suite of each family.
#pragma once

#include "tests/primitives/suites.h"
#include "tests/primitives/sync_bodies.h"

namespace primitive_tests {

template <class Latch>
Suite latch_suite() {
  return {{"awaits_two", &latch_awaits_two<Latch>},
          {"two_through", &latch_lets_two_through<Latch>},
          {"goes_at_once", &latch_goes_at_once<Latch>}};
}

template <class Barrier>
Suite barrier_suite() {
  return {{"two_thrice", &meet<Barrier, 2, 3>}, {"three_once", &meet<Barrier, 3, 1>}};
}

template <class Event>
Suite event_suite() {
  return {{"publishes", &event_publishes<Event>},
          {"two_through", &event_lets_two_through<Event>},
          {"turns", &take_turns<Event>}};
}

template <class EventCount>
Suite eventcount_suite() {
  return {{"one_waits", &condition_is_awaited<EventCount, 1>},
          {"two_wait", &condition_is_awaited<EventCount, 2>},
          {"one_each", &each_takes_one<EventCount>}};
}

template <class Once>
Suite once_suite() {
  return {{"once", &made_once<Once>}, {"in_the_end", &made_in_the_end<Once>}};
}

template <class Seqlock>
Suite seqlock_suite() {
  return {{"one_write", &halves_fit<Seqlock, 1>},
          {"two_writes", &halves_fit<Seqlock, 2>},
          {"two_writers", &writers_exclude_each_other<Seqlock>}};
}

}  // namespace primitive_tests
