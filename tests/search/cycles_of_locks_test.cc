// SPDX-License-Identifier: Apache-2.0
// Known locks and algorithms as abstract programs whose state graphs are built breadth-first: what
// is known of their livelocks, starvation and bypasses must come out.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <functional>
#include <vector>

#include "checker/search/fair_cycles.h"
#include "checker/search/wait_bounds.h"

namespace heddle::test {
namespace {

using search::Bound;
using search::ChoiceKind;
using search::CycleOptions;
using search::Profile;
using search::StateGraph;

constexpr search::ObjectId kLock = 1;
constexpr CycleOptions kRandom{.choices = CycleOptions::Choices::kRandom};

/// Program counters, tickets, locks: what they are is up to the model.
using Memory = std::array<std::uint8_t, 8>;

struct Move {
  Memory to;
  bool progress = false;
  bool acquires = false;  ///< kLock.
  std::uint16_t outcome = 0;
  ChoiceKind choice = ChoiceKind::kNone;
};

struct Model {
  base::ThreadId threads;
  Memory initial{};
  std::function<std::vector<Move>(const Memory&, base::ThreadId)> moves;
  std::function<void(const Memory&, Profile&)> complete = [](const Memory&, Profile&) {};
};

/// All states, breadth-first. Threads that `complete` leaves enabled take their moves.
StateGraph build(const Model& model) {
  StateGraph graph;
  std::vector<Memory> memories;
  const auto intern = [&](const Memory& memory) {
    const auto [state, added] = graph.intern({std::bit_cast<std::uint64_t>(memory), 0});
    if (!added) return state;
    memories.push_back(memory);
    Profile profile;
    for (base::ThreadId thread = 0; thread < model.threads; ++thread) {
      profile.unfinished |= 1u << thread;
      profile.enabled |= model.moves(memory, thread).empty() ? 0u : 1u << thread;
    }
    model.complete(memory, profile);
    graph.set_profile(state, profile);
    return state;
  };
  intern(model.initial);
  for (search::StateId state = 0; state < memories.size(); ++state) {
    const Memory memory = memories[state];
    for (base::ThreadId thread = 0; thread < model.threads; ++thread) {
      if ((graph.profile(state).enabled >> thread & 1) == 0) continue;
      for (const Move& move : model.moves(memory, thread)) {
        search::Step step;
        step.to = intern(move.to);
        step.thread = static_cast<std::uint8_t>(thread);
        step.progress = move.progress;
        step.writes = move.to != memory;
        step.choice = move.choice;
        step.outcome = move.outcome;
        const std::vector<search::ObjectId> acquired(move.acquires ? 1 : 0, kLock);
        graph.add_step(state, step, acquired);
      }
    }
    graph.mark_expanded(state);
  }
  return graph;
}

Memory with(Memory memory, std::size_t place, int value) {
  memory[place] = static_cast<std::uint8_t>(value);
  return memory;
}

/// Memory: a program counter each (0 wants the lock, 1 has it), and the lock at place 7.
std::vector<Move> lock_moves(const Memory& memory, base::ThreadId self, bool spins) {
  if (memory[self] == 1) return {{.to = with(with(memory, self, 0), 7, 0), .progress = true}};
  if (memory[7] == 0) return {{.to = with(with(memory, self, 1), 7, 1), .acquires = true}};
  return spins ? std::vector<Move>{{.to = memory}} : std::vector<Move>{};
}

void wait_where_zero(const Memory& memory, Profile& profile) {
  for (base::ThreadId thread = 0; thread < 7; ++thread) {
    if ((profile.unfinished >> thread & 1) == 0 || memory[thread] != 0) continue;
    profile.waits.push_back({thread, kLock});
    profile.strong |= 1u << thread;
  }
}

TEST(Locks, TestAndSetStarves) {
  Model model{3};
  model.moves = [](const Memory& memory, base::ThreadId self) {
    return lock_moves(memory, self, true);
  };
  model.complete = [](const Memory& memory, Profile& profile) {
    wait_where_zero(memory, profile);
    profile.strong = 0;
  };
  const StateGraph graph = build(model);
  EXPECT_FALSE(search::find_livelock(graph, {}));
  for (base::ThreadId victim = 0; victim < 3; ++victim) {
    const auto lasso = search::find_starvation(graph, {}, victim);
    ASSERT_TRUE(lasso);
    EXPECT_EQ(lasso->fair_by_steps, 7u);
  }
  EXPECT_FALSE(search::worst_by_object(search::find_wait_bounds(graph))[0].bypasses);
}

TEST(Locks, AMutexDoesNotIfItIsFair) {
  Model model{3};
  model.moves = [](const Memory& memory, base::ThreadId self) {
    return lock_moves(memory, self, false);
  };
  model.complete = wait_where_zero;
  const StateGraph graph = build(model);
  EXPECT_EQ(graph.state_count(), 4u);
  EXPECT_FALSE(search::find_livelock(graph, {}));
  EXPECT_FALSE(search::find_starvation(graph, {}, 0));
  EXPECT_TRUE(search::find_starvation(graph, {.fair_locks = false}, 0)) << "others barge in";
}

/// Memory: 0 draws a ticket, 1 waits for its turn, 2 has the lock; tickets from place 3; next at 6,
/// serving at 7.
StateGraph ticket_lock(bool doorway_counts) {
  Model model{3};
  model.moves = [](const Memory& memory, base::ThreadId self) -> std::vector<Move> {
    const auto after = [](std::uint8_t ticket) { return (ticket + 1) % 4; };
    if (memory[self] == 0) {
      return {{.to = with(with(with(memory, self, 1), 3 + self, memory[6]), 6, after(memory[6]))}};
    }
    if (memory[self] == 2) {
      const Memory cleared = with(with(memory, self, 0), 3 + self, 0);
      return {{.to = with(cleared, 7, after(memory[7])), .progress = true}};
    }
    if (memory[3 + self] != memory[7]) return {{.to = memory}};
    return {{.to = with(memory, self, 2), .acquires = true}};
  };
  model.complete = [doorway_counts](const Memory& memory, Profile& profile) {
    for (base::ThreadId thread = 0; thread < 3; ++thread) {
      if (memory[thread] == 1 || (doorway_counts && memory[thread] == 0)) {
        profile.waits.push_back({thread, kLock});
      }
    }
  };
  return build(model);
}

TEST(Locks, ATicketIsPassedByTwoOthersAtMost) {
  const StateGraph graph = ticket_lock(false);
  EXPECT_FALSE(search::find_livelock(graph, {}));
  for (base::ThreadId victim = 0; victim < 3; ++victim) {
    EXPECT_FALSE(search::find_starvation(graph, {}, victim));
  }
  const search::WaitBound bound = search::worst_by_object(search::find_wait_bounds(graph))[0];
  EXPECT_EQ(bound.bypasses, Bound(2));
  EXPECT_FALSE(bound.steps) << "others spin";
  const auto from_doorway = search::find_wait_bounds(ticket_lock(true));
  EXPECT_FALSE(from_doorway[0].bypasses) << "before it has drawn its ticket";
}

/// Two threads, two try_locks. 0: takes its first lock (waits while it is taken), 1: tries the
/// second, 2: has both, 3: gives the first back. Owners + 1 at places 4 and 5.
StateGraph try_locks(bool ordered) {
  Model model{2};
  model.moves = [ordered](const Memory& memory, base::ThreadId self) -> std::vector<Move> {
    const std::size_t first = ordered || self == 0 ? 4 : 5;
    const std::size_t second = 9 - first;
    const int mine = static_cast<int>(self) + 1;
    switch (memory[self]) {
      case 0:
        if (memory[first] != 0) return {};
        return {{.to = with(with(memory, self, 1), first, mine)}};
      case 1:
        if (memory[second] != 0) return {{.to = with(memory, self, 3)}};
        return {{.to = with(with(memory, self, 2), second, mine)}};
      case 2:
        return {{.to = with(with(with(memory, self, 0), first, 0), second, 0), .progress = true}};
      default:
        return {{.to = with(with(memory, self, 0), first, 0)}};
    }
  };
  model.complete = wait_where_zero;
  return build(model);
}

TEST(Locks, PoliteTryLocksLivelockUnlessOrdered) {
  const auto lasso = search::find_livelock(try_locks(false), {});
  ASSERT_TRUE(lasso);
  EXPECT_TRUE(lasso->writes);
  EXPECT_EQ(lasso->fair_by_steps, 3u);
  EXPECT_EQ(lasso->cycle.size(), 6u);
  EXPECT_FALSE(search::find_livelock(try_locks(true), {}));
}

/// Lehmann & Rabin, POPL 1981, three philosophers who are always hungry. Program counter: 0 draws a
/// side, 1 + s waits for that fork, 3 + s tries the other one, 5 + s gives the first back, 7 eats.
/// Fork i at place 4 + i, the left one of philosopher i.
std::vector<Move> philosopher(const Memory& memory, base::ThreadId self) {
  const std::size_t forks[] = {4 + self, 4 + (self + 1) % 3};
  const int counter = memory[self];
  if (counter == 0) {
    std::vector<Move> moves;
    for (const std::uint16_t side : {std::uint16_t{0}, std::uint16_t{1}}) {
      moves.push_back(
          {.to = with(memory, self, 1 + side), .outcome = side, .choice = ChoiceKind::kRandom});
    }
    return moves;
  }
  if (counter == 7) {
    return {{.to = with(with(with(memory, self, 0), forks[0], 0), forks[1], 0), .progress = true}};
  }
  const int side = (counter - 1) % 2;
  const std::size_t first = forks[side];
  const std::size_t second = forks[1 - side];
  if (counter <= 2) {
    if (memory[first] != 0) return {{.to = memory}};
    return {{.to = with(with(memory, self, 3 + side), first, 1)}};
  }
  if (counter <= 4) {
    if (memory[second] != 0) return {{.to = with(memory, self, 5 + side)}};
    return {{.to = with(with(memory, self, 7), second, 1)}};
  }
  return {{.to = with(with(memory, self, 0), first, 0)}};
}

TEST(Philosophers, RandomOnesEatWithProbabilityOneThoughNotAllOfThem) {
  Model model{3};
  model.moves = philosopher;
  const StateGraph graph = build(model);
  EXPECT_TRUE(search::find_livelock(graph, {})) << "all of them always try the left fork first";
  EXPECT_FALSE(search::find_livelock(graph, kRandom));
  EXPECT_TRUE(search::find_starvation(graph, kRandom, 0));
}

/// Thread 0 is low and has the lock now and then, 1 is medium and computes once the lock was asked
/// for, 2 is high and wants the lock. Under priorities the most urgent able thread goes on; with
/// inheritance the owner is as urgent as who waits for it.
StateGraph inversion(bool priorities, bool inheritance) {
  Model model{3};
  model.moves = [](const Memory& memory, base::ThreadId self) -> std::vector<Move> {
    if (self != 1) {
      // Before it asks for the lock the urgent thread waits until the other one has it.
      if (self == 2 && memory[6] == 0) {
        if (memory[0] != 1) return {};
        return {{.to = with(memory, 6, 1)}};
      }
      return lock_moves(memory, self, false);
    }
    if (memory[6] == 0) return {};
    return {{.to = with(memory, 1, 1 - memory[1]), .progress = true}};
  };
  model.complete = [=](const Memory& memory, Profile& profile) {
    const bool waits = memory[6] == 1 && memory[2] == 0;
    if (waits) profile.waits = {{2, kLock}};
    profile.strong = 5;
    if (!priorities) return;
    profile.priorities = {0, 1, 2};
    const bool inherits = inheritance && waits && memory[0] == 1;
    const std::uint64_t order[] = {inherits ? 5u : 4u, 2u, 1u};
    for (const std::uint64_t level : order) {
      if ((profile.enabled & level) == 0) continue;
      profile.enabled &= level;
      break;
    }
  };
  return build(model);
}

TEST(Priorities, InversionStarvesTheUrgentThreadAndInheritanceHelps) {
  const StateGraph inverted = inversion(true, false);
  const auto lasso = search::find_starvation(inverted, {}, 2);
  ASSERT_TRUE(lasso);
  EXPECT_EQ(lasso->progressing, 2u);
  EXPECT_EQ(lasso->fair_by_disabled, 5u);
  EXPECT_FALSE(search::find_wait_bounds(inverted)[0].inverted);

  const StateGraph inheriting = inversion(true, true);
  EXPECT_FALSE(search::find_starvation(inheriting, {}, 2));
  EXPECT_EQ(search::find_wait_bounds(inheriting)[0].inverted, Bound(1));

  const StateGraph without = inversion(false, false);
  EXPECT_FALSE(search::find_starvation(without, {}, 2)) << "a fair scheduler lets the owner go on";
}

}  // namespace
}  // namespace heddle::test
