// SPDX-License-Identifier: Apache-2.0
// The programs of queue_bodies.h that make up the suite of each family.
#pragma once

#include "tests/primitives/queue_bodies.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {

template <class Ring>
Suite spsc_suite() {
  return {{"three_through_one", &one_to_one<Ring, 3, 3, 1>},
          {"three_through_two", &one_to_one<Ring, 3, 3, 2>}};
}

template <class Queue>
Suite mpsc_suite() {
  return {{"three_to_one", &one_to_one<Queue, 3, 3>},
          {"two_to_one", &two_to_one<Queue, 1, 2>},
          {"two_by_two_to_one", &two_to_one<Queue, 2, 2>}};
}

template <class Ring>
Suite mpmc_suite() {
  return {{"three_through_two", &one_to_one<Ring, 3, 3, 2>},
          {"one_to_two", &one_to_two<Ring, 2>},
          {"two_to_one", &two_to_one<Ring, 1, 2, 2>},
          {"push_and_pop", &push_and_pop<Ring, 2, 1>}};
}

template <class Stack, class Domain>
Suite stack_suite() {
  return {{"two_pop", &two_pop_from_stack<Stack, Domain, false>},
          {"push_and_pop", &push_and_pop_stack<Stack, Domain, 1>},
          {"serves_again", &node_serves_again<Stack, Domain>},
          {"two_pop_and_push", &two_pop_from_stack<Stack, Domain, true>}};
}

template <class Deque>
Suite deque_suite() {
  return {{"room", &room_is_made<Deque>},
          {"lost", &nothing_is_lost<Deque>},
          {"one_thief", &steal_from_owner<Deque, 2, 1, 1, 2>},
          {"two_thieves", &steal_from_owner<Deque, 2, 1, 2, 1>}};
}

template <class Domain>
Suite hazard_suite() {
  return {{"first_replaced", &replaced_while_read<Domain, 0>},
          {"second_replaced", &replaced_while_read<Domain, 1>},
          {"left", &seat_is_left<Domain>}};
}

/// `Eager` collects whenever something is retired, `Lazy` when it is told to.
template <class Eager, class Lazy>
Suite epoch_suite() {
  return {{"one_look", &replaced_while_pinned<Eager, 1>},
          {"two_looks", &replaced_while_pinned<Lazy, 2>},
          {"left", &left_to_the_next<Lazy>},
          {"another_moves_on", &another_moves_on<Lazy>}};
}

}  // namespace primitive_tests
