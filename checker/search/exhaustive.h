// SPDX-License-Identifier: Apache-2.0
// Exhaustive search: every consistent complete execution graph exactly once.
//
// TruSt: Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly Stateless, Optimal Dynamic Partial
// Order Reduction", POPL 2022. An execution grows event by event. A read may take any consistent
// source among the writes present, a write any consistent place in mo; and a new write may REVISIT
// a read added earlier: the graph is cut back to what came before the read plus the causes of the
// write, and the read takes its value from it. A revisit is made only if all that it removes was
// "maximally added" with respect to the write; that picks one of the many ways to reach a graph, so
// none is reached twice, and nothing but a stack of graphs needs to be remembered.
//
// Structure: a stack of levels, each a graph and a work list of alternatives. Forward alternatives
// (a read's other source, a write's other place, a choice's other outcome) cut the level's graph
// back to the event and change it in place. Revisits copy the graph to a new level, or work in
// place when they are the last item of their level. Work lists are last in, first out, so that the
// events that an item needs are still there when it is popped. Levels are pooled: no allocation in
// the steady state. Memory is linear in the length of an execution.
//
// Where this differs from the paper:
//   - the maximal choice is taken without a check, for the models are extensible; alternatives and
//     revisits are checked when popped (consistency.h);
//   - an rmw is two events added at once. Sources that another rmw has taken are consistent only
//     through revisits of that rmw: those are computed when the rmw is added, without adding it;
//   - sync operations are guarded rmws. One whose guard fails on the newest state is not added
//   until
//     it holds; at the end of an execution the ones that never got through are added as `blocked`
//     reads, for their revisits. A read may also become blocked by being revisited;
//   - which thread goes next depends on the graph only: the lowest enabled one.
//
// Known cost: a read that a revisit has blocked stays so in the branch that does not revisit it
// again; such redundant executions (counted as blocked, never reported) are one to two for each
// complete one where locks are contended. "Unblocking DPOR" (CAV 2023) would save them.
//
// An execution = rf and total mo. Entry point: search.h. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "checker/graph/execution_graph.h"
#include "checker/graph/psc.h"
#include "checker/search/search.h"
#include "checker/search/work.h"
#include "heddle/options.h"

namespace heddle::search {

class ExhaustiveSearch : public Search {
 public:
  explicit ExhaustiveSearch(Model model);
  ~ExhaustiveSearch() override;

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return levels_[depth_]->graph; }
  Kept kept() const override { return {static_cast<std::uint32_t>(depth_), lowest_, unchanged_}; }
  std::uint32_t shared(std::uint32_t level) const override;
  bool branched() const override { return branched_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  bool withdraw_blocked(base::ThreadId thread) override;
  void end() override;
  /// Instead of end(): the execution was not run to its end, and begin() begins it again.
  void interrupt();

  /// What is left to explore, between end() and begin(). O(levels x events).
  Work export_work() const;
  /// Makes `work` all that is left; before the first begin(), or when nothing is left. begin() then
  /// returns false whenever a level of it is needed that has to be rebuilt.
  void import_work(Work work);
  /// After begin() returned false: the level to rebuild, by running its plan with a RebuildSearch;
  /// null if nothing is left at all.
  const WorkLevel* to_rebuild() const { return imported_.empty() ? nullptr : &imported_.back(); }
  /// Takes the level over from the graph that its plan has led to. False, and the level stays, if
  /// that is another one: another program, or one that is not deterministic.
  bool rebuilt(const graph::ExecutionGraph& graph);
  /// Gives a part of what is left away: alternatives of the shallowest level, about half of them.
  /// Nothing if there is but one. Between end() and begin().
  Work give_away();
  /// Alternatives on all levels.
  std::size_t left() const;
  /// From now on key() says which alternative the execution at hand began with: key_of() it, 0 if
  /// with none. O(events) for each.
  void know_keys() { knows_keys_ = true; }
  std::uint64_t key() const { return key_; }

  /// Number of levels in use; for statistics.
  std::size_t depth() const { return depth_ + 1; }

 private:
  friend class TreeProbe;  ///< Takes one way through the tree.
  using ItemKind = WorkItem::Kind;
  using Item = WorkItem;
  struct Level {
    graph::ExecutionGraph graph;
    std::vector<Item> items;
    std::uint32_t shared = 0;  ///< First events, by stamp, that are those of the level below.
  };
  /// A write about to revisit: `prefix` is its porf clock, itself included.
  struct Revisitor {
    ItemKind kind;
    base::EventId event;       ///< As in Item.
    base::EventId write;       ///< The write; not in the graph yet for kTakenRevisit.
    base::EventId rmw_source;  ///< Where an rmw's write has to go; none() for a store.
    base::LocationId location;
    std::uint64_t value;
    const std::uint32_t* prefix;
    std::uint32_t taker_stamp;  ///< kTakenRevisit: of the read that has to go or be revisited.
  };
  static constexpr std::uint32_t kNoStamp = 0xffffffff;

  Level& top() { return *levels_[depth_]; }
  graph::ExecutionGraph& current() { return levels_[depth_]->graph; }
  void push(Item item) { top().items.push_back(item); }
  void push_forward(ItemKind kind, base::EventId event, base::EventId source) {
    push({kind, kind == ItemKind::kSpurious, event, source, base::EventId::none()});
    branched_ = true;
  }
  void push_level();
  void note_beginning();
  void note_change(std::uint32_t stamp);

  bool apply(const Item& item);
  bool apply_forward(const Item& item);
  bool apply_revisit(const Item& item);
  void finish_rmw(base::ThreadId thread);

  base::ThreadId tired_thread() const;
  Result execute_access(base::ThreadId thread, const graph::Operation& operation);
  Result execute_store(base::ThreadId thread, const graph::Operation& operation);
  Result execute_choice(base::ThreadId thread, const graph::Operation& operation);
  void offer_older_sources(base::EventId read);
  void offer_source(base::EventId read, base::EventId source);

  void revisit_by(base::EventId write);
  void revisit_through_taken(base::EventId read, base::EventId source,
                             const graph::Evaluation& evaluation);
  void sweep(const Revisitor& by);
  std::uint32_t oldest_candidate(const Revisitor& by) const;
  bool maximally_added(base::EventId id, const Revisitor& by) const;
  void push_revisits(base::EventId read, const Revisitor& by);
  void push_revisit(base::EventId read, base::EventId place, const Revisitor& by);
  bool kept(base::EventId id, std::uint32_t stamp, const Revisitor& by) const;

  const Model model_;
  graph::PscChecker psc_;
  bool started_ = false;
  std::vector<std::unique_ptr<Level>> levels_;
  std::size_t depth_ = 0;
  std::uint32_t lowest_ = 0;  ///< As Kept says.
  std::uint32_t unchanged_ = 0;
  std::vector<WorkLevel> imported_;  ///< Below all levels: explored when those are done.
  bool rebuilt_ = false;             ///< The lowest level was rebuilt and not explored yet.
  std::set<std::uint64_t> skipped_;  ///< Of all levels, as in WorkLevel.
  bool knows_keys_ = false;
  std::uint64_t key_ = 0;
  struct Beginning {
    std::size_t depth = 0;
    std::size_t items = 0;
    std::uint32_t events = 0;
  };
  Beginning beginning_;    ///< What was there when the execution at hand began.
  bool branched_ = false;  ///< The last execute() left forward alternatives.
  struct Waiting {
    base::ThreadId thread;
    graph::Operation operation;
  };
  std::vector<Waiting> waiting_;  ///< Sync operations that were not enabled when nothing else was.
};

}  // namespace heddle::search
