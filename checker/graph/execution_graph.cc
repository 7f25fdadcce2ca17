// SPDX-License-Identifier: Apache-2.0
// Adding, changing and removing events; modification order. Clocks are in clocks.cc.
#include "checker/graph/execution_graph.h"

#include <algorithm>
#include <cstring>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::graph {
namespace {

using base::EventId;
using base::LocationId;
using base::ThreadId;

constexpr std::uint64_t kLabelGap = std::uint64_t{1} << 32;
constexpr std::uint32_t kNone = EventId::none().packed();

EventKind plain_kind(OpKind kind) {
  switch (kind) {
    case OpKind::kFence:
      return EventKind::kFence;
    case OpKind::kThreadCreate:
      return EventKind::kThreadCreate;
    case OpKind::kThreadStart:
      return EventKind::kThreadStart;
    case OpKind::kThreadEnd:
      return EventKind::kThreadEnd;
    case OpKind::kThreadJoin:
      return EventKind::kThreadJoin;
    case OpKind::kChoice:
      return EventKind::kChoice;
    default:
      base::check_failed("an operation without memory access", __FILE__, __LINE__);
  }
}

}  // namespace

ExecutionGraph::ExecutionGraph() : threads_(base::kMaxThreads) {}

EventId ExecutionGraph::mo_last(LocationId location) const {
  if (location >= location_count_) return EventId::init();
  const EventId id = EventId::from_packed(row(location)[kRowLast]);
  return id.is_none() ? EventId::init() : id;
}

EventId ExecutionGraph::mo_first(LocationId location) const {
  if (location >= location_count_) return EventId::none();
  return EventId::from_packed(row(location)[kRowFirst]);
}

EventId ExecutionGraph::last_access(LocationId location, ThreadId thread) const {
  if (location >= location_count_ || thread >= stride_) return EventId::none();
  return EventId::from_packed(row(location)[kRowAccess + thread]);
}

void ExecutionGraph::clear() {
  for (std::uint32_t t = 0; t < thread_count_; ++t) {
    threads_[t].size = 0;
    threads_[t].create = EventId::none();
  }
  order_.clear();
  location_count_ = 0;
  thread_count_ = 0;
  sc_count_ = 0;
}

void ExecutionGraph::copy_from(const ExecutionGraph& other) {
  copy_rows(other);
  const std::uint32_t count = std::max(thread_count_, other.thread_count_);
  for (std::uint32_t t = 0; t < count; ++t) {
    Thread& to = threads_[t];
    const Thread& from = other.threads_[t];
    to.size = from.size;
    to.create = from.create;
    if (from.size == 0) continue;
    if (to.events.size() < from.size) to.events.resize(from.events.size());
    std::memcpy(static_cast<void*>(to.events.data()), from.events.data(),
                from.size * sizeof(Event));
    const std::size_t clock_words = std::size_t{from.size} * kClockKinds * other.stride_;
    if (to.clocks.size() < clock_words) to.clocks.resize(from.clocks.size());
    std::memcpy(to.clocks.data(), from.clocks.data(), clock_words * sizeof(std::uint32_t));
  }
  order_.assign(other.order_.begin(), other.order_.end());
  thread_count_ = other.thread_count_;
  stride_ = other.stride_;
  sc_count_ = other.sc_count_;
}

/// Copies the rows of all locations, or, when most of them have no event in either graph, of those
/// that have: rows without an event are empty.
void ExecutionGraph::copy_rows(const ExecutionGraph& other) {
  const std::size_t width = kRowAccess + other.stride_;
  const std::size_t words = other.location_count_ * width;
  const bool sparse = stride_ == other.stride_ &&
                      other.location_count_ > 4 * (order_.size() + other.order_.size() + 4);
  if (!sparse) {
    if (rows_.size() < words) rows_.resize(other.rows_.size());
    if (words != 0) std::memcpy(rows_.data(), other.rows_.data(), words * sizeof(std::uint32_t));
    location_count_ = other.location_count_;
    return;
  }
  for (const EventId id : order_) {
    const LocationId location = event(id).location;
    if (location != base::kNoLocation) std::fill_n(row(location), width, kNone);
  }
  reserve_location(other.location_count_ - 1);
  for (const EventId id : other.order_) {
    const LocationId location = other.event(id).location;
    if (location != base::kNoLocation) std::copy_n(other.row(location), width, row(location));
  }
}

