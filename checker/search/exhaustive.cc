// SPDX-License-Identifier: Apache-2.0
// The stack of levels, and what happens when an event is added or an alternative is taken up.
// Revisits are in exhaustive_revisit.cc.
#include "checker/search/exhaustive.h"

#include <algorithm>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"
#include "checker/search/extension.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Evaluation;
using graph::Event;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

ExhaustiveSearch::ExhaustiveSearch(Model model) : model_(model) {
  levels_.push_back(std::make_unique<Level>());
}

ExhaustiveSearch::~ExhaustiveSearch() = default;

bool ExhaustiveSearch::begin() {
  if (!started_) {
    started_ = true;
    note_beginning();
    return true;
  }
  lowest_ = static_cast<std::uint32_t>(depth_);
  unchanged_ = rebuilt_ ? 0 : graph().stamps();
  rebuilt_ = false;
  while (true) {
    if (top().items.empty()) {
      if (depth_ == 0) return false;
      --depth_;
      if (depth_ < lowest_) {
        lowest_ = static_cast<std::uint32_t>(depth_);
        unchanged_ = graph().stamps();
      }
      continue;
    }
    const Item item = top().items.back();
    top().items.pop_back();
    if (knows_keys_ || !skipped_.empty()) {
      key_ = key_of(graph(), item);
      if (skipped_.contains(key_)) continue;
    }
    if (apply(item)) {
      note_beginning();
      return true;
    }
  }
}

void ExhaustiveSearch::note_beginning() {
  beginning_ = {depth_, top().items.size(), graph().stamps()};
}

void ExhaustiveSearch::push_level() {
  if (levels_.size() == depth_ + 1) levels_.push_back(std::make_unique<Level>());
  levels_[depth_ + 1]->graph.copy_from(levels_[depth_]->graph);
  levels_[depth_ + 1]->items.clear();
  levels_[depth_ + 1]->shared = graph().stamps();
  ++depth_;
}

/// The top level's graph changes from the event with this stamp on.
void ExhaustiveSearch::note_change(std::uint32_t stamp) {
  if (depth_ == lowest_) unchanged_ = std::min(unchanged_, stamp);
  top().shared = std::min(top().shared, stamp);
}

std::uint32_t ExhaustiveSearch::shared(std::uint32_t level) const {
  std::uint32_t shared = graph().stamps();
  for (std::size_t k = level + 1; k <= depth_; ++k) shared = std::min(shared, levels_[k]->shared);
  return shared;
}

bool ExhaustiveSearch::apply(const Item& item) {
  const std::uint32_t stamp = current().event(item.event).stamp;
  note_change(stamp + 1);
  current().cut(stamp + 1);
  if (item.kind == ItemKind::kContinue) return true;
  const bool revisit = item.kind == ItemKind::kRevisit || item.kind == ItemKind::kTakenRevisit;
  return revisit ? apply_revisit(item) : apply_forward(item);
}

/// True iff the graph with the alternative is consistent.
bool ExhaustiveSearch::apply_forward(const Item& item) {
  ExecutionGraph& graph = current();
  note_change(graph.event(item.event).stamp);
  graph.mutable_event(item.event).maximal = false;
  if (item.kind == ItemKind::kOutcome) {
    graph.set_choice(item.event, item.source.packed());
    return true;
  }
  if (item.kind == ItemKind::kPlace) {
    graph.place_after(item.event, item.source);
  } else {
    graph.set_source(item.event, item.source, item.kind == ItemKind::kSpurious);
  }
  const bool consistent = graph::recheck(graph, model_, item.event, psc_);
  if (!consistent && HEDDLE_CLAUSE("forward.check")) return false;
  // Between its source and the writes after it, an rmw's write adds no path: no further check.
  if (graph.event(item.event).has_write) finish_rmw(item.event.thread());
  return true;
}

void ExhaustiveSearch::finish_rmw(ThreadId thread) { revisit_by(current().add_rmw_write(thread)); }

/// A thread that made the last kPatience events alone lets others go first: a loop that counts its
/// rounds while it waits for another thread must not keep that one from ever running.
ThreadId ExhaustiveSearch::tired_thread() const {
  constexpr std::uint32_t kPatience = 200;
  const ExecutionGraph& graph = levels_[depth_]->graph;
  const std::uint32_t count = graph.stamps();
  if (count < kPatience || !HEDDLE_CLAUSE("search.patience")) return kNoThread;
  const ThreadId thread = graph.by_stamp(count - 1).thread();
  for (std::uint32_t stamp = count - kPatience; stamp < count; ++stamp) {
    if (graph.by_stamp(stamp).thread() != thread) return kNoThread;
  }
  return thread;
}

ThreadId ExhaustiveSearch::choose_thread(std::span<const PendingOperation> pending,
                                         ThreadId /*current*/) {
  ThreadId chosen = kNoThread;
  const ThreadId tired = tired_thread();
  for (const PendingOperation& candidate : pending) {
    const bool better = chosen == kNoThread || chosen == tired ||
                        (candidate.thread < chosen && candidate.thread != tired);
    if (better && enabled(graph(), candidate)) chosen = candidate.thread;
  }
  waiting_.clear();
  if (chosen != kNoThread) return chosen;
  for (const PendingOperation& candidate : pending) {
    if (candidate.operation->kind == OpKind::kSync && !graph().blocked(candidate.thread)) {
      waiting_.push_back({candidate.thread, *candidate.operation});
    }
  }
  return kNoThread;
}

