// SPDX-License-Identifier: Apache-2.0
// Time, randomness, the ends of a program, hints, and what is not supported.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <cassert>
#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;
using heddle::FindingKind;

namespace {

void throws() { throw std::runtime_error("not allowed"); }
void throws_in_noexcept() noexcept { throws(); }

}  // namespace

HEDDLE_DOOR_TEST(sleep_moves_the_clock, ok(1)) {
  const auto before = std::chrono::steady_clock::now();
  const auto wall_before = std::chrono::system_clock::now();
  std::this_thread::sleep_for(std::chrono::hours(1));
  usleep(1000);
  if (std::chrono::steady_clock::now() - before < std::chrono::hours(1) ||
      std::chrono::system_clock::now() - wall_before < std::chrono::hours(1)) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(sleep_orders_nothing, shows(kDataRace)) {
  int value = 0;
  std::thread thread([&] { value = 1; });
  std::this_thread::sleep_for(std::chrono::seconds(1));
  value = 2;
  thread.join();
}

HEDDLE_DOOR_TEST(random_numbers_repeat, ok(1)) {
  heddle::observe("rand", std::rand());
  unsigned bytes = 0;
  if (getrandom(&bytes, sizeof bytes, 0) != sizeof bytes) {
    __builtin_trap();
  }
  heddle::observe("getrandom", bytes);
  heddle::observe("random_device", std::random_device()());
}

HEDDLE_DOOR_TEST(failed_assertion, shows(FindingKind::kAssertion)) {
  int value = 0;
  assert(value == 1);
}

HEDDLE_DOOR_TEST(abort_is_found, shows(FindingKind::kAbort)) { std::abort(); }

HEDDLE_DOOR_TEST(exception_leaves_a_thread, shows(FindingKind::kException)) {
  std::thread thread([] { throw std::runtime_error("nobody catches this"); });
  thread.join();
}

HEDDLE_DOOR_TEST(exception_leaves_a_noexcept_function, shows(FindingKind::kException)) {
  throws_in_noexcept();
}

HEDDLE_DOOR_TEST(exceptions_stay_in_their_threads, ok(1)) {
  auto work = [](int which) {
    try {
      throw which;
    } catch (int caught) {
      sched_yield();
      if (caught != which || !std::current_exception()) {
        __builtin_trap();
      }
    }
  };
  std::thread one(work, 1), other(work, 2);
  one.join();
  other.join();
}

HEDDLE_DOOR_TEST(choices_are_enumerated, ok(6)) {
  const auto first = heddle::choose(2);
  const auto second = heddle::choose(3);
  heddle::observe("choice", static_cast<int>(first * 10 + second));
}

HEDDLE_DOOR_TEST(assumptions_cut, ok(1)) { heddle::assume(heddle::choose(2) == 1); }

HEDDLE_DOOR_TEST(outside_is_not_modelled, ok(1)) {
  static int counter = 0;
  heddle::outside([] { ++counter; });
}

HEDDLE_DOOR_TEST(atexit_is_per_execution, ok()) {
  static int runs = 0;
  std::atexit([] { ++runs; });
  std::thread thread([] {});
  thread.join();
  if (runs != 0) {
    __builtin_trap();
  }
}

HEDDLE_DOOR_TEST(signals_that_nobody_handles_are_unsupported, shows(FindingKind::kUnsupported)) {
  std::thread thread([] { sched_yield(); });
  pthread_kill(thread.native_handle(), SIGUSR1);
  thread.join();
}

HEDDLE_DOOR_TEST(exit_is_unsupported, shows(FindingKind::kUnsupported)) { std::exit(0); }

HEDDLE_DOOR_TEST(poll_on_files_is_unsupported, shows(FindingKind::kUnsupported)) {
  pollfd file{0, POLLIN, 0};
  poll(&file, 1, -1);
}