EventId ExecutionGraph::append(ThreadId thread, EventKind kind, const Operation& operation) {
  HEDDLE_CHECK(thread < base::kMaxThreads);
  if (thread >= stride_) grow_stride(thread + 1);
  if (operation.location != base::kNoLocation) reserve_location(operation.location);
  Thread& data = threads_[thread];
  const std::size_t clock_words = std::size_t{data.size + 1} * kClockKinds * stride_;
  if (data.events.size() <= data.size || data.clocks.size() < clock_words) {
    const std::size_t capacity = std::max<std::size_t>(16, std::size_t{data.size} * 2);
    data.events.resize(std::max(capacity, data.events.size()));
    data.clocks.resize(data.events.size() * kClockKinds * stride_);
  }
  const EventId id(thread, data.size++);
  Event& event = data.events[id.index()];
  event = Event{};
  event.kind = kind;
  event.order = operation.order;
  event.operation = operation;
  event.stamp = stamps();
  order_.push_back(id);
  if (id.index() > 0) {
    event.last_release_fence = data.events[id.index() - 1].last_release_fence;
  }
  if (operation.location != base::kNoLocation) {
    event.location = operation.location;
    std::uint32_t& last = row(operation.location)[kRowAccess + thread];
    event.previous_same_location = EventId::from_packed(last);
    last = id.packed();
  }
  thread_count_ = std::max(thread_count_, thread + 1);
  inherit_clocks(id);
  return id;
}

EventId ExecutionGraph::add_plain(ThreadId thread, const Operation& operation, EventId source,
                                  std::uint64_t value) {
  HEDDLE_CHECK(operation.location == base::kNoLocation);
  const EventId id = append(thread, plain_kind(operation.kind), operation);
  Event& event = mutable_event(id);
  event.value = event.result = value;
  event.rf = source;
  const bool acquires = event.kind == EventKind::kThreadStart ? HEDDLE_CLAUSE("sw.create_start")
                                                              : HEDDLE_CLAUSE("sw.end_join");
  if (source.is_event() && acquires) event.acquires = kBankA;
  if (event.kind == EventKind::kThreadCreate) {
    const auto child = static_cast<ThreadId>(operation.operand);
    HEDDLE_CHECK(child < base::kMaxThreads);
    threads_[child].create = id;
    thread_count_ = std::max(thread_count_, child + 1);
  }
  if (event.kind == EventKind::kThreadCreate || event.kind == EventKind::kThreadEnd) {
    event.banks = kBankA;
    base::clock_copy(clock(id, kReleaseA), clock(id, kHb), stride_);
  }
  if (event.kind == EventKind::kFence) {
    const bool acquires_before = is_acquire(operation.order)
                                     ? HEDDLE_CLAUSE("sw.acquire_fence")
                                     : !HEDDLE_CLAUSE("sw.acquire_fence.order");
    const bool releases = is_release(operation.order) ? HEDDLE_CLAUSE("sw.release_fence")
                                                      : !HEDDLE_CLAUSE("sw.release_fence.order");
    if (acquires_before) acquire_at_fence(id);
    if (releases) {
      event.last_release_fence = static_cast<std::int32_t>(id.index());
    }
  }
  sc_count_ += is_sc(event) ? 1 : 0;
  return id;
}

EventId ExecutionGraph::add_read(ThreadId thread, const Operation& operation, EventId source) {
  HEDDLE_CHECK(operation.location != base::kNoLocation);
  const EventId id = append(thread, EventKind::kRead, operation);
  sc_count_ += is_sc(event(id)) ? 1 : 0;
  set_source(id, source);
  return id;
}

