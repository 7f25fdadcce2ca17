// SPDX-License-Identifier: Apache-2.0
// One source for three jobs: plain, under ThreadSanitizer, and explored.
#include "handoff.h"

#include <gtest/gtest.h>

#include <thread>

#ifdef WITH_HEDDLE
#include "heddle/gtest.h"
#else
#define HEDDLE_TEST(suite, name, ...) TEST(suite, name)
#endif

HEDDLE_TEST(Handoff, ArrivesWhole) {
  Handoff handoff;
  std::thread giver([&] { handoff.put(42); });
  const int taken = handoff.take();
  EXPECT_TRUE(taken == -1 || taken == 42) << taken;
  giver.join();
  EXPECT_EQ(handoff.take(), 42);
}

HEDDLE_TEST(Handoff, StartsEmpty) {
  Handoff handoff;
  EXPECT_EQ(handoff.take(), -1);
}
