// SPDX-License-Identifier: Apache-2.0
// The model's heap: addresses repeat, wrong releases and stray accesses are told apart, leaks.
#include "checker/runtime/arena.h"

#include <gtest/gtest.h>
#include <cstring>
#include <memory>
#include <vector>

namespace heddle::runtime {
namespace {

std::uintptr_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

/// The arenas' addresses are taken once in a process.
Arena& arena() {
  static Arena* const instance = new Arena;
  return *instance;
}

struct ArenaTest : testing::Test {
  ArenaTest() {
    EXPECT_TRUE(arena().start());
    arena().reset();
  }
  static char* get(base::ThreadId thread, std::size_t size, std::size_t alignment = 0,
                   bool zero = false) {
    return static_cast<char*>(
        arena().allocate(thread, size, alignment, AllocationKind::kMalloc, zero, 0x1234));
  }
  static Released free(void* block, AllocationKind kind = AllocationKind::kMalloc) {
    return arena().release(1, block, kind, 0x5678);
  }
};

TEST_F(ArenaTest, AddressesDependOnTheThreadsOwnAllocationsOnly) {
  const char* a = get(0, 10);
  const char* b = get(3, 100);
  arena().reset();
  EXPECT_EQ(get(3, 100), b);
  EXPECT_EQ(get(0, 10), a);
  EXPECT_NE(number(a) >> Arena::kThreadBits, number(b) >> Arena::kThreadBits);
  EXPECT_TRUE(Arena::owns(number(a)));
  EXPECT_FALSE(Arena::owns(number(this)));
}

TEST_F(ArenaTest, BlocksAreFilledAlignedAndDisjoint) {
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (std::size_t size : {0, 1, 15, 16, 17, 100, 4096, 3'000'000}) {
    for (std::size_t alignment : {0, 16, 64, 4096}) {
      char* block = get(2, size, alignment);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(number(block) % (alignment == 0 ? 16 : alignment), 0U);
      for (std::size_t i = 0; i < size; i += 1 + size / 64) {
        ASSERT_EQ(static_cast<unsigned char>(block[i]), Arena::kNewPattern);
      }
      std::memset(block, 0x11, size);
      blocks.emplace_back(block, size);
    }
  }
  for (const auto& [block, size] : blocks) {
    EXPECT_EQ(Arena::first_damage(*arena().find(number(block)).block), 0U);
    EXPECT_EQ(arena().find(number(block)).block->size, size);
  }
  EXPECT_EQ(get(2, 40, 0, true)[39], 0);
  EXPECT_EQ(arena().live_blocks(), blocks.size() + 1);
}

TEST_F(ArenaTest, FindTellsInsidePastTheEndAndFreed) {
  char* a = get(0, 20);
  char* b = get(0, 8);
  EXPECT_EQ(arena().find(number(a) + 19).place, Place::kLive);
  EXPECT_EQ(arena().find(number(a) + 20).place, Place::kPadding);
  EXPECT_EQ(arena().find(number(a) + 20).block->address, number(a));
  EXPECT_EQ(arena().find(number(b) - 1).block->address, number(a));
  EXPECT_EQ(arena().find(number(b) + 4096).place, Place::kOutside);
  EXPECT_TRUE(arena().is_live(number(a) + 16, 4));
  EXPECT_FALSE(arena().is_live(number(a) + 16, 5));
  EXPECT_EQ(free(a).result, ReleaseResult::kReleased);
  const Found found = arena().find(number(a) + 3);
  EXPECT_EQ(found.place, Place::kFreed);
  EXPECT_EQ(found.block->free_thread, 1U);
  EXPECT_EQ(found.block->free_site, 0x5678U);
  EXPECT_EQ(found.block->site, 0x1234U);
  EXPECT_EQ(static_cast<unsigned char>(a[19]), Arena::kFreedPattern);
  EXPECT_EQ(arena().find(number(b)).place, Place::kLive);
}

TEST_F(ArenaTest, WrongReleasesAreToldApart) {
  char* a = get(0, 32);
  EXPECT_EQ(free(a + 8).result, ReleaseResult::kNotABlock);
  EXPECT_EQ(free(a + 8).block->address, number(a));
  int local = 0;
  EXPECT_EQ(free(&local).result, ReleaseResult::kNotABlock);
  EXPECT_EQ(free(&local).block, nullptr);
  EXPECT_EQ(free(a, AllocationKind::kNew).result, ReleaseResult::kMismatched);
  EXPECT_EQ(free(a).result, ReleaseResult::kDoubleFree);
  EXPECT_EQ(arena().live_blocks(), 0U);
}

TEST_F(ArenaTest, FreedBlocksAreNotReusedWithinAnExecution) {
  char* a = get(0, 32);
  free(a);
  char* b = get(0, 32);
  EXPECT_NE(a, b);
  arena().reset();
  EXPECT_EQ(get(0, 32), a);
  EXPECT_EQ(arena().find(number(a)).place, Place::kLive);
  EXPECT_EQ(arena().find(number(b)).place, Place::kOutside);
}

TEST_F(ArenaTest, UnseenWritesShowInThePattern) {
  char* a = get(0, 21);
  BlockInfo& block = *arena().find(number(a)).block;
  a[21] = 'x';
  EXPECT_EQ(Arena::first_damage(block), number(a) + 21);
  a[21] = static_cast<char>(Arena::kPaddingPattern);
  free(a);
  EXPECT_EQ(Arena::first_damage(block), 0U);
  a[5] = 'x';
  EXPECT_EQ(Arena::first_damage(block), number(a) + 5);
}

TEST_F(ArenaTest, TheBudgetIsKept) {
  ASSERT_TRUE(arena().start(1 << 20));
  EXPECT_NE(get(0, 1 << 19), nullptr);
  EXPECT_EQ(get(1, 1 << 19), nullptr);
  EXPECT_NE(get(1, (1 << 19) - 32), nullptr);
  EXPECT_EQ(arena().bytes_allocated(), std::size_t{1} << 20);
  EXPECT_EQ(get(1, 0), nullptr);
  EXPECT_EQ(get(1, ~std::size_t{0}), nullptr);
  arena().reset();
  EXPECT_NE(get(1, (1 << 20) - 16), nullptr);
  arena().start();
}

}  // namespace
}  // namespace heddle::runtime