Result ExhaustiveSearch::execute(ThreadId thread, const Operation& operation) {
  waiting_.clear();
  branched_ = false;
  if (graph().blocked(thread) && HEDDLE_CLAUSE("parked.stays")) {
    return {Result::Status::kBlocked, 0, EventId::none()};
  }
  if (graph::reads(operation.kind)) return execute_access(thread, operation);
  if (operation.kind == OpKind::kStore) return execute_store(thread, operation);
  if (operation.kind == OpKind::kChoice) return execute_choice(thread, operation);
  return extend_plain(current(), thread, operation);
}

Result ExhaustiveSearch::execute_access(ThreadId thread, const Operation& operation) {
  ExecutionGraph& graph = current();
  const EventId newest = graph.mo_last(operation.location);
  const std::uint64_t value = graph.value_of(newest, operation);
  if (operation.kind == OpKind::kSync && graph::evaluate(operation, thread, value).blocked) {
    return {Result::Status::kBlocked, 0, EventId::none()};
  }
  const EventId read = graph.add_read(thread, operation, newest);
  graph.mutable_event(read).maximal = true;
  if (!operation.newest_only || !HEDDLE_CLAUSE("forward.newest_only")) offer_older_sources(read);
  const Event& event = graph.event(read);
  const Result result{Result::Status::kDone, event.result, read};
  if (event.has_write) {
    if (operation.weak && HEDDLE_CLAUSE("forward.spurious")) {
      push_forward(ItemKind::kSpurious, read, newest);
    }
    finish_rmw(thread);
  }
  return result;
}

/// Offers every source that coherence allows but the newest.
void ExhaustiveSearch::offer_older_sources(EventId read) {
  const ExecutionGraph& graph = current();
  EventId source = graph.event(read).rf;
  if (source.is_init() || !HEDDLE_CLAUSE("forward.sources")) return;
  const EventId bound = graph::coherence_bound(graph, model_, read);
  while (source != bound) {
    source = graph.event(source).mo_previous;
    offer_source(read, source);
  }
}

void ExhaustiveSearch::offer_source(EventId read, EventId source) {
  const ExecutionGraph& graph = current();
  const Event& event = graph.event(read);
  const Operation& operation = event.operation;
  if (operation.kind != OpKind::kLoad) {
    const Evaluation evaluation =
        graph::evaluate(operation, read.thread(), graph.value_of(source, operation));
    if (evaluation.blocked && HEDDLE_CLAUSE("parked.guard_of_sources")) return;
    if (evaluation.writes && operation.weak && HEDDLE_CLAUSE("forward.spurious_older")) {
      push_forward(ItemKind::kSpurious, read, source);
    }
    const bool taken = evaluation.writes && graph.taken(operation.location, source);
    if (taken && HEDDLE_CLAUSE("atomicity.source")) {
      revisit_through_taken(read, source, evaluation);
      return;
    }
  }
  push_forward(ItemKind::kSource, read, source);
}

Result ExhaustiveSearch::execute_store(ThreadId thread, const Operation& operation) {
  ExecutionGraph& graph = current();
  EventId place = graph.mo_last(operation.location);
  const EventId write = graph.add_store(thread, operation, place);
  graph.mutable_event(write).maximal = true;
  if (!place.is_init()) {
    const EventId bound = graph::coherence_bound(graph, model_, write);
    while (place != bound) {
      place = graph.event(place).mo_previous;
      if (graph::may_place_after(graph, operation.location, place) &&
          HEDDLE_CLAUSE("forward.places")) {
        push_forward(ItemKind::kPlace, write, place);
      }
    }
  }
  revisit_by(write);
  return {Result::Status::kDone, 0, write};
}

Result ExhaustiveSearch::execute_choice(ThreadId thread, const Operation& operation) {
  const Result result = extend_plain(current(), thread, operation);
  HEDDLE_CHECK(operation.operand > 0 && operation.operand < EventId::init().packed());
  if (!HEDDLE_CLAUSE("forward.outcomes")) return result;
  for (auto outcome = static_cast<std::uint32_t>(operation.operand); --outcome > 0;) {
    push_forward(ItemKind::kOutcome, result.event, EventId::from_packed(outcome));
  }
  return result;
}

/// On a level of its own: the alternatives on the list are of graphs that still have the wait.
bool ExhaustiveSearch::withdraw_blocked(ThreadId thread) {
  if (!HEDDLE_CLAUSE("parked.expires")) return false;
  push_level();
  note_change(current().last(thread).stamp);
  current().withdraw_blocked(thread);
  return true;
}

/// The sync operations that never got through read the newest state, on which they are blocked;
/// their alternatives are states on which they are not.
void ExhaustiveSearch::end() {
  if (!HEDDLE_CLAUSE("parked.offered_again")) return;
  for (const Waiting& waiting : waiting_) {
    ExecutionGraph& graph = current();
    const EventId newest = graph.mo_last(waiting.operation.location);
    offer_older_sources(graph.add_read(waiting.thread, waiting.operation, newest));
  }
  waiting_.clear();
}

}  // namespace heddle::search
