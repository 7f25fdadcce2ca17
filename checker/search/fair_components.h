// SPDX-License-Identifier: Apache-2.0
// Parts of a state graph in which the program can stay for ever under a fair scheduler.
//
// A run that never ends visits some states and takes some steps infinitely often; together they are
// strongly connected. Conversely a strongly connected set of steps C is what some run repeats for
// ever. So a fair run of the wanted kind exists iff a set C exists, reachable, of wanted steps,
// with
//   weak    each thread takes a step in C or is not able to (disabled, ended) in a state of C;
//   strong  each thread that waits at a blocking lock and could go on in a state of C takes a step
//           in C (with fair_locks): its next step is to go on there.
// The strong clauses are Streett pairs (states in which the thread could go on; its steps), and a
// fair C need not be a whole component: it may have to keep out of such states. The search follows
// Emerson & Lei (Science of Computer Programming 8, 1987; better bounds for Streett: Henzinger &
// Telle, SWAT 1996). Of a strongly connected component K of the wanted steps:
//   * A thread that is able to in all states of K and takes no step in it is so in each subset of K
//     too: K holds no fair set, whatever else could be removed from it.
//   * A thread that could go on at its lock in some states of K and takes no step in K takes none
//   in
//     a subset: fair sets keep out of these states. They are removed, the rest is searched anew.
//   * Otherwise K itself is fair. What a set must contain in addition (progress of another thread)
//     is looked for here only: if K lacks it, so does each subset.
// Each search anew has removed a state or a step: at worst quadratic, in practice a few rounds.
//
// Outcomes drawn at random (Choices::kRandom): the scheduler decides who goes on, but not how a
// draw comes out, and every outcome has a chance. What a run repeats for ever is then, with
// probability one, an end component (de Alfaro, "Formal Verification of Probabilistic Systems",
// 1997): a set C as above that holds all outcomes of each draw in it; and in each of them some
// scheduler stays for ever, and is fair with probability one if C is. So a draw one of whose
// outcomes is not wanted or leads out of K is removed from K with all outcomes, until there is
// none. Removing states and unfair sets of an end component commutes with it, since both only ever
// shrink sets.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/search/components.h"
#include "checker/search/state_graph.h"

namespace heddle::search {

inline constexpr base::ThreadId kNoVictim = 0xffffffff;

struct CycleOptions {
  /// A thread at a blocking lock or semaphore that could go on infinitely often does.
  bool fair_locks = true;
  enum class Choices : std::uint8_t {
    kDefault,  ///< Cycles take usual outcomes only: kDefault, and kRandom with outcome 0.
    kRandom,   ///< Outcomes of kRandom steps are drawn; a cycle takes no kOther step.
  };
  Choices choices = Choices::kDefault;
};

/// A fair strongly connected part.
struct FairComponent {
  std::vector<StateId> states;
  std::uint64_t stepping = 0;  ///< Threads that take a step in it.
  bool writes = false;         ///< One of its steps changes shared memory.
};

class FairComponents {
 public:
  /// Without a victim: parts without progress of anyone. With one: parts in which the victim is
  /// unfinished and makes no progress and some other thread does, of no higher priority.
  FairComponents(const StateGraph& graph, const CycleOptions& options, base::ThreadId victim);

  /// All maximal fair parts; they are disjoint. Call once.
  std::vector<FairComponent> find();

  /// Is the step in the part that holds `from`? REQUIRES: after find(), and a state of such a part.
  bool in_part(StateId from, StepId id, const Step& step) const {
    return follows(region_[from], id, step);
  }

  /// Progress of another thread that counts against the victim.
  bool is_progress_of_others(StateId from, const Step& step) const;

 private:
  using Region = std::uint32_t;
  static constexpr Region kNowhere = 0;
  struct Summary {
    std::uint64_t stepping = 0;
    std::uint64_t always_able = ~std::uint64_t{0};
    std::uint64_t strongly_able = 0;
    bool progress_of_others = false;
    bool writes = false;
  };

  bool excluded(const Step& step) const;
  bool follows(Region region, StepId id, const Step& step) const {
    return region_[step.to] == region && !excluded(step) && (dead_.empty() || !dead_[id]);
  }
  bool is_draw(const Step& step) const;
  /// Splits states of one region into components, each a region of its own in `todo_`.
  void split(std::vector<StateId> states);
  /// Decides on one component: fair, none, or to be split again.
  void examine(std::vector<StateId> states);
  bool remove_open_draws(const std::vector<StateId>& states);
  Summary summarise(const std::vector<StateId>& states) const;
  /// Removes the states in which one of `threads` could go on at its lock.
  void keep_out(std::vector<StateId> states, std::uint64_t threads);

  const StateGraph& graph_;
  const CycleOptions options_;
  const base::ThreadId victim_;
  Components components_;
  std::vector<Region> region_;  ///< Of each state: the part of the graph it is looked at with.
  std::vector<bool> dead_;      ///< Of each step: an outcome of a draw that was removed.
  Region regions_ = kNowhere;
  std::vector<std::vector<StateId>> todo_;
  std::vector<FairComponent> fair_;
};

}  // namespace heddle::search
