// SPDX-License-Identifier: Apache-2.0
// Vector clocks as plain arrays of `width` counters, one a thread.
//
// clock[u] is the number of events of thread u in a set that is closed under program order, so a
// clock is such a set: event (u, i) is in it iff i < clock[u]. Graphs keep their clocks in flat
// arrays (no allocation a clock), therefore these are functions and not a class.
#pragma once

#include <cstdint>
#include <cstring>

#include "checker/base/ids.h"

namespace heddle::base {

using ClockEntry = std::uint32_t;

/// into := union of the two sets.
inline void clock_join(ClockEntry* into, const ClockEntry* from, std::uint32_t width) {
  for (std::uint32_t u = 0; u < width; ++u) {
    into[u] = into[u] < from[u] ? from[u] : into[u];
  }
}

inline void clock_copy(ClockEntry* into, const ClockEntry* from, std::uint32_t width) {
  std::memcpy(into, from, width * sizeof(ClockEntry));
}

inline void clock_clear(ClockEntry* clock, std::uint32_t width) {
  std::memset(clock, 0, width * sizeof(ClockEntry));
}

/// True iff `id` is in the set.
inline bool clock_contains(const ClockEntry* clock, EventId id) {
  return id.index() < clock[id.thread()];
}

}  // namespace heddle::base
