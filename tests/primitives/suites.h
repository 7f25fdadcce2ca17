// SPDX-License-Identifier: Apache-2.0
// The programs of bodies.h that make up the explored suite of each family, each with the number of
// complete executions where the primitive has a published one.
#pragma once

#include <string>
#include <vector>

#include "tests/primitives/bodies.h"

namespace primitive_tests {

struct Program {
  std::string name;
  void (*body)();
};
using Suite = std::vector<Program>;

template <class Lock>
Suite lock_suite() {
  Suite suite = {{"two_by_two", &count_together<Lock, 2, 2>},
                 {"three_by_one", &count_together<Lock, 3, 1>}};
  if constexpr (requires(Lock lock) { lock.try_lock(); }) {
    suite.push_back({"try", &try_beside<Lock, false>});
    suite.push_back({"try_of_three", &try_beside<Lock, true>});
  }
  return suite;
}

template <class Mutex>
Suite recursive_suite() {
  return {{"two_by_two", &count_together<Mutex, 2, 2>}, {"again", &lock_again<Mutex>}};
}

template <class Lock>
Suite reader_writer_suite() {
  return {{"two_writers", &write_and_compare<Lock, 2, 0, 2>},
          {"writer_and_reader_twice", &write_and_compare<Lock, 1, 1, 2>},
          {"writer_and_two_readers", &write_and_compare<Lock, 1, 2, 1>},
          {"two_writers_and_reader", &write_and_compare<Lock, 2, 1, 1>},
          {"readers_meet", &readers_meet_inside<Lock>}};
}

/// Three threads whose orders are few; for primitives with many executions.
template <class Semaphore>
Suite small_semaphore_suite() {
  return {{"two_parts", &two_parts_are_delivered<Semaphore, false>},
          {"two_parts_tried", &two_parts_are_delivered<Semaphore, true>},
          {"two_permits_of_three", &permits_are_kept<Semaphore, 2, 3, 2>},
          {"lock_two_by_two", &semaphore_as_lock<Semaphore, 2, 2>}};
}

template <class Semaphore>
Suite semaphore_suite() {
  return {{"lock_two_by_two", &semaphore_as_lock<Semaphore, 2, 2>},
          {"lock_three_by_one", &semaphore_as_lock<Semaphore, 3, 1>},
          {"two_permits_of_three", &permits_are_kept<Semaphore, 3, 3, 2>},
          {"two_of_two_permits", &permits_are_kept<Semaphore, 3, 2, 1>},
          {"two_parts", &two_parts_are_delivered<Semaphore, false>},
          {"two_parts_tried", &two_parts_are_delivered<Semaphore, true>}};
}

}  // namespace primitive_tests
