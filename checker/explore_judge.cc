// SPDX-License-Identifier: Apache-2.0
// Deadlock, spin or redundant: from the states of the threads at the end of a run.
#include "checker/explore_judge.h"

#include <algorithm>

#include "checker/base/mutant.h"
#include "checker/detect/deadlock.h"
#include "checker/graph/evaluate.h"
#include "checker/graph/sync_state.h"

namespace heddle {
namespace {

using graph::ExecutionGraph;
using graph::OpKind;
using runtime::Engine;
using runtime::ModelThread;
using runtime::Parked;
using runtime::ThreadState;

/// Whether nothing after `write` in its modification order changes the value: only spinners follow,
/// which write back what they read.
bool is_final_value(base::EventId write, base::LocationId location, const ExecutionGraph& graph) {
  for (base::EventId next = graph.mo_next(location, write); next.is_event();
       next = graph.mo_next(location, next)) {
    const graph::Event& later = graph.event(next);
    const bool same = later.rmw_write && graph.read_of(next).value == later.value;
    if (!same || !HEDDLE_CLAUSE("spin.final_value")) {
      return false;
    }
  }
  return true;
}

/// Whether every read of the thread's last iteration took the final value: it would spin for ever.
bool spins_on_newest(const ModelThread& thread, const ExecutionGraph& graph) {
  for (std::uint32_t i = thread.spin_from; i < thread.cursor; ++i) {
    const graph::Event& event = graph.event({thread.id, i});
    if (event.kind == graph::EventKind::kRead && !is_final_value(event.rf, event.location, graph)) {
      return false;
    }
  }
  return true;
}

/// Whether a thread that waits for one of several objects could go on by another one.
bool has_another_way(const ModelThread& thread, const ExecutionGraph& graph) {
  return std::any_of(thread.other_ways.begin(), thread.other_ways.end(),
                     [&](const graph::Operation& way) {
                       const base::EventId newest = graph.mo_last(way.location);
                       return newest.is_event() &&
                              !graph::evaluate(way, thread.id, graph.event(newest).value).blocked;
                     });
}

bool is_redundant(const ModelThread& thread, const ExecutionGraph& graph) {
  const bool waits = thread.state == ThreadState::kStuck || thread.state == ThreadState::kFrontier;
  if (waits && has_another_way(thread, graph)) {
    return true;
  }
  if (thread.state == ThreadState::kStuck) {
    const graph::Event& event = graph.event({thread.id, thread.cursor});
    return event.rf != graph.mo_last(event.location) &&
           HEDDLE_CLAUSE("deadlock.not_on_older_state");
  }
  return thread.parked == Parked::kSpin && !spins_on_newest(thread, graph) &&
         HEDDLE_CLAUSE("spin.not_on_older_value");
}

detect::WaitKind wait_kind(const graph::Operation& operation) {
  using graph::SyncKind;
  if (operation.kind == OpKind::kThreadJoin) {
    return detect::WaitKind::kJoin;
  }
  switch (graph::sync_kind(operation.sync)) {
    case SyncKind::kMutex:
      return detect::WaitKind::kMutex;
    case SyncKind::kReadWriteLock:
      return operation.sync == graph::SyncOp::kReadLock ? detect::WaitKind::kReadLock
                                                        : detect::WaitKind::kWriteLock;
    case SyncKind::kCondition:
      return detect::WaitKind::kCondition;
    case SyncKind::kBarrier:
      return detect::WaitKind::kBarrier;
    case SyncKind::kSemaphore:
      return detect::WaitKind::kSemaphore;
    case SyncKind::kOnce:
      return detect::WaitKind::kOnce;
    case SyncKind::kPipe:
      return detect::WaitKind::kPipe;
    case SyncKind::kSignals:
      return detect::WaitKind::kSignal;
    default:
      return detect::WaitKind::kFutex;
  }
}

bool is_notification(graph::SyncOp op) {
  using graph::SyncOp;
  return op == SyncOp::kConditionSignal || op == SyncOp::kConditionBroadcast ||
         op == SyncOp::kFutexWake || op == SyncOp::kSemaphorePost;
}

void count_notifications(detect::Wait& wait, const ExecutionGraph& graph,
                         base::LocationId location) {
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    const graph::Event& event = graph.event(graph.by_stamp(stamp));
    if (event.location != location || event.kind != graph::EventKind::kRead ||
        !is_notification(event.operation.sync)) {
      continue;
    }
    ++wait.signals;
    const graph::SyncDescription before = graph::describe(event.operation.sync, event.value);
    if (before.waiters.empty() || !HEDDLE_CLAUSE("deadlock.who_was_waiting")) {
      ++wait.signals_unheard;
    } else {
      ++wait.signals_while_waiting;
    }
  }
}

detect::Wait describe_wait(const ModelThread& thread, const ExecutionGraph& graph,
                           const NameObject& name_object) {
  detect::Wait wait;
  const graph::Operation& operation = thread.pending;
  wait.thread = thread.id;
  wait.kind = wait_kind(operation);
  if (operation.kind == OpKind::kThreadJoin) {
    wait.holders.push_back(static_cast<base::ThreadId>(operation.operand));
    return wait;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(thread.request.address);
  wait.object = name_object(address & runtime::kAddressMask);
  const base::EventId newest = graph.mo_last(operation.location);
  const graph::SyncState state = newest.is_event() ? graph.event(newest).value : operation.initial;
  const graph::SyncDescription now = graph::describe(operation.sync, state);
  for (const graph::SyncHolder& holder : now.holders) {
    wait.holders.push_back(holder.thread);
  }
  if (now.holders.empty() && now.owner.has_value()) {
    wait.holders.push_back(*now.owner);
  }
  wait.arrived = static_cast<std::uint32_t>(now.value);
  wait.expected = static_cast<std::uint32_t>(now.count);
  count_notifications(wait, graph, operation.location);
  return wait;
}

runtime::RawFinding deadlock_finding(const Engine& engine, const ExecutionGraph& graph,
                                     const NameObject& name_object) {
  std::vector<detect::Wait> waits;
  std::vector<std::string> names;
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    names.push_back(engine.thread_name(id));
    const ModelThread& thread = engine.thread(id);
    if (thread.state == ThreadState::kFrontier || thread.state == ThreadState::kStuck) {
      waits.push_back(describe_wait(thread, graph, name_object));
    }
  }
  const detect::Deadlock deadlock = detect::explain_deadlock(waits, names);
  runtime::RawFinding finding;
  finding.kind = FindingKind::kDeadlock;
  finding.cause = deadlock.cause;
  finding.message = deadlock.message;
  finding.key = static_cast<std::uint64_t>(deadlock.cause) + 1;
  for (const detect::StuckThread& stuck : deadlock.threads) {
    const ModelThread& thread = engine.thread(stuck.thread);
    runtime::RawParticipant part;
    part.thread = stuck.thread;
    part.verb = stuck.what;
    part.stack = {thread.request.site};
    finding.key = finding.key * 1000003 + thread.request.site;
    finding.participants.push_back(std::move(part));
  }
  return finding;
}

runtime::RawFinding spin_finding(const Engine& engine, const NameObject& name_object) {
  runtime::RawFinding finding;
  finding.kind = FindingKind::kSpin;
  finding.key = 7;
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    const ModelThread& thread = engine.thread(id);
    if (thread.state == ThreadState::kAbsent || thread.parked != Parked::kSpin) {
      continue;
    }
    runtime::RawParticipant part;
    part.thread = id;
    const auto address = reinterpret_cast<std::uintptr_t>(thread.request.address);
    part.verb = "spins for ever on " + name_object(address & ~runtime::kObjectBit);
    part.stack = {thread.request.site};
    finding.key = finding.key * 1000003 + thread.request.site;
    finding.message += (finding.message.empty() ? "" : "; ") + engine.thread_name(id) + " " +
                       part.verb + ", which nobody will change";
    finding.participants.push_back(std::move(part));
  }
  return finding;
}

}  // namespace

