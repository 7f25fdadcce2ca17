// SPDX-License-Identifier: Apache-2.0
// Reachability of blocks laid out in a buffer of the test.
#include "checker/detect/leak.h"

#include <gtest/gtest.h>

#include <array>

namespace heddle::detect {
namespace {

/// Words of memory; block i is [16 * i, 16 * i + 8) words.
class Leaks : public testing::Test {
 protected:
  std::uintptr_t address(std::size_t word) const {
    return reinterpret_cast<std::uintptr_t>(&memory_[word]);
  }
  Block block(std::size_t number) const { return {address(16 * number), 64}; }
  void point(std::size_t from_block, std::size_t to_block, std::size_t word = 0) {
    memory_[16 * from_block + word] = address(16 * to_block);
  }
  std::vector<std::size_t> leaked(std::vector<std::size_t> numbers, bool indirect = false) {
    blocks_.clear();
    for (std::size_t number : numbers) {
      blocks_.push_back(block(number));
    }
    const MemoryRange root{reinterpret_cast<std::uintptr_t>(root_.data()),
                           reinterpret_cast<std::uintptr_t>(root_.data() + root_.size())};
    std::vector<std::size_t> result;
    for (const Leak& leak : scanner_.scan(blocks_, std::span(&root, 1))) {
      if (leak.indirect == indirect) {
        result.push_back(numbers[leak.block]);
      }
    }
    return result;
  }

  std::array<std::uintptr_t, 16 * 64> memory_{};
  std::array<std::uintptr_t, 4> root_{};
  std::vector<Block> blocks_;
  LeakScanner scanner_;
};

using Numbers = std::vector<std::size_t>;

TEST_F(Leaks, what_roots_lead_to_is_no_leak) {
  root_[3] = address(0);
  point(0, 1, 7);
  point(1, 2);
  EXPECT_EQ(leaked({2, 1, 0}), Numbers{});
  root_[3] = 0;
  EXPECT_EQ(leaked({2, 1, 0}), Numbers{0});
  EXPECT_EQ(leaked({2, 1, 0}, true), (Numbers{2, 1}));
}

TEST_F(Leaks, pointers_into_a_block_count_and_behind_it_do_not) {
  root_[0] = address(0) + 63;
  EXPECT_EQ(leaked({0}), Numbers{});
  root_[0] = address(0) + 64;
  EXPECT_EQ(leaked({0}), Numbers{0});
  root_[0] = address(0) - 1;
  EXPECT_EQ(leaked({0}), Numbers{0});
}

TEST_F(Leaks, an_empty_block_is_reached_by_its_beginning) {
  blocks_ = {{address(5), 0}};
  root_[1] = address(5);
  const MemoryRange root{reinterpret_cast<std::uintptr_t>(root_.data()),
                         reinterpret_cast<std::uintptr_t>(root_.data() + 4)};
  EXPECT_TRUE(scanner_.scan(blocks_, std::span(&root, 1)).empty());
  root_[1] = 0;
  EXPECT_EQ(scanner_.scan(blocks_, std::span(&root, 1)).size(), 1u);
}

TEST_F(Leaks, a_lost_list_is_one_direct_leak_in_whatever_order_it_lies) {
  point(1, 3);
  point(3, 2);
  point(2, 0);
  EXPECT_EQ(leaked({0, 1, 2, 3}), Numbers{1});
  EXPECT_EQ(leaked({0, 1, 2, 3}, true), (Numbers{0, 2, 3}));
}

TEST_F(Leaks, a_lost_cycle_is_one_direct_leak) {
  point(1, 2);
  point(2, 1);
  EXPECT_EQ(leaked({1, 2}).size(), 1u);
  EXPECT_EQ(leaked({1, 2}, true).size(), 1u);
}

TEST_F(Leaks, a_cycle_that_another_leak_leads_to_is_indirect) {
  point(0, 1);
  point(1, 0);
  point(5, 1);
  EXPECT_EQ(leaked({0, 1, 5}), Numbers{5});
}

TEST_F(Leaks, words_that_are_no_pointers) {
  root_ = {1, 0xffffffffffffffff, 42, address(0) / 2};
  EXPECT_EQ(leaked({0, 1}), (Numbers{0, 1}));
  EXPECT_EQ(leaked({}), Numbers{});
}

TEST_F(Leaks, a_root_that_is_not_aligned_is_read_by_aligned_words) {
  root_[1] = address(0);
  blocks_ = {block(0)};
  const auto begin = reinterpret_cast<std::uintptr_t>(root_.data());
  const MemoryRange around{begin + 3, begin + 16};
  const MemoryRange cut{begin + 3, begin + 15};
  EXPECT_TRUE(scanner_.scan(blocks_, std::span(&around, 1)).empty());
  EXPECT_EQ(scanner_.scan(blocks_, std::span(&cut, 1)).size(), 1u);
}

}  // namespace
}  // namespace heddle::detect
