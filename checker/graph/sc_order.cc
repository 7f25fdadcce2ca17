// SPDX-License-Identifier: Apache-2.0
// Backward closure over sb | rf | mo | rb, as one counter a thread.
#include "checker/graph/sc_order.h"

#include <array>

#include "checker/base/mutant.h"

namespace heddle::graph {
namespace {

using base::EventId;
using base::ThreadId;

class Closure {
 public:
  Closure(const ExecutionGraph& graph, EventId start) : graph_(graph), start_(start) {}

  /// True iff the start is not before itself.
  bool acyclic() {
    before_[start_.thread()] = start_.index();
    add_causes(start_);
    bool grown = true;
    while (grown && !cyclic_) {
      grown = false;
      for (ThreadId t = 0; t < graph_.thread_count(); ++t) {
        while (done_[t] < before_[t] && !cyclic_) {
          grown = true;
          add_causes(EventId(t, done_[t]++));
        }
      }
    }
    return !cyclic_;
  }

 private:
  void add(EventId id) {
    if (!id.is_event()) return;
    const ThreadId t = id.thread();
    if (t == start_.thread() && id.index() >= start_.index()) cyclic_ = true;
    if (before_[t] <= id.index()) before_[t] = id.index() + 1;
  }

  /// Adds what is directly before `id` by rf, mo or rb. For a write that is every access of its
  /// location to an mo-earlier write; the last of each thread is enough.
  void add_causes(EventId id) {
    const Event& event = graph_.event(id);
    if (event.rf.is_event() && HEDDLE_CLAUSE("sc_order.rf")) add(event.rf);
    if (event.kind != EventKind::kWrite) return;
    for (ThreadId u = 0; u < graph_.thread_count(); ++u) {
      EventId x = graph_.last_access(event.location, u);
      while (x.is_event() && !before_in_mo(x, id)) x = graph_.event(x).previous_same_location;
      if (x.is_event() && !has_clause(graph_.event(x).kind)) continue;
      if (x.is_event()) add(x);
    }
  }

  static bool has_clause(EventKind earlier) {
    return earlier == EventKind::kRead ? HEDDLE_CLAUSE("sc_order.rb")
                                       : HEDDLE_CLAUSE("sc_order.mo");
  }

  /// A read part of `write`'s own rmw counts as any other read: it is sb-before.
  bool before_in_mo(EventId access, EventId write) const {
    const Event& event = graph_.event(access);
    const EventId newest = event.kind == EventKind::kWrite ? access : event.rf;
    return graph_.mo_label(newest) < graph_.event(write).mo_label;
  }

  const ExecutionGraph& graph_;
  const EventId start_;
  std::array<std::uint32_t, base::kMaxThreads> before_{};  ///< Events known to be before.
  std::array<std::uint32_t, base::kMaxThreads> done_{};    ///< Of those, whose causes were added.
  bool cyclic_ = false;
};

}  // namespace

bool sc_acyclic_through(const ExecutionGraph& graph, EventId changed) {
  return Closure(graph, changed).acyclic();
}

bool sc_acyclic(const ExecutionGraph& graph) {
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    if (!sc_acyclic_through(graph, graph.by_stamp(stamp))) return false;
  }
  return true;
}

}  // namespace heddle::graph