Judgement judge(const Engine& engine, const runtime::RunEnd& end, const ExecutionGraph& graph,
                const NameObject& name_object) {
  Judgement result;
  bool spins = false;
  bool waits = false;
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    const ModelThread& thread = engine.thread(id);
    if (thread.state == ThreadState::kAbsent) {
      continue;
    }
    if (is_redundant(thread, graph)) {
      result.run_class = RunClass::kBlocked;
    }
    spins = spins || thread.parked == Parked::kSpin;
    waits = waits || thread.state == ThreadState::kFrontier || thread.state == ThreadState::kStuck;
  }
  if ((end.assumed_away && HEDDLE_CLAUSE("deadlock.not_assumed_away")) || end.cut_by_bound ||
      end.limit_reached) {
    result.run_class = RunClass::kBlocked;
  }
  // Who waits when the process ends is gone with it.
  if (result.run_class == RunClass::kBlocked || end.failed || end.stop_everything ||
      end.process_ended || !(spins || waits)) {
    return result;
  }
  if (spins ? !HEDDLE_CLAUSE("finding.spin") : !HEDDLE_CLAUSE("finding.deadlock")) {
    return result;
  }
  result.run_class = RunClass::kDeadlocked;
  result.finding =
      spins ? spin_finding(engine, name_object) : deadlock_finding(engine, graph, name_object);
  return result;
}

}  // namespace heddle
