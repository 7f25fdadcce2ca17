// SPDX-License-Identifier: Apache-2.0
// Steps of abstract programs, and what a candidate looks like at its end.
#include "tests/support/oracle_candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace heddle::test {

using base::EventId;
using base::ThreadId;
using graph::EventKind;
using graph::Operation;
using graph::OpKind;
using graph::SyncOp;
using Code = Instruction::Code;

OracleCandidate::OracleCandidate(const Program& program)
    : program_(&program), threads_(program.threads().size()) {
  for (const auto& thread : program.threads()) {
    for (const Instruction& instruction : thread.instructions()) {
      const Operation& operation = instruction.operation;
      if (operation.kind == OpKind::kThreadCreate) threads_[operation.operand].start_due = true;
      if (operation.kind == OpKind::kThreadJoin) threads_[operation.operand].end_due = true;
    }
  }
  for (ThreadId t = 0; t < threads_.size(); ++t) run_local(t);
}

/// Puts the thread at its next operation.
void OracleCandidate::run_local(ThreadId t) {
  Thread& thread = threads_[t];
  if (thread.state == State::kParked) return;
  thread.pending = Operation{};
  if (thread.start_due) {
    thread.state = create_of(t).is_none() ? State::kNotCreated : State::kAtOperation;
    thread.pending.kind = OpKind::kThreadStart;
    return;
  }
  thread.state = State::kAtOperation;
  const auto& instructions = program_->threads()[t].instructions();
  const auto value = [&](int r) { return r == kNoRegister ? 0 : thread.registers[r]; };
  for (; thread.at < instructions.size(); ++thread.at) {
    const Instruction& next = instructions[thread.at];
    const std::uint64_t a = value(next.a);
    if (next.code == Code::kOperation || next.code == Code::kAwait || next.code == Code::kPlain) {
      thread.pending = next.operation;
      thread.pending.operand += a;
      if (next.code == Code::kPlain) thread.pending.non_atomic = true;
      return;
    }
    if (next.code == Code::kSleep) ++thread.time;
    if (next.code == Code::kClock) thread.registers[next.target] = thread.time;
    if (next.code == Code::kSet) thread.registers[next.target] = a + value(next.b) + next.constant;
    const bool skip = (next.code == Code::kSkipIf && a == next.constant) ||
                      (next.code == Code::kSkipUnless && a != next.constant) ||
                      (next.code == Code::kSkipAbove && a > next.constant);
    if (skip) thread.at += next.skip;
  }
  thread.pending.kind = OpKind::kThreadEnd;
  if (!thread.end_due) thread.state = State::kDone;
}

EventId OracleCandidate::newest(Location x) const {
  const auto writes = order_.find(x);
  return writes == order_.end() || writes->second.empty() ? EventId::init() : writes->second.back();
}

/// Objects begin in the state 0, also those that a program initialises: a barrier's size is no part
/// of its state here.
std::uint64_t OracleCandidate::initial_of(Location x) const {
  return program_->parties_of(x) != 0 ? 0 : program_->initial_of(x);
}

ObjectEffect OracleCandidate::effect(ThreadId t, std::uint64_t state) const {
  const Operation& operation = threads_[t].pending;
  return effect_of({operation.sync, t, operation.operand, program_->parties_of(operation.location)},
                   state);
}

std::uint64_t OracleCandidate::value_of(EventId write, Location x) const {
  return write.is_init() ? initial_of(x) : event(write).value;
}

EventId OracleCandidate::create_of(ThreadId child) const {
  for (ThreadId t = 0; t < threads_.size(); ++t) {
    for (std::uint32_t i = 0; i < threads_[t].events.size(); ++i) {
      const OracleEvent& event = threads_[t].events[i];
      if (event.kind == EventKind::kThreadCreate && event.value == child) return {t, i};
    }
  }
  return EventId::none();
}

EventId OracleCandidate::end_of(ThreadId t) const {
  const auto& events = threads_[t].events;
  if (events.empty() || events.back().kind != EventKind::kThreadEnd) return EventId::none();
  return {t, static_cast<std::uint32_t>(events.size() - 1)};
}

