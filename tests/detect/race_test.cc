// SPDX-License-Identifier: Apache-2.0
// The race shadow: what conflicts, byte by byte, what is ordered, and that nothing is forgotten.
#include "checker/detect/race.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace heddle::detect {
namespace {

constexpr std::uintptr_t kAddress = 0x7f0012345678;

/// Threads with happens-before clocks as the graph gives them: an edge is made by `send`.
class Execution {
 public:
  Execution() { shadow.begin_execution(); }

  bool access(unsigned thread, AccessKind kind, std::uintptr_t address = kAddress,
              std::size_t size = 4, std::uintptr_t site = 1) {
    conflict = {};
    return shadow.access(thread, clocks[thread].data(), clocks[thread][thread], address, size, kind,
                         site, &conflict);
  }
  /// One event of `from`, then one of `to` that happens after it.
  void send(unsigned from, unsigned to) {
    ++clocks[from][from];
    for (unsigned u = 0; u < clocks[to].size(); ++u) {
      clocks[to][u] = std::max(clocks[to][u], clocks[from][u]);
    }
    ++clocks[to][to];
  }

  RaceShadow shadow;
  Conflict conflict;
  std::array<std::array<std::uint32_t, 64>, 64> clocks{};
};

TEST(RaceShadow, conflicts_of_unordered_accesses) {
  using enum AccessKind;
  const std::array kinds{kRead, kWrite, kAtomicRead, kAtomicWrite, kFree};
  for (AccessKind first : kinds) {
    for (AccessKind second : kinds) {
      Execution run;
      EXPECT_FALSE(run.access(0, first));
      const bool reads =
          (first == kRead || first == kAtomicRead) && (second == kRead || second == kAtomicRead);
      const bool atomics = (first == kAtomicRead || first == kAtomicWrite) &&
                           (second == kAtomicRead || second == kAtomicWrite);
      EXPECT_EQ(run.access(1, second), !reads && !atomics) << verb(first) << verb(second);
      EXPECT_EQ(run.conflict.race, !reads && !atomics);
      EXPECT_EQ(run.conflict.after_free, first == kFree || second == kFree);
    }
  }
}

TEST(RaceShadow, reports_both_sides) {
  Execution run;
  run.send(0, 5);
  run.access(0, AccessKind::kWrite, kAddress, 4, 0x7fffdeadbeef);
  EXPECT_TRUE(run.access(63, AccessKind::kRead, kAddress + 2, 1, 22));
  EXPECT_EQ(run.conflict.address, kAddress + 2);
  EXPECT_EQ(run.conflict.earlier.thread, 0u);
  EXPECT_EQ(run.conflict.earlier.epoch, 1u);
  EXPECT_EQ(run.conflict.earlier.site, 0x7fffdeadbeefu);
  EXPECT_EQ(run.conflict.earlier.kind, AccessKind::kWrite);
  EXPECT_EQ(run.conflict.later.thread, 63u);
  EXPECT_EQ(run.conflict.later.site, 22u);
  EXPECT_EQ(run.conflict.later.kind, AccessKind::kRead);
}

TEST(RaceShadow, an_edge_orders_only_what_came_before_it) {
  Execution run;
  run.access(0, AccessKind::kWrite);
  run.send(0, 1);
  EXPECT_FALSE(run.access(1, AccessKind::kWrite));
  run.access(0, AccessKind::kRead, kAddress + 16);
  EXPECT_TRUE(run.access(1, AccessKind::kWrite, kAddress + 16));
}

TEST(RaceShadow, order_is_transitive_through_a_third_thread) {
  Execution run;
  run.access(0, AccessKind::kWrite);
  run.send(0, 1);
  run.send(1, 2);
  EXPECT_FALSE(run.access(2, AccessKind::kRead));
  EXPECT_TRUE(run.access(3, AccessKind::kRead));
}

TEST(RaceShadow, neighbouring_bytes_do_not_race) {
  Execution run;
  for (unsigned byte = 0; byte < 8; ++byte) {
    EXPECT_FALSE(run.access(byte, AccessKind::kWrite, 0x1000 + byte, 1));
  }
  for (unsigned byte = 0; byte < 8; ++byte) {
    EXPECT_TRUE(run.access(9, AccessKind::kRead, 0x1000 + byte, 1));
    EXPECT_EQ(run.conflict.earlier.thread, byte);
  }
}

TEST(RaceShadow, a_check_compares_and_leaves_nothing) {
  using enum AccessKind;
  Execution run;
  run.access(0, kWrite);
  const std::uint32_t* clock = run.clocks[1].data();
  EXPECT_TRUE(run.shadow.check(1, clock, 0, kAddress, 4, kAtomicRead, 2, &run.conflict));
  EXPECT_TRUE(run.conflict.race);
  EXPECT_FALSE(
      run.shadow.check(0, run.clocks[0].data(), 0, kAddress, 4, kAtomicRead, 2, &run.conflict));
  EXPECT_FALSE(run.shadow.check(1, clock, 0, kAddress + 4, 4, kAtomicWrite, 2, &run.conflict));
  EXPECT_FALSE(run.shadow.permits_atomic(1, clock, kAddress, 4));
  EXPECT_TRUE(run.shadow.permits_atomic(0, run.clocks[0].data(), kAddress, 4));
  EXPECT_TRUE(run.shadow.permits_atomic(1, clock, kAddress + 8, 8));
  run.send(0, 1);
  EXPECT_FALSE(run.access(1, kWrite)) << "the check left no entry that races";
}

TEST(RaceShadow, a_quick_free_is_a_free_and_leaves_conflicts_to_access) {
  using enum AccessKind;
  Execution run;
  run.access(0, kWrite, kAddress, 8);
  run.access(1, kRead, kAddress + 16, 4);
  const auto record_free = [&](unsigned thread, std::size_t size) {
    const std::uint32_t* clock = run.clocks[thread].data();
    return run.shadow.record_free(thread, clock, clock[thread], kAddress, size, 7);
  };
  EXPECT_FALSE(record_free(0, 20)) << "races with the read";
  EXPECT_FALSE(run.access(0, kRead, kAddress, 8)) << "nothing was freed";
  EXPECT_FALSE(record_free(0, 4)) << "frees half of what was accessed";
  run.send(1, 0);
  EXPECT_TRUE(record_free(0, 20));
  EXPECT_TRUE(run.access(0, kRead, kAddress + 19, 1));
  EXPECT_TRUE(run.conflict.after_free);
  EXPECT_FALSE(run.access(0, kRead, kAddress + 20, 4)) << "behind the block";
  EXPECT_FALSE(record_free(0, 20)) << "freed before";
}

TEST(RaceShadow, every_reader_is_remembered) {
  for (unsigned guilty = 1; guilty < 40; ++guilty) {
    Execution run;
    for (unsigned reader = 1; reader < 40; ++reader) {
      run.access(reader, AccessKind::kRead);
      if (reader != guilty) {
        run.send(reader, 0);
      }
    }
    EXPECT_TRUE(run.access(0, AccessKind::kWrite));
    EXPECT_EQ(run.conflict.earlier.thread, guilty);
  }
}

TEST(RaceShadow, a_read_does_not_hide_an_older_write) {
  Execution run;
  run.access(0, AccessKind::kWrite);
  run.access(0, AccessKind::kRead);
  EXPECT_TRUE(run.access(1, AccessKind::kAtomicRead));
  EXPECT_EQ(run.conflict.earlier.kind, AccessKind::kWrite);
}

TEST(RaceShadow, an_atomic_write_does_not_hide_an_older_plain_read) {
  Execution run;
  run.access(0, AccessKind::kRead);
  run.send(0, 1);
  run.access(1, AccessKind::kAtomicWrite);
  EXPECT_TRUE(run.access(2, AccessKind::kAtomicWrite));
  EXPECT_EQ(run.conflict.earlier.kind, AccessKind::kRead);
}

TEST(RaceShadow, ranges_and_unaligned_accesses) {
  Execution run;
  EXPECT_FALSE(run.access(0, AccessKind::kWrite, 0x2003, 100));
  EXPECT_FALSE(run.access(1, AccessKind::kRead, 0x2000, 3));
  EXPECT_FALSE(run.access(1, AccessKind::kRead, 0x2003 + 100, 8));
  EXPECT_TRUE(run.access(1, AccessKind::kRead, 0x2001, 4));
  EXPECT_EQ(run.conflict.address, 0x2003u);
  EXPECT_TRUE(run.access(2, AccessKind::kRead, 0x2000 + 102, 16));
  EXPECT_EQ(run.conflict.address, 0x2000u + 102);
  EXPECT_FALSE(run.access(1, AccessKind::kRead, 0x2000, 0));
}

TEST(RaceShadow, a_range_over_two_regions) {
  constexpr std::uintptr_t kBorder = std::uintptr_t{5} << 22;
  Execution run;
  run.access(0, AccessKind::kWrite, kBorder + 8, 1);
  EXPECT_TRUE(run.access(1, AccessKind::kRead, kBorder - 100, 200));
  EXPECT_EQ(run.conflict.address, kBorder + 8);
}

TEST(RaceShadow, use_after_free_also_when_ordered) {
  Execution run;
  run.access(0, AccessKind::kWrite);
  EXPECT_FALSE(run.access(0, AccessKind::kFree, kAddress - 8, 64));
  EXPECT_TRUE(run.access(0, AccessKind::kRead));
  EXPECT_TRUE(run.conflict.after_free);
  EXPECT_FALSE(run.conflict.race);
  run.send(0, 1);
  EXPECT_TRUE(run.access(1, AccessKind::kWrite));
  EXPECT_FALSE(run.conflict.race);
  EXPECT_TRUE(run.access(1, AccessKind::kRead)) << "a write does not end the free";
  EXPECT_TRUE(run.access(2, AccessKind::kAtomicRead));
  EXPECT_TRUE(run.conflict.race);
  EXPECT_TRUE(run.conflict.after_free);
}

TEST(RaceShadow, a_race_is_preferred_to_an_ordered_use_after_free) {
  Execution run;
  run.access(1, AccessKind::kWrite, 0x3008, 8);
  run.access(0, AccessKind::kFree, 0x3000, 8);
  EXPECT_TRUE(run.access(0, AccessKind::kRead, 0x3000, 16));
  EXPECT_TRUE(run.conflict.race);
  EXPECT_EQ(run.conflict.address, 0x3008u);
}

TEST(RaceShadow, allocation_begins_a_new_life) {
  Execution run;
  run.access(0, AccessKind::kFree, 0x3000, 24);
  EXPECT_FALSE(run.access(1, AccessKind::kAlloc, 0x3000, 12));
  EXPECT_FALSE(run.access(1, AccessKind::kWrite, 0x3000, 12));
  EXPECT_TRUE(run.access(1, AccessKind::kWrite, 0x300c, 4));
  EXPECT_FALSE(run.access(1, AccessKind::kAlloc, 0x40000000, std::size_t{1} << 33));
}

TEST(RaceShadow, executions_do_not_see_each_other) {
  Execution run;
  for (int i = 0; i < 1000; ++i) {
    run.shadow.begin_execution();
    for (unsigned thread = 0; thread < 6; ++thread) {
      EXPECT_FALSE(run.access(thread, AccessKind::kRead, kAddress, 4, thread));
    }
    EXPECT_TRUE(run.access(7, AccessKind::kWrite));
  }
}

/// All accesses kept, compared pairwise: what the shadow must agree with, location by location.
class NaiveShadow {
 public:
  bool access(unsigned thread, const std::uint32_t* clock, std::uint32_t now, unsigned address,
              unsigned size, AccessKind kind) {
    bool found = false;
    for (const Old& old : old_) {
      const bool overlap = old.address < address + size && address < old.address + old.size;
      const bool ordered = old.thread == thread || clock[old.thread] > old.epoch;
      const bool reads = is_read(old.kind) && is_read(kind);
      const bool atomics = is_atomic(old.kind) && is_atomic(kind);
      found |= overlap && !ordered && !reads && !atomics;
    }
    old_.push_back({thread, now, address, size, kind});
    return found;
  }

