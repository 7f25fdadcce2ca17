// SPDX-License-Identifier: Apache-2.0
// What is left of the search: taken out, given away in part, and taken up again elsewhere.
//
// An item needs its level's graph up to its event only, and finds it there whatever became of the
// items above it; so any of them can be taken out of the list. Their order stays.
#include <algorithm>

#include "checker/base/check.h"
#include "checker/search/exhaustive.h"

namespace heddle::search {

using base::EventId;
using graph::Event;
using graph::ExecutionGraph;

namespace {

/// The level with the part of its graph that the items need. The write of a read-modify-write may
/// be gone, cut off for an alternative that was inconsistent; but a plan makes both events or none,
/// so it is added again. Whoever takes up an item of that read cuts it off, as it would have been
/// here.
WorkLevel level_of(const ExecutionGraph& graph, std::vector<WorkItem> items,
                   const std::set<std::uint64_t>& skipped) {
  std::uint32_t last = 0;
  for (const WorkItem& item : items) last = std::max(last, graph.event(item.event).stamp);
  ExecutionGraph part;
  part.copy_from(graph);
  part.cut(last + 1);
  const EventId id = part.by_stamp(last);
  if (part.event(id).has_write) part.add_rmw_write(id.thread());
  WorkLevel level = make_level(part, std::move(items));
  level.skipped.assign(skipped.begin(), skipped.end());
  return level;
}

}  // namespace

Work ExhaustiveSearch::export_work() const {
  Work work;
  work.whole = !started_;
  work.levels = imported_;
  if (work.whole) work.skipped.assign(skipped_.begin(), skipped_.end());
  for (std::size_t k = 0; started_ && k <= depth_; ++k) {
    const Level& level = *levels_[k];
    if (!level.items.empty()) work.levels.push_back(level_of(level.graph, level.items, skipped_));
  }
  return work;
}

void ExhaustiveSearch::import_work(Work work) {
  HEDDLE_CHECK(imported_.empty() && depth_ == 0 && top().items.empty());
  started_ = !work.whole;
  imported_ = std::move(work.levels);
  skipped_ = {work.skipped.begin(), work.skipped.end()};
}

bool ExhaustiveSearch::rebuilt(const ExecutionGraph& graph) {
  HEDDLE_CHECK(depth_ == 0 && top().items.empty() && !imported_.empty());
  const WorkLevel& level = imported_.back();
  if (graph.stamps() < level.notes.size()) return false;
  ExecutionGraph& mine = current();
  mine.copy_from(graph);
  mine.cut(static_cast<std::uint32_t>(level.notes.size()));
  std::vector<EventId> order;
  for (const WorkLevel::Note& note : level.notes) order.push_back(note.event);
  if (!mine.reorder(order)) return false;
  for (const WorkLevel::Note& note : level.notes) {
    Event& event = mine.mutable_event(note.event);
    event.revisits = note.revisits;
    event.revisited = note.revisited;
    event.maximal = note.maximal;
    event.operation.fingerprint = note.fingerprint;
    event.operation.memory = note.memory;
    event.operation.effects = note.effects;
  }
  if (digest_of(mine) != level.digest) return false;
  const auto is_there = [&](const WorkItem& item) {
    return item.event.is_event() && item.event.thread() < base::kMaxThreads &&
           item.event.index() < mine.size(item.event.thread());
  };
  if (!std::all_of(level.items.begin(), level.items.end(), is_there)) return false;
  top().items = level.items;
  top().shared = 0;
  skipped_ = {level.skipped.begin(), level.skipped.end()};
  imported_.pop_back();
  rebuilt_ = true;
  return true;
}

std::size_t ExhaustiveSearch::left() const {
  std::size_t count = started_ ? 0 : 1;
  for (const WorkLevel& level : imported_) count += level.items.size();
  for (std::size_t k = 0; k <= depth_; ++k) count += levels_[k]->items.size();
  return count;
}

/// As if it had not begun: what it has added goes away, with all alternatives to that. A graph that
/// ends in the middle of an execution may hold what a thread did before it was found to spin, and
/// whoever goes on could not add that again.
void ExhaustiveSearch::interrupt() {
  waiting_.clear();
  depth_ = beginning_.depth;
  top().items.resize(beginning_.items);
  note_change(beginning_.events);
  current().cut(beginning_.events);
  if (beginning_.events == 0) {
    HEDDLE_CHECK(depth_ == 0 && imported_.empty());
    started_ = false;
    return;
  }
  const EventId last = graph().by_stamp(beginning_.events - 1);
  push({ItemKind::kContinue, false, last, EventId::none(), EventId::none()});
}

Work ExhaustiveSearch::give_away() {
  Work work;
  if (!started_ || left() < 2) return work;
  if (imported_.size() + (depth_ > 0 || !top().items.empty() ? 1 : 0) > 1) {
    work.levels.push_back(std::move(imported_.front()));
    imported_.erase(imported_.begin());
  } else if (!imported_.empty()) {
    work.levels.push_back(take_half(imported_.front()));
  } else {
    std::size_t k = 0;
    while (levels_[k]->items.empty()) ++k;
    std::vector<Item>& items = levels_[k]->items;
    const auto half = items.begin() + static_cast<std::ptrdiff_t>((items.size() + 1) / 2);
    work.levels.push_back(level_of(levels_[k]->graph, {items.begin(), half}, skipped_));
    items.erase(items.begin(), half);
  }
  return work;
}

}  // namespace heddle::search