bool OracleCandidate::has_rmw_of(Location x, EventId source) const {
  for (const Thread& thread : threads_) {
    for (const OracleEvent& event : thread.events) {
      if (event.rmw_write && event.location == x && event.source == source) return true;
    }
  }
  return false;
}

/// The largest of the clock before, the clock of what is read, and the deadline if it has expired.
std::uint64_t OracleCandidate::time_after(const Thread& thread, EventId source,
                                          std::uint64_t result) const {
  const std::uint64_t read = source.is_event() ? event(source).time : 0;
  const std::uint64_t latest = std::max(thread.time, read);
  switch (thread.pending.kind == OpKind::kSync ? thread.pending.sync : SyncOp::kNone) {
    case SyncOp::kConditionTimedWait:
      return result == ETIMEDOUT ? std::max(latest, thread.since + 1) : latest;
    case SyncOp::kMutexTimedLock:
    case SyncOp::kTimedReadLock:
    case SyncOp::kTimedWriteLock:
    case SyncOp::kSemaphoreTimedWait:
    case SyncOp::kFutexTimedWait:
      return result == ETIMEDOUT ? std::max(latest, thread.time + 1) : latest;
    default:
      return latest;
  }
}

/// The candidate in which the pending operation was done by these events.
void OracleCandidate::add_step(ThreadId t, const std::vector<OracleEvent>& events,
                               std::uint64_t result, Steps* steps) const {
  OracleCandidate& next = steps->emplace_back(*this);
  Thread& thread = next.threads_[t];
  const auto& instructions = program_->threads()[t].instructions();
  const bool plain = !thread.start_due && thread.at < instructions.size() &&
                     instructions[thread.at].code == Code::kPlain;
  if (thread.pending.sync == SyncOp::kConditionEnqueue) thread.since = thread.time;
  thread.time = time_after(threads_[t], events.front().source, result);
  for (OracleEvent event : events) {
    event.plain = plain;
    event.time = thread.time;
    if (event.kind == EventKind::kWrite) {
      const EventId id(t, static_cast<std::uint32_t>(thread.events.size()));
      next.order_[event.location].push_back(id);
    }
    thread.events.push_back(event);
  }
  if (thread.start_due) {
    thread.start_due = false;
  } else if (thread.pending.kind == OpKind::kThreadEnd) {
    thread.end_due = false;
  } else {
    const Instruction& done = instructions[thread.at];
    if (done.code == Code::kAwait && result != done.constant) {
      thread.state = State::kParked;
    } else {
      if (done.target != kNoRegister) thread.registers[done.target] = result;
      ++thread.at;
    }
  }
  for (ThreadId u = 0; u < threads_.size(); ++u) next.run_local(u);
}

namespace {

OracleEvent event_of(const Operation& operation, EventKind kind, EventId source,
                     std::uint64_t value) {
  OracleEvent event;
  event.kind = kind;
  event.order = operation.order;
  event.location = operation.location;
  event.source = source;
  event.value = value;
  event.non_atomic = operation.non_atomic;
  event.sync = operation.kind == OpKind::kSync;
  event.futex = event.sync && is_futex_call(operation.sync);
  event.sc_fence = kind == EventKind::kFence && operation.order == kSc;
  return event;
}

std::uint64_t modified(const Operation& operation, std::uint64_t old) {
  switch (operation.rmw) {
    case graph::RmwOp::kAdd:
      return old + operation.operand;
    case graph::RmwOp::kSub:
      return old - operation.operand;
    case graph::RmwOp::kAnd:
      return old & operation.operand;
    case graph::RmwOp::kOr:
      return old | operation.operand;
    case graph::RmwOp::kXor:
      return old ^ operation.operand;
    case graph::RmwOp::kNand:
      return ~(old & operation.operand);
    case graph::RmwOp::kExchange:
      break;
  }
  return operation.operand;
}

}  // namespace