 private:
  struct Old {
    unsigned thread;
    std::uint32_t epoch;
    unsigned address, size;
    AccessKind kind;
  };
  static bool is_read(AccessKind kind) {
    return kind == AccessKind::kRead || kind == AccessKind::kAtomicRead;
  }
  static bool is_atomic(AccessKind kind) {
    return kind == AccessKind::kAtomicRead || kind == AccessKind::kAtomicWrite;
  }
  std::vector<Old> old_;
};

TEST(RaceShadow, agrees_with_comparing_every_pair_up_to_the_first_race) {
  std::mt19937 random(7);
  auto below = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
  unsigned races = 0;
  RaceShadow shadow;
  for (int round = 0; round < 4000; ++round) {
    shadow.begin_execution();
    NaiveShadow naive;
    Execution clocks;
    const unsigned threads = 2 + below(7);
    const unsigned space = 1 + below(24);
    for (int step = 0; step < 120; ++step) {
      const unsigned t = below(threads);
      if (below(2) == 0) {
        clocks.send(below(threads), t);
        continue;
      }
      const auto kind = static_cast<AccessKind>(below(4));
      const unsigned address = 0x1000 + below(space);
      const unsigned size = 1 + below(12);
      Conflict conflict;
      const auto* clock = clocks.clocks[t].data();
      const bool race = shadow.access(t, clock, clock[t], address, size, kind, 0, &conflict);
      ASSERT_EQ(race, naive.access(t, clock, clock[t], address, size, kind));
      if (race) {
        ++races;
        break;
      }
    }
  }
  EXPECT_GT(races, 1000u);
}

}  // namespace
}  // namespace heddle::detect
