// SPDX-License-Identifier: Apache-2.0
// Following a plan.
#include "checker/search/replay.h"

#include <algorithm>

#include "checker/base/mutant.h"
#include "checker/search/extension.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::EventKind;
using graph::Operation;
using graph::OpKind;
using Kind = Plan::Exception::Kind;

ReplaySearch::ReplaySearch(Plan plan) : plan_(std::move(plan)) {
  for (const ThreadId thread : plan_.schedule) ++left_[thread];
}

bool ReplaySearch::begin() {
  if (started_) return false;
  started_ = true;
  return true;
}

ThreadId ReplaySearch::choose_thread(std::span<const PendingOperation> pending,
                                     ThreadId /*current*/) {
  if (!diverged_ && step_ < plan_.schedule.size()) {
    const ThreadId planned = plan_.schedule[step_];
    const bool offered = std::any_of(pending.begin(), pending.end(),
                                     [&](const auto& p) { return p.thread == planned; });
    if (offered && !graph_.blocked(planned)) return planned;
    diverged_ = HEDDLE_CLAUSE("replay.divergence.thread");
  }
  ThreadId chosen = kNoThread;
  for (const PendingOperation& candidate : pending) {
    if (candidate.thread < chosen && enabled(graph_, candidate)) chosen = candidate.thread;
  }
  return chosen;
}

Result ReplaySearch::execute(ThreadId thread, const Operation& operation) {
  if (graph_.blocked(thread)) return {Result::Status::kBlocked, 0, EventId::none()};
  const bool planned = !diverged_ && step_ < plan_.schedule.size();
  Result result;
  if (graph::reads(operation.kind)) {
    result = execute_access(thread, operation, planned);
  } else if (operation.kind == OpKind::kStore) {
    result = execute_store(thread, operation);
  } else if (operation.kind == OpKind::kChoice) {
    result = execute_choice(thread, operation);
  } else {
    result = extend_plain(graph_, thread, operation);
  }
  if (planned) {
    --left_[plan_.schedule[step_]];
    ++step_;
  }
  if (next_exception_ < plan_.exceptions.size() && plan_.exceptions[next_exception_].step < step_) {
    // The operation is of another kind than the plan has.
    diverged_ = HEDDLE_CLAUSE("replay.divergence.kind");
  }
  return result;
}

/// The exception of the step at hand, if it has one of that kind (kSource stands for kSpurious
/// too).
const Plan::Exception* ReplaySearch::exception(Kind kind) {
  if (diverged_ || next_exception_ >= plan_.exceptions.size()) return nullptr;
  const Plan::Exception& next = plan_.exceptions[next_exception_];
  const bool fits = next.kind == kind || (kind == Kind::kSource && next.kind == Kind::kSpurious);
  if (next.step != step_ || !fits) return nullptr;
  ++next_exception_;
  return &next;
}

bool ReplaySearch::is_write_of(EventId id, base::LocationId location) const {
  if (id.is_init()) return true;
  if (!id.is_event() || id.thread() >= base::kMaxThreads) return false;
  if (id.index() >= graph_.size(id.thread())) return false;
  const Event& event = graph_.event(id);
  return event.kind == EventKind::kWrite && event.location == location;
}

/// A planned sync operation that cannot proceed is added as a blocked read.
Result ReplaySearch::execute_access(ThreadId thread, const Operation& operation, bool planned) {
  EventId source = graph_.mo_last(operation.location);
  bool spurious = false;
  if (const Plan::Exception* exception = this->exception(Kind::kSource)) {
    if (is_write_of(exception->event, operation.location)) {
      source = exception->event;
      spurious = exception->kind == Kind::kSpurious;
    } else {
      diverged_ = true;
    }
  }
  const graph::Evaluation evaluation =
      graph::evaluate(operation, thread, graph_.value_of(source, operation), spurious);
  if (evaluation.blocked && !planned) return {Result::Status::kBlocked, 0, EventId::none()};
  if (evaluation.writes && graph_.taken(operation.location, source)) {
    diverged_ = true;
    source = graph_.mo_last(operation.location);
  }
  const EventId read = graph_.add_read(thread, operation, source);
  if (spurious) graph_.set_source(read, source, true);
  if (graph_.event(read).blocked) return {Result::Status::kBlocked, 0, read};
  const Result result{Result::Status::kDone, graph_.event(read).result, read};
  if (graph_.event(read).has_write) graph_.add_rmw_write(thread);
  return result;
}

Result ReplaySearch::execute_store(ThreadId thread, const Operation& operation) {
  EventId place = graph_.mo_last(operation.location);
  if (const Plan::Exception* exception = this->exception(Kind::kPlace)) {
    if (is_write_of(exception->event, operation.location)) {
      place = exception->event;
    } else {
      diverged_ = true;
    }
  }
  return {Result::Status::kDone, 0, graph_.add_store(thread, operation, place)};
}

Result ReplaySearch::execute_choice(ThreadId thread, const Operation& operation) {
  Result result = extend_plain(graph_, thread, operation);
  if (const Plan::Exception* exception = this->exception(Kind::kOutcome)) {
    if (exception->outcome < operation.operand) {
      graph_.set_choice(result.event, exception->outcome);
      result.value = exception->outcome;
    } else {
      diverged_ = true;
    }
  }
  return result;
}

}  // namespace heddle::search
