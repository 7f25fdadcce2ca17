// SPDX-License-Identifier: Apache-2.0
// Globals go back after each execution; what outside code wrote stays; crashes are diverted.
#include "checker/runtime/globals.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <memory>
#include <vector>

#include "checker/runtime/raw_memory.h"
#include "checker/runtime/signals.h"

namespace heddle::runtime {
namespace {

int g_value = 1;
int g_zero;
char g_large[64 * kPageSize];
struct alignas(kPageSize) OwnPage {
  long numbers[kPageSize / sizeof(long)] = {5, 6};
};
OwnPage g_page;
OwnPage g_untouched;

/// Everything the test itself keeps is on the heap: its globals would be restored, too.
struct GlobalsTest : testing::Test {
  GlobalsTest() : globals(std::make_unique<Globals>()) {
    modules.load();
    install_crash_handlers(globals.get(), nullptr, [](const Crash&) { return false; });
    globals->start(modules);
  }
  ~GlobalsTest() override {
    globals->stop();
    remove_crash_handlers();
  }
  /// Pages are asked for one by one: the linker's lazy binding and GoogleTest write others.
  int times_listed(const void* object) const {
    const std::uintptr_t page = round_down(reinterpret_cast<std::uintptr_t>(object), kPageSize);
    int times = 0;
    for (std::size_t i = 0; i < globals->dirty_pages(); ++i) {
      times += globals->dirty_page(i) == page;
    }
    return times;
  }

  Modules modules;
  std::unique_ptr<Globals> globals;
};

TEST_F(GlobalsTest, WritesAreUndoneByRestore) {
  for (int i = 0; i < 3; ++i) {
    const bool as_at_start = g_value == 1 && g_zero == 0 && g_large[5 * kPageSize] == 0;
    g_value = 2;
    g_zero = 3;
    g_large[5 * kPageSize] = 'x';
    globals->restore();
    EXPECT_TRUE(as_at_start);
  }
  EXPECT_EQ(g_value, 1);
  EXPECT_EQ(g_zero, 0);
  EXPECT_EQ(g_large[5 * kPageSize], 0);
}

TEST_F(GlobalsTest, OnlyWrittenPagesAreCopied) {
  EXPECT_EQ(times_listed(&g_page), 0);
  for (int i = 0; i < 3; ++i) {
    g_page.numbers[0] = 9 + i;
    g_page.numbers[1] = 9;
    globals->restore();
    EXPECT_EQ(times_listed(&g_page), 1);
  }
  EXPECT_EQ(g_page.numbers[0], 5);
  EXPECT_EQ(g_page.numbers[1], 6);
  EXPECT_EQ(g_untouched.numbers[0], 5);
  EXPECT_EQ(times_listed(&g_untouched), 0);
}

TEST_F(GlobalsTest, ContainsTellsGlobalsFromTheRest) {
  const int local = 0;
  EXPECT_TRUE(globals->contains(reinterpret_cast<std::uintptr_t>(&g_page)));
  EXPECT_FALSE(globals->contains(reinterpret_cast<std::uintptr_t>(&local)));
  EXPECT_FALSE(globals->on_fault(reinterpret_cast<std::uintptr_t>(&local)));
}

TEST_F(GlobalsTest, PreparedRangesAreWritableForTheKernel) {
  const auto address = reinterpret_cast<std::uintptr_t>(&g_large[kPageSize]);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  globals->prepare_write(address, 3 * kPageSize);
  const int listed = times_listed(&g_large[2 * kPageSize]);
  const ssize_t received = read(ends[0], &g_large[2 * kPageSize], 1);
  const char value = g_large[2 * kPageSize];
  const int listed_then = times_listed(&g_large[2 * kPageSize]);
  globals->restore();
  EXPECT_EQ(received, 1);
  EXPECT_EQ(value, 'x');
  EXPECT_EQ(listed, 1);
  EXPECT_EQ(listed_then, 1);
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(g_large[2 * kPageSize], 0);
}

TEST_F(GlobalsTest, WhatOutsideCodeWritesStays) {
  g_page.numbers[0] = 50;  // The execution's own.
  globals->begin_outside();
  g_page.numbers[2] = 51;       // On a page that was dirty,
  g_untouched.numbers[3] = 52;  // and on one that was not.
  globals->end_outside();
  g_untouched.numbers[4] = 53;
  globals->restore();
  EXPECT_EQ(g_page.numbers[0], 5);
  EXPECT_EQ(g_page.numbers[2], 51);
  EXPECT_EQ(g_untouched.numbers[3], 52);
  EXPECT_EQ(g_untouched.numbers[4], 0);
  globals->begin_outside();
  g_page.numbers[2] = 0;
  g_untouched.numbers[3] = 0;
  globals->end_outside();
}

TEST_F(GlobalsTest, StopMayKeepTheLastState) {
  g_page.numbers[5] = 77;
  globals->stop(true);
  EXPECT_EQ(g_page.numbers[5], 77);
  g_page.numbers[5] = 0;
  globals->start(modules);
  g_page.numbers[5] = 78;
  globals->stop();
  EXPECT_EQ(g_page.numbers[5], 0);
}

}  // namespace
}  // namespace heddle::runtime