void OracleCandidate::add_sync(ThreadId t, EventId source, Steps* steps) const {
  const Operation& operation = threads_[t].pending;
  const std::uint64_t state = value_of(source, operation.location);
  const ObjectEffect outcome = effect(t, state);
  if (outcome.kind == ObjectEffect::Kind::kWaits) return;
  OracleEvent read = event_of(operation, EventKind::kRead, source, state);
  read.acquires = outcome.acquires;
  read.sc_fence = read.futex;
  if (outcome.kind == ObjectEffect::Kind::kPasses) {
    add_step(t, {read}, outcome.result, steps);
    return;
  }
  if (has_rmw_of(operation.location, source)) return;
  read.sc_fence = false;
  OracleEvent write = event_of(operation, EventKind::kWrite, source, outcome.next);
  write.rmw_write = true;
  write.sc_fence = write.futex;
  write.releases = outcome.releases;
  add_step(t, {read, write}, outcome.result, steps);
}

/// Ways to do the pending operation, which reads, from `source`.
void OracleCandidate::add_reads(ThreadId t, EventId source, Steps* steps) const {
  const Operation& operation = threads_[t].pending;
  if (operation.kind == OpKind::kSync) return add_sync(t, source, steps);
  const std::uint64_t old = value_of(source, operation.location);
  OracleEvent read = event_of(operation, EventKind::kRead, source, old);
  if (operation.kind == OpKind::kLoad) return add_step(t, {read}, old, steps);
  const bool compares = operation.kind == OpKind::kCompareExchange;
  if (!compares || old == operation.expected) {
    OracleEvent write = read;
    write.kind = EventKind::kWrite;
    write.rmw_write = true;
    write.value = compares ? operation.operand : modified(operation, old);
    if (!has_rmw_of(operation.location, source)) add_step(t, {read, write}, old, steps);
    if (!compares || !operation.weak) return;
    read.spurious = true;
  }
  read.order = operation.failure_order;
  add_step(t, {read}, old, steps);
}

bool OracleCandidate::is_independent(ThreadId t, bool interleaving) const {
  const Thread& thread = threads_[t];
  if (thread.state != State::kAtOperation) return false;
  switch (thread.pending.kind) {
    case OpKind::kStore:
      return !interleaving;
    case OpKind::kFence:
    case OpKind::kThreadCreate:
    case OpKind::kThreadStart:
    case OpKind::kThreadEnd:
    case OpKind::kChoice:
      return true;
    case OpKind::kThreadJoin:
      return !end_of(static_cast<ThreadId>(thread.pending.operand)).is_none();
    default:
      return false;
  }
}

std::vector<OracleCandidate> OracleCandidate::steps(ThreadId t, bool from_newest) const {
  Steps result;
  const Thread& thread = threads_[t];
  if (thread.state != State::kAtOperation) return result;
  const Operation& operation = thread.pending;
  const auto plain = [&](EventKind kind, EventId source, std::uint64_t value) {
    add_step(t, {event_of(operation, kind, source, value)}, value, &result);
  };
  switch (operation.kind) {
    case OpKind::kStore:
      plain(EventKind::kWrite, EventId::none(), operation.operand);
      break;
    case OpKind::kFence:
      plain(EventKind::kFence, EventId::none(), 0);
      break;
    case OpKind::kThreadCreate:
      plain(EventKind::kThreadCreate, EventId::none(), operation.operand);
      break;
    case OpKind::kThreadStart:
      plain(EventKind::kThreadStart, create_of(t), 0);
      break;
    case OpKind::kThreadEnd:
      plain(EventKind::kThreadEnd, EventId::none(), 0);
      break;
    case OpKind::kThreadJoin: {
      const EventId end = end_of(static_cast<ThreadId>(operation.operand));
      if (!end.is_none()) plain(EventKind::kThreadJoin, end, 0);
      break;
    }
    case OpKind::kChoice:
      for (std::uint64_t i = 0; i < operation.operand; ++i) {
        plain(EventKind::kChoice, EventId::none(), i);
      }
      break;
    default:
      if (from_newest) {
        add_reads(t, newest(operation.location), &result);
        break;
      }
      add_reads(t, EventId::init(), &result);
      if (const auto writes = order_.find(operation.location); writes != order_.end()) {
        for (const EventId write : writes->second) add_reads(t, write, &result);
      }
  }
  return result;
}