EventId ExecutionGraph::add_store(ThreadId thread, const Operation& operation,
                                  EventId predecessor) {
  HEDDLE_CHECK(operation.location != base::kNoLocation);
  const EventId id = append(thread, EventKind::kWrite, operation);
  Event& event = mutable_event(id);
  event.value = operation.operand;
  link(id, predecessor);
  const bool is_releasing = is_release(operation.order) ? HEDDLE_CLAUSE("sw.release_write")
                                                        : !HEDDLE_CLAUSE("sw.relaxed_write");
  const bool releases = !operation.non_atomic && is_releasing;
  set_write_release(id, releases ? kBankA : 0);
  sc_count_ += is_sc(event) ? 1 : 0;
  return id;
}

EventId ExecutionGraph::add_rmw_write(ThreadId thread) {
  const EventId read = last_id(thread);
  HEDDLE_CHECK(event(read).kind == EventKind::kRead && event(read).has_write);
  const Operation operation = event(read).operation;
  const EventId source = event(read).rf;
  const Evaluation evaluation = evaluate(operation, thread, event(read).value);
  const EventId id = append(thread, EventKind::kWrite, operation);
  Event& event = mutable_event(id);
  event.rmw_write = true;
  event.value = evaluation.new_value;
  event.result = evaluation.result;
  link(id, source);
  set_write_release(id, evaluation.releases);
  sc_count_ += is_sc(event) ? 1 : 0;
  return id;
}

void ExecutionGraph::set_source(EventId read, EventId source, bool spurious) {
  Event& event = mutable_event(read);
  HEDDLE_CHECK(event.kind == EventKind::kRead && read.index() + 1 == size(read.thread()));
  sc_count_ -= is_sc(event) ? 1 : 0;
  event.rf = source;
  event.value = value_of(source, event.operation);
  const Evaluation evaluation = evaluate(event.operation, read.thread(), event.value, spurious);
  event.order = evaluation.order;
  event.has_write = evaluation.writes;
  event.blocked = evaluation.blocked;
  event.spurious = spurious;
  event.revisited = false;
  event.acquires = evaluation.acquires;
  event.result = evaluation.result;
  sc_count_ += is_sc(event) ? 1 : 0;
}

void ExecutionGraph::set_choice(EventId choice, std::uint64_t outcome) {
  Event& event = mutable_event(choice);
  HEDDLE_CHECK(event.kind == EventKind::kChoice && outcome < event.operation.operand);
  event.value = event.result = outcome;
}

void ExecutionGraph::set_revisit(EventId read, EventId write) {
  mutable_event(read).revisited = true;
  mutable_event(write).revisits = read;
}

void ExecutionGraph::place_after(EventId write, EventId predecessor) {
  if (event(write).mo_previous == predecessor) return;
  unlink(write);
  link(write, predecessor);
}

void ExecutionGraph::link(EventId write, EventId predecessor) {
  Event& event = mutable_event(write);
  std::uint32_t* locations = row(event.location);
  event.mo_previous = predecessor;
  event.mo_next = mo_next(event.location, predecessor);
  if (predecessor.is_event()) {
    mutable_event(predecessor).mo_next = write;
  } else {
    locations[kRowFirst] = write.packed();
  }
  const std::uint64_t low = mo_label(predecessor);
  if (event.mo_next.is_none()) {
    locations[kRowLast] = write.packed();
    event.mo_label = low + kLabelGap;
    return;
  }
  Event& next = mutable_event(event.mo_next);
  next.mo_previous = write;
  event.mo_label = low + (next.mo_label - low) / 2;
  if (event.mo_label == low && HEDDLE_CLAUSE("mo.relabel")) relabel(event.location);
}

void ExecutionGraph::unlink(EventId write) {
  const Event& event = this->event(write);
  std::uint32_t* locations = row(event.location);
  if (event.mo_previous.is_event()) {
    mutable_event(event.mo_previous).mo_next = event.mo_next;
  } else {
    locations[kRowFirst] = event.mo_next.packed();
  }
  if (event.mo_next.is_event()) {
    mutable_event(event.mo_next).mo_previous = event.mo_previous;
  } else {
    locations[kRowLast] = event.mo_previous.is_event() ? event.mo_previous.packed() : kNone;
  }
}

void ExecutionGraph::relabel(LocationId location) {
  std::uint64_t label = 0;
  for (EventId w = mo_first(location); w.is_event(); w = event(w).mo_next) {
    label += kLabelGap;
    mutable_event(w).mo_label = label;
  }
}

