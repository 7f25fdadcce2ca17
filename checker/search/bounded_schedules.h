// SPDX-License-Identifier: Apache-2.0
// Every schedule with few preemptions, or few delays: first those with none, then those with one,
// and so on; each schedule once. What asks for them runs them: bounded_search.h, bounded.h.
//
// Preemptions: Musuvathi, Qadeer, "Iterative Context Bounding", PLDI 2007. A step costs one if the
// thread that ran last could go on and another one is taken. Delays: Emmi, Qadeer, Rakamaric,
// "Delay-Bounded Scheduling", POPL 2011. Threads are asked in a round from the one that ran last;
// passing over k enabled ones costs k. Outcomes of choices cost nothing.
//
// A schedule is the list of steps at which it leaves the default (cost 0; outcome 0). A run follows
// such a list and then the defaults, and each alternative that it passes after the last entry is a
// schedule to run: on the list of its own cost. So no schedule is run twice, and none is forgotten.
// Lists share their beginnings: a node is one step and its predecessor. They are kept for the whole
// search; beyond a number of nodes the rest is dropped, and no bound is completed any more.
//
// Shards: a list belongs to the shard that its first one or two entries say. Shorter lists, the
// trunk, are run by all of them, before anything else, and count for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/base/ids.h"
#include "checker/search/search.h"

namespace heddle::search {

class BoundedSchedules {
 public:
  enum class Cost : std::uint8_t { kPreemptions, kDelays };
  static constexpr std::size_t kMostNodes = std::size_t{1} << 26;
  struct Shard {
    std::uint32_t index = 0;
    std::uint32_t count = 1;
  };
  BoundedSchedules(Cost cost, std::uint32_t bound, std::size_t most_nodes = kMostNodes)
      : BoundedSchedules(cost, bound, most_nodes, Shard{}) {}
  BoundedSchedules(Cost cost, std::uint32_t bound, std::size_t most_nodes, Shard shard);

  /// The next schedule. False if there is none left within the bound.
  bool next();
  /// The thread of the next step; one of those that are enabled. REQUIRES: there is one.
  base::ThreadId choose(std::span<const PendingOperation> enabled);
  /// The outcome of a choice that is a step of its own.
  std::uint32_t outcome(std::uint32_t options);
  /// `thread` takes a step, whoever chose it.
  void ran(base::ThreadId thread) { last_ = thread; }

  /// The schedule at hand was run: what is asked after that takes defaults, and adds nothing.
  void settle() { settled_ = true; }
  /// The schedule at hand was not run to its end: it comes again, and nothing came of it.
  void interrupt();

  /// Whether the schedule at hand is one of this shard's; else it shows only what comes after it.
  bool counts() const { return path_.size() >= trunk_length_ || owner_ == shard_.index; }
  /// No schedule of the trunk is left: those that come are of this shard only.
  bool beyond_trunk() const { return trunk_.empty() && path_.size() >= trunk_length_; }

  /// What is left, between two schedules: numbers in decimal, separated by spaces. O(nodes).
  std::string to_text() const;
  /// Goes on from there. Throws std::invalid_argument if the text is none. REQUIRES: the same cost,
  /// bound and shard, and no schedule was run.
  void go_on_from(std::string_view text);

  /// All schedules with at most so many preemptions or delays have been run; -1: none yet.
  std::int64_t completed() const { return completed_; }
  /// There are schedules beyond the bound.
  bool cut() const { return cut_; }
  /// Schedules were dropped, or the program did not repeat itself: nothing is complete.
  bool dropped() const { return dropped_; }
  /// Preemptions or delays of the schedule at hand.
  std::uint32_t cost_now() const { return cost_now_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  /// At `step`, the option with index `pick`; before it what `previous` says.
  struct Node {
    std::uint32_t previous;
    std::uint32_t step;
    std::uint32_t pick;
  };
  struct TrunkNode {
    std::uint32_t node;
    std::uint32_t cost;
  };
  bool pop();
  std::uint32_t take(std::uint32_t options);
  void offer(std::uint32_t pick, std::uint32_t cost);
  std::uint32_t cost_of(std::uint32_t pick) const;

  const Cost cost_;
  const std::uint32_t bound_;
  const std::size_t most_nodes_;
  const Shard shard_;
  const std::size_t trunk_length_;  ///< Lists shorter than that are the trunk.
  std::vector<Node> nodes_;
  std::vector<TrunkNode> trunk_;                  ///< Schedules of the trunk that are left.
  std::vector<std::vector<std::uint32_t>> todo_;  ///< All others, by cost.
  std::uint32_t level_ = 0;                       ///< There are none of less cost.
  std::size_t nodes_before_ = 0;                  ///< Those of the schedule at hand come after.
  std::uint32_t owner_ = 0;                       ///< The shard that the list at hand belongs to.
  std::uint32_t cost_now_ = 0;
  std::uint32_t node_ = kNone;
  std::vector<Node> path_;  ///< Of the execution at hand.
  std::size_t on_path_ = 0;
  std::uint32_t step_ = 0;
  bool started_ = false;
  bool settled_ = false;
  bool could_go_on_ = false;  ///< The thread that ran last is enabled.
  std::int64_t completed_ = -1;
  bool cut_ = false;
  bool dropped_ = false;
  bool dropped_before_ = false;
  base::ThreadId last_ = 0;
  std::vector<base::ThreadId> enabled_;  ///< In the order in which they are asked.
};

}  // namespace heddle::search
