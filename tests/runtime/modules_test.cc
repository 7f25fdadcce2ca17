// SPDX-License-Identifier: Apache-2.0
// Modules: kinds, lookup by address, a hash that repeats.
#include "checker/runtime/modules.h"

#include <gtest/gtest.h>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace heddle::runtime {
namespace {

int g_initialised = 3;
/// Constants that need relocation are protected after it.
[[gnu::used]] const char* const g_relocated[] = {"one", "two"};

std::uintptr_t number(const volatile void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

bool in_data(const Module& module, std::uintptr_t address) {
  for (std::uint32_t i = 0; i < module.data_count; ++i) {
    if (module.data[i].holds(address)) {
      return true;
    }
  }
  return false;
}

TEST(Modules, TheExecutableIsFirstAndExplored) {
  Modules modules;
  modules.load();
  const Module& main = modules[0];
  EXPECT_TRUE(main.is_main);
  EXPECT_TRUE(main.is_explored);
  EXPECT_FALSE(main.is_instrumented);
  EXPECT_FALSE(main.is_heddle);
  EXPECT_NE(std::string_view(main.name), "");
  EXPECT_EQ(modules.lookup(number(reinterpret_cast<void*>(&in_data))), &main);
  EXPECT_EQ(modules.lookup(number(&g_initialised)), &main);
}

TEST(Modules, WritablePagesAreThoseOfVariables) {
  Modules modules;
  modules.load();
  static int zeroed;
  EXPECT_TRUE(in_data(modules[0], number(&g_initialised)));
  EXPECT_TRUE(in_data(modules[0], number(&zeroed)));
  EXPECT_FALSE(in_data(modules[0], number(&g_relocated)));
}

TEST(Modules, LibrariesAreKnownAndNotExplored) {
  Modules modules;
  modules.load();
  void* volatile block = std::malloc(1);
  std::free(block);
  const Module* libc = modules.lookup(number(stdout));
  ASSERT_NE(libc, nullptr);
  EXPECT_TRUE(libc->is_libc);
  EXPECT_FALSE(libc->is_explored);
  int stdcxx = 0;
  for (const Module& module : modules) {
    EXPECT_EQ(module.is_explored, module.is_main) << module.name;
    stdcxx += std::string_view(module.name).find("libstdc++") != std::string_view::npos &&
              module.is_libstdcxx;
  }
  EXPECT_EQ(stdcxx, 1);
}

TEST(Modules, AddressesOfNobodyAreNotFound) {
  Modules modules;
  modules.load();
  int local = 0;
  EXPECT_EQ(modules.lookup(number(&local)), nullptr);
  EXPECT_EQ(modules.lookup(0), nullptr);
  EXPECT_EQ(modules.lookup(~std::uintptr_t{0}), nullptr);
}

TEST(Modules, ProgramHashRepeats) {
  Modules first;
  first.load();
  Modules second;
  second.load();
  second.load();
  EXPECT_EQ(first.program_hash(), second.program_hash());
  EXPECT_EQ(first.size(), second.size());
  EXPECT_NE(first.program_hash(), 0U);
}

}  // namespace
}  // namespace heddle::runtime
