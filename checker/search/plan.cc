// SPDX-License-Identifier: Apache-2.0
// From a graph to a plan: a linearisation of sb | rf, of mo | rb too where possible, and what is
// not default in it.
#include <algorithm>
#include <array>

#include "checker/base/check.h"
#include "checker/search/replay.h"

namespace heddle::search {
namespace {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;

class Planner {
 public:
  explicit Planner(const ExecutionGraph& graph)
      : graph_(graph),
        newest_(graph.location_bound(), EventId::init()),
        init_readers_(graph.location_bound(), 0) {
    for (ThreadId t = 0; t < graph.thread_count(); ++t) readers_[t].assign(graph.size(t), 0);
    for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
      const Event& event = graph.event(graph.by_stamp(stamp));
      if (event.kind == EventKind::kRead) ++readers_of(event);
    }
  }

  Plan make(std::vector<EventId>* order) {
    order_ = order;
    ThreadId current = 0;
    for (std::uint32_t done = 0; done < graph_.stamps();) {
      current = next_thread(current);
      done += emit(current);
    }
    return std::move(plan_);
  }

 private:
  bool emitted(EventId id) const { return !id.is_event() || id.index() < emitted_[id.thread()]; }

  /// Reads of the same source that are still to come.
  std::uint32_t& readers_of(const Event& read) {
    return read.rf.is_event() ? readers_[read.rf.thread()][read.rf.index()]
                              : init_readers_[read.location];
  }
  std::uint32_t readers_left(EventId write, base::LocationId location) const {
    return write.is_event() ? readers_[write.thread()][write.index()] : init_readers_[location];
  }

  /// The thread that goes on with the least deviation from what is default, `current` if it can.
  ThreadId next_thread(ThreadId current) const {
    for (const bool by_default : {true, false}) {
      if (ready(current, by_default)) return current;
      for (ThreadId t = 0; t < graph_.thread_count(); ++t) {
        if (ready(t, by_default)) return t;
      }
    }
    base::check_failed("sb | rf is acyclic", __FILE__, __LINE__);
  }

  /// True iff the thread's next event has its rf before it and, with `by_default`, takes the newest
  /// source or place, and no earlier one is needed any more.
  bool ready(ThreadId t, bool by_default) const {
    if (emitted_[t] >= graph_.size(t)) return false;
    const EventId id(t, emitted_[t]);
    const Event& event = graph_.event(id);
    if (!emitted(event.rf)) return false;
    if (!by_default || event.location == base::kNoLocation) return true;
    const EventId newest = newest_[event.location];
    if (event.kind == EventKind::kRead) {
      return event.rf == newest && (!event.has_write || readers_left(newest, event.location) == 1);
    }
    return event.mo_previous == newest && readers_left(newest, event.location) == 0;
  }

  /// Emits the thread's next operation; returns its number of events.
  std::uint32_t emit(ThreadId t) {
    const EventId id(t, emitted_[t]);
    const Event& event = graph_.event(id);
    const auto step = static_cast<std::uint32_t>(plan_.schedule.size());
    plan_.schedule.push_back(t);
    append(id);
    using Kind = Plan::Exception::Kind;
    if (event.kind == EventKind::kRead) {
      --readers_of(event);
      if (event.spurious || event.rf != newest_[event.location]) {
        const Kind kind = event.spurious ? Kind::kSpurious : Kind::kSource;
        plan_.exceptions.push_back({step, kind, event.rf, 0});
      }
      if (!event.has_write) return 1;
      if (emitted_[t] >= graph_.size(t)) return 1;
      const EventId write(t, emitted_[t]);
      append(write);
      note_write(write);
      return 2;
    }
    if (event.kind == EventKind::kWrite) {
      const EventId predecessor = note_write(id);
      if (!predecessor.is_none()) {
        plan_.exceptions.push_back({step, Kind::kPlace, predecessor, 0});
      }
    } else if (event.kind == EventKind::kChoice && event.value != 0) {
      plan_.exceptions.push_back({step, Kind::kOutcome, EventId::none(), event.value});
    }
    return 1;
  }

  void append(EventId id) {
    ++emitted_[id.thread()];
    if (order_ != nullptr) order_->push_back(id);
  }

  /// none() if the write is the newest so far, else its predecessor among the emitted ones.
  EventId note_write(EventId write) {
    const Event& event = graph_.event(write);
    EventId& newest = newest_[event.location];
    if (graph_.mo_label(newest) < event.mo_label) {
      newest = write;
      return EventId::none();
    }
    EventId predecessor = event.mo_previous;
    while (!emitted(predecessor)) predecessor = graph_.event(predecessor).mo_previous;
    return predecessor;
  }

  const ExecutionGraph& graph_;
  Plan plan_;
  std::vector<EventId>* order_ = nullptr;
  std::array<std::uint32_t, base::kMaxThreads> emitted_{};
  std::array<std::vector<std::uint32_t>, base::kMaxThreads> readers_;
  std::vector<EventId> newest_;
  std::vector<std::uint32_t> init_readers_;
};

}  // namespace

Plan make_plan(const ExecutionGraph& graph, std::vector<EventId>* order) {
  if (order != nullptr) order->clear();
  return Planner(graph).make(order);
}

}  // namespace heddle::search
