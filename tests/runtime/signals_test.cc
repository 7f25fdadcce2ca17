// SPDX-License-Identifier: Apache-2.0
// Crashes of fibers, stack overflow among them, are diverted to the scheduler.
#include "checker/runtime/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>

#include "checker/runtime/fiber.h"
#include "checker/runtime/modules.h"
#include "checker/runtime/thread_slots.h"

namespace heddle::runtime {
namespace {

Fiber g_explorer;
Crash g_crash;
int g_crashes;
std::uintptr_t g_own_fs;

ThreadSlots& slots() {
  static ThreadSlots* const instance = new ThreadSlots;
  return *instance;
}

void back_to_the_explorer() {
  set_fs_base(g_own_fs);
  resume_fiber(g_explorer);
}

bool on_crash(const Crash& crash) {
  g_crash = crash;
  ++g_crashes;
  // Below the frame in which the explorer waits.
  divert(crash.context, back_to_the_explorer,
         static_cast<std::byte*>(g_explorer.stack_pointer) - 256);
  return true;
}

struct SignalsTest : testing::Test {
  SignalsTest() {
    Modules modules;
    modules.load();
    slots().start(modules);
    EXPECT_EQ(slots().prepare(kSlot), SlotError::kNone);
    install_crash_handlers(nullptr, &slots(), on_crash);
    g_crashes = 0;
  }
  ~SignalsTest() override { remove_crash_handlers(); }

  static void run(void (*body)(void*)) {
    ThreadSlot& slot = slots().slot(kSlot);
    reset_fiber(slot.fiber, body, nullptr);
    g_own_fs = fs_base();
    set_fs_base(slot.fs_base);
    switch_fiber(g_explorer, slot.fiber);
  }
  /// Not one of thread_slots_test.cc, which is in the same process and has slots of its own.
  static constexpr std::uint32_t kSlot = 60;
};

TEST_F(SignalsTest, ABadAccessIsDivertedAgainAndAgain) {
  for (int i = 1; i <= 5; ++i) {
    run([](void*) { *reinterpret_cast<volatile int*>(std::uintptr_t{0x40}) = 1; });
    EXPECT_EQ(g_crashes, i);
    EXPECT_EQ(g_crash.signal, SIGSEGV);
    EXPECT_EQ(g_crash.address, 0x40U);
    EXPECT_EQ(g_crash.slot, kSlot);
    EXPECT_FALSE(g_crash.stack_overflow);
    EXPECT_TRUE(g_crash.on_installer);
  }
}

volatile bool g_go_on = true;

[[gnu::noinline]] int recurse(volatile int* outer) {
  volatile int mine[64];
  mine[0] = *outer + 1;
  return g_go_on ? recurse(mine) + mine[0] : 0;
}

TEST_F(SignalsTest, StackOverflowIsRecognised) {
  run([](void*) {
    volatile int start = 0;
    recurse(&start);
  });
  EXPECT_EQ(g_crashes, 1);
  EXPECT_TRUE(g_crash.stack_overflow);
  EXPECT_EQ(g_crash.slot, kSlot);
}

TEST_F(SignalsTest, DivisionByZeroAndIllegalInstructions) {
  run([](void*) {
    volatile int zero = 0;
    volatile int one = 1;
    one = one / zero;
  });
  EXPECT_EQ(g_crash.signal, SIGFPE);
  run([](void*) { asm volatile("ud2"); });
  EXPECT_EQ(g_crash.signal, SIGILL);
  EXPECT_STREQ(signal_name(g_crash.signal), "SIGILL");
  EXPECT_EQ(g_crashes, 2);
}

TEST_F(SignalsTest, AfterADivertTheSignalIsNotBlocked) {
  run([](void*) { *reinterpret_cast<volatile int*>(std::uintptr_t{0x40}) = 1; });
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGSEGV), 0);
}

TEST(SignalsDeathTest, WhatNobodyWantsGoesToTheHandlerBefore) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, [](int) { _exit(42); });
        install_crash_handlers(nullptr, nullptr, [](const Crash&) { return false; });
        *reinterpret_cast<volatile int*>(std::uintptr_t{0x40}) = 1;
      },
      testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace heddle::runtime
