// SPDX-License-Identifier: Apache-2.0
// The watchdog calls when nothing moves, keeps quiet when something does, and can end an endless
// loop.
#include "checker/runtime/watchdog.h"

#include <gtest/gtest.h>
#include <chrono>
#include <cstddef>

#include "checker/runtime/fiber.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/signals.h"

namespace heddle::runtime {
namespace {

constexpr WatchdogOptions kQuick{.seconds = 0.06, .sample_milliseconds = 20};
volatile std::uint64_t g_progress;
volatile int g_calls;

void spin_for(std::chrono::milliseconds time, bool moving, const volatile int* until = nullptr) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && (until == nullptr || *until == 0)) {
    if (moving) {
      g_progress = g_progress + 1;
    }
  }
}

TEST(Watchdog, CallsWhenTheCounterStandsStill) {
  g_calls = 0;
  Watchdog watchdog;
  ASSERT_TRUE(watchdog.start(
      &g_progress, [](ucontext_t*) { g_calls = g_calls + 1; }, kQuick));
  spin_for(std::chrono::seconds(20), false, &g_calls);
  watchdog.stop();
  EXPECT_GE(g_calls, 1);
  EXPECT_EQ(watchdog.stalls(), static_cast<std::uint64_t>(g_calls));
}

TEST(Watchdog, KeepsQuietWhileTheCounterMovesOrItIsDisabled) {
  g_calls = 0;
  Watchdog watchdog;
  // Other work on the machine may keep this thread from moving for a while.
  constexpr WatchdogOptions kPatient{.seconds = 3, .sample_milliseconds = 20};
  ASSERT_TRUE(watchdog.start(
      &g_progress, [](ucontext_t*) { g_calls = g_calls + 1; }, kPatient));
  spin_for(std::chrono::milliseconds(150), true);
  watchdog.stop();
  EXPECT_EQ(g_calls, 0);
  watchdog.enable(false);
  ASSERT_TRUE(watchdog.start(
      &g_progress, [](ucontext_t*) { g_calls = g_calls + 1; }, kQuick));
  spin_for(std::chrono::milliseconds(200), false);
  watchdog.stop();
  EXPECT_EQ(g_calls, 0);
}

Fiber g_explorer;
Watchdog g_watchdog;  ///< Enabled while the fiber runs: only that can be left.

void loop_for_ever(void*) {
  g_watchdog.enable(true);
  while (true) {
    asm volatile("");
  }
}

void leave_the_loop(ucontext_t* context) {
  g_watchdog.enable(false);
  divert(
      context, [] { resume_fiber(g_explorer); },
      static_cast<std::byte*>(g_explorer.stack_pointer) - 256);
}

TEST(Watchdog, AnEndlessLoopOfAFiberIsLeft) {
  Fiber fiber;
  fiber.stack_size = 64 * 1024;
  fiber.stack_low = raw_map(fiber.stack_size);
  install_crash_handlers(nullptr, nullptr, [](const Crash&) { return false; });
  g_watchdog.enable(false);
  ASSERT_TRUE(g_watchdog.start(&g_progress, &leave_the_loop, kQuick));
  for (int i = 0; i < 2; ++i) {
    reset_fiber(fiber, &loop_for_ever, nullptr);
    switch_fiber(g_explorer, fiber);
  }
  g_watchdog.stop();
  remove_crash_handlers();
  EXPECT_EQ(g_watchdog.stalls(), 2U);
  raw_unmap(fiber.stack_low, fiber.stack_size);
}

}  // namespace
}  // namespace heddle::runtime
