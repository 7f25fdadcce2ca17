// SPDX-License-Identifier: Apache-2.0
// Fibers: order of switches, registers and rounding modes kept apart, exceptions, restarts.
#include "checker/runtime/fiber.h"

#include <gtest/gtest.h>
#include <unwind.h>
#include <cfenv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

constexpr std::size_t kStack = 64 * 1024;

struct FiberTest : testing::Test {
  FiberTest() {
    for (Fiber* fiber : {&first, &second}) {
      fiber->stack_low = raw_map(kStack);
      fiber->stack_size = kStack;
    }
  }
  ~FiberTest() override {
    raw_unmap(first.stack_low, kStack);
    raw_unmap(second.stack_low, kStack);
  }

  Fiber explorer;
  Fiber first;
  Fiber second;
  std::vector<std::string> trace;
};

TEST_F(FiberTest, RunsInTheOrderOfTheSwitches) {
  static FiberTest* test;
  test = this;
  reset_fiber(
      first,
      [](void* argument) {
        test->trace.push_back(static_cast<const char*>(argument));
        switch_fiber(test->first, test->second);
        test->trace.push_back("first again");
        switch_fiber(test->first, test->explorer);
      },
      const_cast<char*>("first"));
  reset_fiber(
      second,
      [](void*) {
        test->trace.push_back("second");
        resume_fiber(test->first);
      },
      nullptr);
  switch_fiber(explorer, first);
  EXPECT_EQ(trace, (std::vector<std::string>{"first", "second", "first again"}));
}

TEST_F(FiberTest, ExceptionsAreCaughtInsideAndOutlastSwitches) {
  static FiberTest* test;
  test = this;
  const auto body = [](void* argument) {
    auto& self = *static_cast<Fiber*>(argument);
    for (int i = 0; i < 2; ++i) {
      try {
        switch_fiber(self, test->explorer);
        throw std::runtime_error("thrown in a fiber");
      } catch (const std::exception& error) {
        test->trace.push_back(error.what());
      }
    }
    resume_fiber(test->explorer);
  };
  reset_fiber(first, body, &first);
  for (int i = 0; i < 3; ++i) {
    switch_fiber(explorer, first);
  }
  EXPECT_EQ(trace, std::vector<std::string>(2, "thrown in a fiber"));
}

/// Follows the call frames; the count ends where the call frame information says "no caller".
_Unwind_Reason_Code count_frame(_Unwind_Context*, void* count) {
  ++*static_cast<int*>(count);
  return *static_cast<int*>(count) < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

TEST_F(FiberTest, UnwindersStopAtTheBase) {
  static FiberTest* test;
  static int frames;
  static _Unwind_Reason_Code result;
  test = this;
  frames = 0;
  reset_fiber(
      first,
      [](void*) {
        result = _Unwind_Backtrace(count_frame, &frames);
        resume_fiber(test->explorer);
      },
      nullptr);
  switch_fiber(explorer, first);
  EXPECT_EQ(result, _URC_END_OF_STACK);
  EXPECT_GE(frames, 2);
  EXPECT_LE(frames, 4);
}

TEST_F(FiberTest, RoundingModeIsTheFibersOwn) {
  static FiberTest* test;
  static int rounding_inside;
  test = this;
  reset_fiber(
      first,
      [](void*) {
        std::fesetround(FE_UPWARD);
        switch_fiber(test->first, test->explorer);
        rounding_inside = std::fegetround();
        switch_fiber(test->first, test->explorer);
      },
      nullptr);
  switch_fiber(explorer, first);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  switch_fiber(explorer, first);
  EXPECT_EQ(rounding_inside, FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

TEST_F(FiberTest, ResetStartsOverOnACleanStackTop) {
  static FiberTest* test;
  static int starts;
  static bool clean;
  test = this;
  starts = 0;
  for (int i = 0; i < 3; ++i) {
    std::memset(first.stack_low, 0x77, first.stack_size);
    reset_fiber(
        first,
        [](void*) {
          ++starts;
          const auto* byte =
              reinterpret_cast<const unsigned char*>(test->first.stack_high()) - kZeroedStackTop;
          clean = byte[0] == 0 && byte[100] == 0 && byte[-1] == 0x77;
          switch_fiber(test->first, test->explorer);
          ++starts;  // Never reached: the fiber is reset instead.
        },
        nullptr);
    switch_fiber(explorer, first);
    EXPECT_TRUE(clean);
  }
  EXPECT_EQ(starts, 3);
}

TEST_F(FiberTest, SuspendedRegistersLieInTheFiber) {
  static FiberTest* test;
  test = this;
  reset_fiber(
      first, [](void*) { switch_fiber(test->first, test->explorer); }, nullptr);
  switch_fiber(explorer, first);
  const SuspendedRegisters registers = suspended_registers(first);
  EXPECT_TRUE(first.holds(registers.rsp));
  EXPECT_NE(registers.rip, 0U);
}

}  // namespace
}  // namespace heddle::runtime
