// SPDX-License-Identifier: Apache-2.0
// Which edges can be changed, and the order of steps that a change leads to.
#include "checker/search/near.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "checker/search/replay.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;
using graph::Operation;

namespace {

constexpr std::size_t kMostBefore = 6;  ///< Operations on an object that one is put in front of.

bool is_sync_read(const Event& event) {
  return graph::is_sync(event) && event.kind == EventKind::kRead;
}

/// Whether `first` is before `second` in sb | rf, the own rf of `second` left out.
bool before(const ExecutionGraph& graph, EventId first, EventId second) {
  if (first.thread() == second.thread()) return first.index() < second.index();
  return second.index() < graph.size(second.thread()) &&
         graph.porf(second)[first.thread()] > first.index();
}

class Changes {
 public:
  Changes(const ExecutionGraph& graph, std::size_t most) : graph_(graph), most_(most) {
    make_plan(graph, &order_);
  }

  std::vector<Change> make(std::span<const WaitingThread> waiting) {
    for (const WaitingThread& one : waiting) {
      const std::uint32_t size = graph_.size(one.thread);
      const bool has_it = size != 0 && graph_.last(one.thread).blocked;
      put_before_others({one.thread, has_it ? size - 1 : size}, one.location, order_.size());
    }
    for (std::size_t at = order_.size(); at-- > 0 && changes_.size() < most_;) {
      add(order_[at], at);
    }
    changes_.resize(std::min(changes_.size(), most_));
    return std::move(changes_);
  }

 private:
  void add(EventId id, std::size_t at) {
    const Event& event = graph_.event(id);
    if (event.kind == EventKind::kChoice) {
      for (std::uint64_t outcome = 0; outcome < std::min<std::uint64_t>(event.operation.operand, 4);
           ++outcome) {
        if (outcome != event.value) {
          changes_.push_back({Change::Kind::kOutcome, id, EventId::none(), outcome});
        }
      }
    } else if (is_sync_read(event)) {
      put_before_others(id, event.location, at);
    } else if (event.kind == EventKind::kRead) {
      add_sources(id, event);
    } else if (event.kind == EventKind::kWrite && !event.rmw_write && !graph::is_sync(event)) {
      const EventId previous = event.mo_previous;
      if (previous.is_event() && !graph_.event(previous).rmw_write &&
          !before(graph_, previous, id)) {
        changes_.push_back({Change::Kind::kPlace, id, previous, 0});
      }
    }
  }

  void add_sources(EventId id, const Event& event) {
    // The newest first: what the read misses is more telling than what it might have missed.
    for (EventId write = graph_.mo_last(event.location);; write = graph_.event(write).mo_previous) {
      const bool own_write =
          event.has_write && write.is_event() && write == EventId(id.thread(), id.index() + 1);
      if (write != event.rf && !own_write && !(write.is_event() && before(graph_, id, write))) {
        changes_.push_back({Change::Kind::kSource, id, write, 0});
      }
      if (!write.is_event() || changes_.size() >= most_) return;
    }
  }

  void put_before_others(EventId id, base::LocationId location, std::size_t at) {
    std::size_t found = 0;
    for (std::size_t i = at; i-- > 0 && found < kMostBefore;) {
      const Event& other = graph_.event(order_[i]);
      if (!is_sync_read(other) || other.location != location || order_[i].thread() == id.thread()) {
        continue;
      }
      ++found;
      if (!before(graph_, order_[i], id)) {
        changes_.push_back({Change::Kind::kOrder, id, order_[i], 0});
      }
    }
  }

