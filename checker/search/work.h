// SPDX-License-Identifier: Apache-2.0
// What is left of an exhaustive search, as data that another process can go on with.
//
// The search's stack is a list of levels: a graph and alternatives to it. Nothing else is needed to
// go on, and alternatives do not depend on each other, so any part of them is work of its own. A
// graph is kept as the plan that leads to it (replay.h): whoever goes on runs the program once
// under the plan and gets the graph with locations, values and states as they are named in that
// process. What a plan does not say is kept beside it: the order in which the search has added the
// events, and its flags. A digest tells whether the graph is the same again.
//
// An alternative is known by its key: a hash of what it changes and of the events before that. No
// graph is reached twice, so no key comes twice. Whoever goes on with work of which a part has been
// given away since, later than the work was written down, skips those keys.
//
// Threads are named by their ids; so both processes must number them alike. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checker/graph/execution_graph.h"
#include "checker/search/replay.h"

namespace heddle::search {

/// An alternative to a graph: an event that is changed, and what was added after it goes away.
struct WorkItem {
  enum class Kind : std::uint8_t {
    kSource,        ///< `event` reads from `source`.
    kSpurious,      ///< The same, and the compare-exchange fails spuriously.
    kPlace,         ///< `event` goes after `source` in mo.
    kOutcome,       ///< `event` is a choice with outcome `source`.
    kRevisit,       ///< `read` is revisited by the write `event`, placed after `source` in mo.
    kTakenRevisit,  ///< The same by the write part of the rmw whose read `event` reads `source`.
    kContinue       ///< None: `event` is the last before those of an interrupted execution.
  };
  Kind kind = Kind::kSource;
  bool spurious = false;  ///< Revisits: the revisited weak compare-exchange fails.
  base::EventId event;
  base::EventId source;
  base::EventId read;
  bool operator==(const WorkItem&) const = default;
};

struct WorkLevel {
  /// What the search has noted about an event, in the order of addition.
  struct Note {
    base::EventId event;
    base::EventId revisits;
    bool revisited = false;
    bool maximal = false;
    std::uint64_t fingerprint = 0;  ///< These three as in graph::Operation: they depend on the
    std::uint64_t memory = 0;       ///< order in which the events were added.
    std::uint32_t effects = 0;
    bool operator==(const Note&) const = default;
  };
  Plan plan;
  std::vector<Note> notes;
  std::uint64_t digest = 0;         ///< Of the graph, by digest_of().
  std::vector<WorkItem> items;      ///< The last one comes first.
  std::vector<std::uint64_t> keys;  ///< Of the items.
  /// Keys of alternatives, of these or of what comes of them, that others have.
  std::vector<std::uint64_t> skipped;
  bool operator==(const WorkLevel&) const = default;
};

/// The last level comes first. A search that has not begun is `whole`.
struct Work {
  bool whole = false;
  std::vector<WorkLevel> levels;
  std::vector<std::uint64_t> skipped;  ///< As in WorkLevel, of a search that is `whole`.

  bool empty() const { return !whole && levels.empty(); }
  std::size_t items() const;
  bool operator==(const Work&) const = default;
};

/// The graph, and alternatives of its events. O(events x items).
WorkLevel make_level(const graph::ExecutionGraph& graph, std::vector<WorkItem> items);

/// Of the event's alternative and all events added before it. O(events).
std::uint64_t key_of(const graph::ExecutionGraph& graph, const WorkItem& item);

/// Others have the alternatives with these keys now.
void skip(const std::vector<std::uint64_t>& keys, Work* work);

/// The first half of the items, and what they need; they are taken out of `level`.
WorkLevel take_half(WorkLevel& level);

/// Of events, sources and modification order; not of values, which may be addresses. O(events).
std::uint64_t digest_of(const graph::ExecutionGraph& graph);

/// Numbers in decimal, separated by spaces.
std::string to_text(const Work& work);
/// Inverse of to_text. Throws std::invalid_argument if the text is none.
Work work_from_text(std::string_view text);

/// Follows the plan of a level and stops there.
class RebuildSearch : public ReplaySearch {
 public:
  explicit RebuildSearch(const WorkLevel& level)
      : ReplaySearch(level.plan), steps_(level.plan.schedule.size()) {}
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override {
    if (diverged() || taken_ == steps_) return kNoThread;
    ++taken_;
    return ReplaySearch::choose_thread(pending, current);
  }

 private:
  std::size_t steps_;
  std::size_t taken_ = 0;
};

}  // namespace heddle::search