bool OracleCandidate::may_be_over() const {
  return std::all_of(threads_.begin(), threads_.end(), [&](const Thread& thread) {
    if (thread.state != State::kAtOperation) return true;
    const Operation& operation = thread.pending;
    if (operation.kind == OpKind::kSync) return true;
    return operation.kind == OpKind::kThreadJoin &&
           end_of(static_cast<ThreadId>(operation.operand)).is_none();
  });
}

bool OracleCandidate::is_over() const {
  for (ThreadId t = 0; t < threads_.size(); ++t) {
    const Thread& thread = threads_[t];
    if (thread.state == State::kParked) {
      const OracleEvent& read = thread.events.back();
      if (read.source != newest(read.location)) return false;
    }
    if (thread.state != State::kAtOperation || thread.pending.kind != OpKind::kSync) continue;
    const Operation& operation = thread.pending;
    const std::uint64_t state = value_of(newest(operation.location), operation.location);
    if (effect(t, state).kind != ObjectEffect::Kind::kWaits) return false;
  }
  return true;
}

bool OracleCandidate::complete() const {
  return std::all_of(threads_.begin(), threads_.end(), [](const Thread& thread) {
    return thread.state == State::kDone || thread.state == State::kNotCreated;
  });
}

/// The event's place in its thread, plain accesses not counted.
std::size_t OracleCandidate::visible_index(EventId id) const {
  const auto& events = threads_[id.thread()].events;
  const auto end = events.begin() + static_cast<std::ptrdiff_t>(id.index());
  return static_cast<std::size_t>(
      std::count_if(events.begin(), end, [](const OracleEvent& e) { return !e.plain; }));
}

std::string OracleCandidate::canonical() const {
  const auto name = [&](EventId id) {
    if (id.is_init() || event(id).plain) return std::string("init");
    return fmt::format("{}.{}", id.thread(), visible_index(id));
  };
  const auto before = [&](EventId id, Location x) {
    const std::vector<EventId>& writes = order_.at(x);
    const auto place = std::find(writes.begin(), writes.end(), id);
    return place == writes.begin() ? EventId::init() : *(place - 1);
  };
  std::string text;
  for (ThreadId t = 0; t < threads_.size(); ++t) {
    for (std::uint32_t i = 0; i < threads_[t].events.size(); ++i) {
      const OracleEvent& event = threads_[t].events[i];
      if (event.plain || event.kind == EventKind::kThreadEnd) continue;
      text += fmt::format("{} ", static_cast<int>(event.kind));
      if (event.kind == EventKind::kRead) text += name(event.source) + (event.spurious ? "s" : "");
      if (event.kind == EventKind::kWrite) text += name(before({t, i}, event.location));
      if (event.kind == EventKind::kChoice) text += std::to_string(event.value);
      text += ',';
    }
    text += ';';
  }
  while (!text.empty() && text.back() == ';') text.pop_back();
  return text;
}

std::string OracleCandidate::key(bool with_order) const {
  std::string text;
  for (const Thread& thread : threads_) {
    for (const OracleEvent& event : thread.events) {
      const std::uint64_t source = event.source.packed();
      text.append(reinterpret_cast<const char*>(&source), sizeof source);
      text += static_cast<char>(event.kind);
      text += static_cast<char>(event.spurious);
      if (event.kind == EventKind::kChoice) text += static_cast<char>(event.value);
    }
    text += '\xff';
  }
  if (!with_order) return text;
  for (const auto& [location, writes] : order_) {
    for (const EventId write : writes) {
      const std::uint64_t id = write.packed();
      text.append(reinterpret_cast<const char*>(&id), sizeof id);
    }
    text += '\xfe';
  }
  return text;
}

std::string OracleCandidate::outcome() const {
  std::string text;
  for (ThreadId t = 0; t < threads_.size(); ++t) {
    int used = -1;
    for (const Instruction& i : program_->threads()[t].instructions()) {
      used = std::max(used, i.target);
    }
    if (t > 0) text += "| ";
    for (int r = 0; r <= used; ++r) text += fmt::format("{} ", threads_[t].registers[r]);
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace heddle::test