  const ExecutionGraph& graph_;
  const std::size_t most_;
  std::vector<EventId> order_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> changes_of(const ExecutionGraph& graph, std::span<const WaitingThread> waiting,
                               std::size_t most) {
  return Changes(graph, most).make(waiting);
}

NearWishes::NearWishes(const ExecutionGraph& graph, const Change& change)
    : graph_(graph), change_(change), sizes_(base::kMaxThreads, 0) {
  order();
  if (possible_) order_writes();
}

/// Sorts the events by sb | rf with the change, else in the order of the plan. Operations on sync
/// objects keep their order as far as the change allows: those of the changed object are free.
void NearWishes::order() {
  std::vector<EventId> plan;
  make_plan(graph_, &plan);
  const bool is_new = change_.kind == Change::Kind::kOrder &&
                      change_.event.index() >= graph_.size(change_.event.thread());
  if (is_new) plan.push_back(change_.event);
  std::map<std::uint32_t, std::size_t> position;
  for (std::size_t i = 0; i < plan.size(); ++i) position[plan[i].packed()] = i;
  std::vector<std::vector<std::size_t>> after(plan.size());
  std::vector<std::uint32_t> missing(plan.size(), 0);
  const auto edge = [&](EventId first, EventId second) {
    if (!first.is_event() || !second.is_event()) return;
    after[position.at(first.packed())].push_back(position.at(second.packed()));
    ++missing[position.at(second.packed())];
  };
  const base::LocationId free = change_.kind == Change::Kind::kOrder
                                    ? graph_.event(change_.other).location
                                    : base::kNoLocation;
  for (const EventId id : plan) {
    if (id.index() > 0) edge({id.thread(), id.index() - 1}, id);
    if (is_new && id == change_.event) continue;
    const Event& event = graph_.event(id);
    const bool changed = change_.kind == Change::Kind::kSource && id == change_.event;
    const bool is_free = graph::is_sync(event) && event.location == free;
    if (!changed && !is_free) edge(event.rf, id);
  }
  if (change_.kind == Change::Kind::kSource) edge(change_.other, change_.event);
  if (change_.kind == Change::Kind::kOrder) edge(change_.event, change_.other);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const std::size_t at = ready.top();
    ready.pop();
    ranks_.emplace(plan[at].packed(), ranks_.size());
    for (const std::size_t next : after[at]) {
      if (--missing[next] == 0) ready.push(next);
    }
  }
  possible_ = ranks_.size() == plan.size();
}

void NearWishes::order_writes() {
  for (base::LocationId location = 0; location < graph_.location_bound(); ++location) {
    std::uint64_t place = 0;
    for (EventId write = graph_.mo_first(location); write.is_event();
         write = graph_.event(write).mo_next) {
      places_[write.packed()] = 2 * ++place;
    }
  }
  if (change_.kind == Change::Kind::kPlace) {
    places_[change_.event.packed()] = places_[change_.other.packed()] - 1;
  }
}

/// What the thread did next in the old execution, if that was the same operation.
const Event* NearWishes::old_event(ThreadId thread, const Operation& operation) const {
  const std::uint32_t index = sizes_[thread];
  if (index >= graph_.size(thread)) return nullptr;
  const Event& event = graph_.event({thread, index});
  const bool same =
      event.operation.kind == operation.kind && event.operation.location == operation.location;
  return same ? &event : nullptr;
}

std::uint64_t NearWishes::rank(const PendingOperation& pending) {
  const EventId id(pending.thread, sizes_[pending.thread]);
  const auto found = ranks_.find(id.packed());
  return found == ranks_.end() ? ranks_.size() + pending.thread : found->second;
}

EventId NearWishes::source(ThreadId thread, const Operation& operation) {
  const Event* event = old_event(thread, operation);
  if (event == nullptr) return EventId::none();
  const EventId id(thread, sizes_[thread]);
  return change_.kind == Change::Kind::kSource && id == change_.event ? change_.other : event->rf;
}

/// Behind the last of the writes made by now that stood before it.
EventId NearWishes::place(ThreadId thread, const Operation& operation) {
  if (old_event(thread, operation) == nullptr) return EventId::none();
  const std::uint64_t own = places_[EventId(thread, sizes_[thread]).packed()];
  EventId best = EventId::init();
  std::uint64_t best_place = 0;
  for (const EventId write : written_[operation.location]) {
    const auto found = places_.find(write.packed());
    if (found == places_.end()) return EventId::none();  // Not of the old execution.
    if (found->second < own && found->second > best_place) {
      best = write;
      best_place = found->second;
    }
  }
  return best;
}

std::uint64_t NearWishes::outcome(ThreadId thread, const Operation& operation) {
  const Event* event = old_event(thread, operation);
  if (event == nullptr) return 0;
  const EventId id(thread, sizes_[thread]);
  return change_.kind == Change::Kind::kOutcome && id == change_.event ? change_.outcome
                                                                       : event->value;
}

void NearWishes::done(const PendingOperation& performed, EventId event, EventId write,
                      Refusal /*refusal*/) {
  sizes_[performed.thread] = (write.is_event() ? write : event).index() + 1;
  if (write.is_event()) written_[performed.operation->location].push_back(write);
}

}  // namespace heddle::search
