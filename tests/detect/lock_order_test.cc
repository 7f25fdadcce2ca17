// SPDX-License-Identifier: Apache-2.0
// Which nestings of locks are warned of, and which cannot hang.
#include "checker/detect/lock_order.h"

#include <gtest/gtest.h>

namespace heddle::detect {
namespace {

std::vector<LockOrderWarning> warnings(const LockHistory& history) {
  return lock_order_warnings(
      history.acquisitions(),
      [](LockId lock) { return std::string(1, static_cast<char>('a' + lock)); },
      [](base::ThreadId thread) { return "T" + std::to_string(thread); });
}

void nest(LockHistory& history, base::ThreadId thread, std::vector<LockId> locks) {
  for (LockId lock : locks) {
    history.acquired(thread, lock, false, 100 * thread + lock);
  }
  for (LockId lock : locks) {
    history.released(thread, lock);
  }
}

TEST(LockOrder, opposite_orders) {
  LockHistory history;
  history.created(0, 1);
  history.created(0, 2);
  nest(history, 1, {0, 1});
  nest(history, 2, {1, 0});
  const auto found = warnings(history);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].text, "lock order: T1 takes a, then b; T2 takes b, then a");
  EXPECT_EQ(found[0].cycle[0].held_site, 100u);
  EXPECT_EQ(found[0].cycle[0].site, 101u);
}

TEST(LockOrder, one_warning_for_one_set_of_locks) {
  LockHistory history;
  for (base::ThreadId thread = 1; thread < 5; ++thread) {
    history.created(0, thread);
    nest(history, thread, {0, 1});
    nest(history, thread, {1, 0});
  }
  EXPECT_EQ(warnings(history).size(), 1u);
}

TEST(LockOrder, same_order_or_one_thread_only) {
  LockHistory history;
  history.created(0, 1);
  nest(history, 0, {0, 1});
  nest(history, 1, {0, 1});
  nest(history, 1, {1, 0});
  EXPECT_EQ(warnings(history).size(), 1u) << "main and T1 may still meet";
  history.clear();
  nest(history, 1, {0, 1});
  nest(history, 1, {1, 0});
  EXPECT_TRUE(warnings(history).empty());
}

TEST(LockOrder, a_gate_lock_protects_unless_it_is_shared) {
  LockHistory history;
  nest(history, 1, {7, 0, 1});
  nest(history, 2, {7, 1, 0});
  EXPECT_TRUE(warnings(history).empty());
  for (base::ThreadId thread : {3u, 4u}) {
    history.acquired(thread, 7, true, 0);
    nest(history, thread, thread == 3 ? std::vector<LockId>{0, 1} : std::vector<LockId>{1, 0});
    history.released(thread, 7);
  }
  EXPECT_EQ(warnings(history).size(), 1u);
}

TEST(LockOrder, creation_and_join_order_nestings) {
  LockHistory history;
  nest(history, 0, {0, 1});
  history.created(0, 1);
  nest(history, 1, {1, 0});
  EXPECT_TRUE(warnings(history).empty());
  history.joined(0, 1);
  nest(history, 0, {0, 1});
  EXPECT_TRUE(warnings(history).empty());
  history.created(0, 2);
  nest(history, 2, {1, 0});
  EXPECT_TRUE(warnings(history).empty()) << "main's nestings are all before";
  nest(history, 0, {0, 1});
  EXPECT_EQ(warnings(history).size(), 1u);
}

TEST(LockOrder, a_cycle_of_three_but_not_with_two_of_its_threads) {
  LockHistory history;
  nest(history, 1, {0, 1});
  nest(history, 2, {1, 2});
  EXPECT_TRUE(warnings(history).empty());
  nest(history, 2, {2, 0});
  EXPECT_TRUE(warnings(history).empty());
  nest(history, 3, {2, 0});
  ASSERT_EQ(warnings(history).size(), 1u);
  EXPECT_EQ(warnings(history)[0].cycle.size(), 3u);
}

TEST(LockOrder, try_lock_and_relocking_do_not_wait) {
  LockHistory history;
  nest(history, 1, {0, 1});
  history.acquired(2, 1, false, 0);
  history.acquired(2, 0, false, 0, false);
  history.released(2, 0);
  history.released(2, 1);
  EXPECT_TRUE(warnings(history).empty());
  history.acquired(2, 0, false, 0);
  nest(history, 2, {1, 0});
  EXPECT_TRUE(warnings(history).empty());
  history.released(2, 0);
  nest(history, 2, {1, 0});
  EXPECT_EQ(warnings(history).size(), 1u);
}

TEST(LockOrder, readers_do_not_block_each_other) {
  LockHistory history;
  auto read_then = [&](base::ThreadId thread, LockId first, LockId second, bool shared) {
    history.acquired(thread, first, true, 0);
    history.acquired(thread, second, shared, 0);
    history.released(thread, second);
    history.released(thread, first);
  };
  read_then(1, 0, 1, true);
  read_then(2, 1, 0, true);
  EXPECT_TRUE(warnings(history).empty());
  read_then(1, 0, 1, false);
  EXPECT_TRUE(warnings(history).empty());
  read_then(2, 1, 0, false);
  EXPECT_EQ(warnings(history).size(), 1u);
}

}  // namespace
}  // namespace heddle::detect
