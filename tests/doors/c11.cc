// SPDX-License-Identifier: Apache-2.0
// C11 threads and atomics: the programs are in c11_programs.c.
#include "tests/doors/support/door_test.h"

using namespace door_tests;

extern "C" {
void c11_mutex_excludes();
void c11_without_a_mutex();
void c11_condition_hands_over();
void c11_condition_without_a_signal();
void c11_once_runs_once();
void c11_thread_storage();
void c11_atomics_count();
void c11_relaxed_atomics_order_nothing();
}

namespace {

const Registration kMutex({"c11_mutex_excludes", &c11_mutex_excludes, ok(2)});
const Registration kRace({"c11_without_a_mutex", &c11_without_a_mutex, shows(kDataRace)});
const Registration kCondition({"c11_condition_hands_over", &c11_condition_hands_over, ok(2)});
const Registration kLost({"c11_condition_without_a_signal", &c11_condition_without_a_signal,
                          deadlocks()});
const Registration kOnce({"c11_once_runs_once", &c11_once_runs_once, ok()});
const Registration kStorage({"c11_thread_storage", &c11_thread_storage, ok()});
const Registration kAtomics({"c11_atomics_count", &c11_atomics_count, ok(2)});
const Registration kRelaxed({"c11_relaxed_atomics_order_nothing",
                             &c11_relaxed_atomics_order_nothing, shows(kDataRace)});

}  // namespace
