// SPDX-License-Identifier: Apache-2.0
// Wishes are tried in the graph and taken back where an axiom forbids them.
#include "checker/search/wish_search.h"

#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"
#include "checker/search/extension.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

namespace {

bool is_write_of(const ExecutionGraph& graph, EventId id, base::LocationId location) {
  if (id.is_init()) return true;
  if (!id.is_event() || id.index() >= graph.size(id.thread())) return false;
  const Event& event = graph.event(id);
  return event.kind == EventKind::kWrite && event.location == location;
}

}  // namespace

bool WishSearch::begin() {
  if (started_) return false;
  started_ = true;
  return true;
}

ThreadId WishSearch::choose_thread(std::span<const PendingOperation> pending,
                                   ThreadId /*current*/) {
  if (most_events_ != 0 && graph_.stamps() >= most_events_) return kNoThread;
  const PendingOperation* first = nullptr;   // Of all.
  const PendingOperation* chosen = nullptr;  // Of those that can go on.
  std::uint64_t first_rank = 0;
  std::uint64_t chosen_rank = 0;
  for (const PendingOperation& candidate : pending) {
    const std::uint64_t rank = wishes_->rank(candidate);
    if (first == nullptr || rank < first_rank) {
      first = &candidate;
      first_rank = rank;
    }
    if ((chosen == nullptr || rank < chosen_rank) && enabled(graph_, candidate)) {
      chosen = &candidate;
      chosen_rank = rank;
    }
  }
  if (first != nullptr && first != chosen) wishes_->waits(*first);
  return chosen == nullptr ? kNoThread : chosen->thread;
}

Result WishSearch::execute(ThreadId thread, const Operation& operation) {
  if (graph_.blocked(thread)) return {Result::Status::kBlocked, 0, EventId::none()};
  Refusal refusal = Refusal::kNone;
  Result result;
  if (operation.kind == OpKind::kStore) {
    result = execute_store(thread, operation);
  } else if (graph::reads(operation.kind) && operation.kind != OpKind::kSync) {
    result = execute_access(thread, operation, &refusal);
  } else if (operation.kind == OpKind::kChoice) {
    const std::uint64_t outcome = wishes_->outcome(thread, operation);
    result = extend_newest(graph_, thread, operation, outcome < operation.operand ? outcome : 0);
  } else {
    result = extend_newest(graph_, thread, operation, 0);
  }
  if (result.status == Result::Status::kDone) {
    EventId write = EventId::none();
    if (operation.kind == OpKind::kStore) write = result.event;
    if (graph_.event(result.event).has_write) write = {thread, result.event.index() + 1};
    wishes_->done({thread, &operation}, result.event, write, refusal);
  }
  return result;
}

Refusal WishSearch::check_source(EventId read, EventId wish) const {
  const EventId bound = graph::coherence_bound(graph_, model_, read);
  if (graph_.mo_label(wish) < graph_.mo_label(bound)) return Refusal::kCoherence;
  const Operation& operation = graph_.event(read).operation;
  const graph::Evaluation evaluation =
      graph::evaluate(operation, read.thread(), graph_.value_of(wish, operation));
  const bool taken = evaluation.writes && graph_.taken(operation.location, wish);
  return taken ? Refusal::kAtomicity : Refusal::kNone;
}

Result WishSearch::execute_access(ThreadId thread, const Operation& operation, Refusal* refusal) {
  const EventId newest = graph_.mo_last(operation.location);
  const EventId wish = wishes_->source(thread, operation);
  const EventId read = graph_.add_read(thread, operation, newest);
  if (wish != newest && is_write_of(graph_, wish, operation.location)) {
    *refusal = check_source(read, wish);
    if (*refusal == Refusal::kNone) {
      graph_.set_source(read, wish);
      if (!graph::recheck(graph_, model_, read, psc_)) {
        graph_.set_source(read, newest);
        *refusal = Refusal::kOrder;
      }
    }
  }
  const Event& event = graph_.event(read);
  const Result result{Result::Status::kDone, event.result, read};
  if (event.has_write) graph_.add_rmw_write(thread);
  return result;
}

Result WishSearch::execute_store(ThreadId thread, const Operation& operation) {
  const EventId newest = graph_.mo_last(operation.location);
  const EventId wish = wishes_->place(thread, operation);
  const EventId write = graph_.add_store(thread, operation, newest);
  if (wish != newest && is_write_of(graph_, wish, operation.location)) {
    const EventId bound = graph::coherence_bound(graph_, model_, write);
    if (graph_.mo_label(wish) >= graph_.mo_label(bound) &&
        graph::may_place_after(graph_, operation.location, wish)) {
      graph_.place_after(write, wish);
      if (!graph::recheck(graph_, model_, write, psc_)) graph_.place_after(write, newest);
    }
  }
  return {Result::Status::kDone, 0, write};
}

}  // namespace heddle::search