void ExecutionGraph::remove_last(ThreadId thread) {
  const EventId id = last_id(thread);
  const Event& event = this->event(id);
  sc_count_ -= is_sc(event) ? 1 : 0;
  if (event.location != base::kNoLocation) {
    row(event.location)[kRowAccess + thread] = event.previous_same_location.packed();
    if (event.kind == EventKind::kWrite) unlink(id);
  }
  if (event.kind == EventKind::kThreadCreate) {
    threads_[event.operation.operand].create = EventId::none();
  }
  --threads_[thread].size;
  while (thread_count_ > 0 && threads_[thread_count_ - 1].size == 0 &&
         threads_[thread_count_ - 1].create.is_none()) {
    --thread_count_;
  }
}

void ExecutionGraph::cut(std::uint32_t stamps) {
  while (order_.size() > stamps) {
    remove_last(order_.back().thread());
    order_.pop_back();
  }
}

void ExecutionGraph::withdraw_blocked(ThreadId thread) {
  HEDDLE_CHECK(blocked(thread));
  const std::uint32_t stamp = last(thread).stamp;
  remove_last(thread);
  order_.erase(order_.begin() + stamp);
  for (std::uint32_t i = stamp; i < order_.size(); ++i) mutable_event(order_[i]).stamp = i;
}

void ExecutionGraph::restrict(EventId read, EventId write) {
  const std::uint32_t stamp = event(read).stamp;
  const std::uint32_t* prefix = porf(write);
  const std::uint32_t count = thread_count_;
  for (ThreadId t = 0; t < count; ++t) {
    const std::uint32_t causes = HEDDLE_CLAUSE("revisit.deleted.causes_stay") ? prefix[t] : 0;
    while (size(t) > causes && last(t).stamp > stamp) remove_last(t);
  }
  std::uint32_t kept = 0;
  for (const EventId id : order_) {
    if (id.index() >= size(id.thread())) continue;
    mutable_event(id).stamp = kept;
    order_[kept++] = id;
  }
  order_.resize(kept);
}

bool ExecutionGraph::reorder(std::span<const EventId> order) {
  if (order.size() != order_.size()) return false;
  std::vector<std::uint32_t> next(base::kMaxThreads, 0);
  for (const EventId id : order) {
    if (!id.is_event() || id.thread() >= base::kMaxThreads) return false;
    if (id.index() != next[id.thread()]++ || id.index() >= size(id.thread())) return false;
  }
  order_.assign(order.begin(), order.end());
  for (std::uint32_t i = 0; i < order_.size(); ++i) mutable_event(order_[i]).stamp = i;
  return true;
}

void ExecutionGraph::reserve_location(LocationId location) {
  if (location < location_count_) return;
  const std::size_t width = kRowAccess + stride_;
  const std::size_t needed = (std::size_t{location} + 1) * width;
  if (rows_.size() < needed) rows_.resize(std::max(needed, rows_.size() * 2));
  std::uint32_t* first = row(location_count_);
  std::fill(first, first + (location + 1 - location_count_) * width, kNone);
  location_count_ = location + 1;
}

void ExecutionGraph::grow_stride(std::uint32_t threads) {
  std::uint32_t wide = stride_;
  while (wide < threads) wide *= 2;
  for (Thread& thread : threads_) {
    std::vector<std::uint32_t> clocks(thread.events.size() * kClockKinds * wide, 0);
    for (std::size_t i = 0; i < std::size_t{thread.size} * kClockKinds; ++i) {
      std::copy_n(thread.clocks.data() + i * stride_, stride_, clocks.data() + i * wide);
    }
    thread.clocks = std::move(clocks);
  }
  std::vector<std::uint32_t> rows(std::size_t{location_count_} * (kRowAccess + wide), kNone);
  for (LocationId x = 0; x < location_count_; ++x) {
    std::copy_n(row(x), kRowAccess + stride_, rows.data() + std::size_t{x} * (kRowAccess + wide));
  }
  rows_ = std::move(rows);
  stride_ = wide;
}

}  // namespace heddle::graph
