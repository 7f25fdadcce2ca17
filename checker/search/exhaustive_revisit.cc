// SPDX-License-Identifier: Apache-2.0
// Backward revisits: which earlier reads a new write may revisit, and the graphs that result.
#include <algorithm>
#include <array>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"
#include "checker/search/exhaustive.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Evaluation;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

/// Computes the revisits of a write that was just added. They do not depend on its place in mo.
void ExhaustiveSearch::revisit_by(EventId write) {
  if (!HEDDLE_CLAUSE("revisit")) return;
  const ExecutionGraph& graph = current();
  const Event& event = graph.event(write);
  Revisitor by;
  by.kind = ItemKind::kRevisit;
  by.event = by.write = write;
  by.location = event.location;
  by.value = event.value;
  by.rmw_source = event.rmw_write ? graph.read_of(write).rf : EventId::none();
  by.prefix = graph.porf(write);
  by.taker_stamp = kNoStamp;
  sweep(by);
}

/// The rmw whose read is `read` could read `source` only if the rmw that reads it now gave way: the
/// revisits that its write would do if it were placed after `source`.
void ExhaustiveSearch::revisit_through_taken(EventId read, EventId source,
                                             const Evaluation& evaluation) {
  if (!HEDDLE_CLAUSE("revisit.through_taken")) return;
  const ExecutionGraph& graph = current();
  const Operation& operation = graph.event(read).operation;
  std::array<std::uint32_t, base::kMaxThreads> prefix;
  base::clock_copy(prefix.data(), graph.porf(read), graph.stride());
  if (source.is_event()) base::clock_join(prefix.data(), graph.porf(source), graph.stride());
  prefix[read.thread()] = read.index() + 2;
  const EventId taker = graph.mo_next(operation.location, source);
  const bool is_cause = base::clock_contains(prefix.data(), taker);
  if (is_cause && HEDDLE_CLAUSE("revisit.through_taken.cause")) return;
  Revisitor by;
  by.kind = ItemKind::kTakenRevisit;
  by.event = read;
  by.write = EventId(read.thread(), read.index() + 1);
  by.location = operation.location;
  by.value = evaluation.new_value;
  by.rmw_source = source;
  by.prefix = prefix.data();
  by.taker_stamp = graph.read_of(taker).stamp;
  sweep(by);
}

/// Goes back over the events that are not causes of the write, as long as they are maximally added:
/// they are what a revisit of the read at hand removes.
void ExhaustiveSearch::sweep(const Revisitor& by) {
  const ExecutionGraph& graph = current();
  const std::uint32_t oldest = oldest_candidate(by);
  for (std::uint32_t stamp = graph.stamps(); stamp-- > oldest;) {
    const EventId id = graph.by_stamp(stamp);
    if (base::clock_contains(by.prefix, id) && HEDDLE_CLAUSE("revisit.not_a_cause")) continue;
    if (!maximally_added(id, by) && HEDDLE_CLAUSE("revisit.maximal")) return;
    const Event& event = graph.event(id);
    if (event.kind == EventKind::kRead && event.location == by.location &&
        (by.taker_stamp == kNoStamp || stamp <= by.taker_stamp ||
         !HEDDLE_CLAUSE("revisit.through_taken.stamp"))) {
      push_revisits(id, by);
    }
  }
}

/// Stamp of the oldest read of the location that is not a cause of the write; kNoStamp if none.
std::uint32_t ExhaustiveSearch::oldest_candidate(const Revisitor& by) const {
  const ExecutionGraph& graph = this->graph();
  std::uint32_t oldest = kNoStamp;
  for (ThreadId u = 0; u < graph.thread_count(); ++u) {
    EventId x = graph.last_access(by.location, u);
    while (x.is_event() && !base::clock_contains(by.prefix, x)) {
      const Event& event = graph.event(x);
      if (event.kind == EventKind::kRead && event.stamp < oldest) oldest = event.stamp;
      x = event.previous_same_location;
    }
  }
  return oldest;
}

/// The paper's condition, with P = { p : stamp(p) <= stamp(id), or p in the prefix of the write }.
bool ExhaustiveSearch::maximally_added(EventId id, const Revisitor& by) const {
  const ExecutionGraph& graph = this->graph();
  const Event& event = graph.event(id);
  if (event.kind == EventKind::kChoice) {
    return event.value == 0 || !HEDDLE_CLAUSE("revisit.maximal.choice");
  }
  if (event.kind != EventKind::kRead && event.kind != EventKind::kWrite) return true;
  if (event.spurious && HEDDLE_CLAUSE("revisit.maximal.spurious")) return false;
  EventId newest = event.rf;
  if (event.kind == EventKind::kWrite) {
    newest = id;
    // Reads of it in P: not in the prefix, or it would be there too; so one added earlier.
    const EventId reader = event.revisits;
    if (reader.is_event() && reader.index() < graph.size(reader.thread()) &&
        graph.event(reader).rf == id && HEDDLE_CLAUSE("revisit.maximal.unread_write")) {
      return false;
    }
  }
  for (EventId w = graph.mo_next(event.location, newest); w.is_event();
       w = graph.event(w).mo_next) {
    if (w == by.write && HEDDLE_CLAUSE("revisit.maximal.but_the_write")) continue;
    const bool in_force = event.kind == EventKind::kRead ? HEDDLE_CLAUSE("revisit.maximal.read")
                                                         : HEDDLE_CLAUSE("revisit.maximal.write");
    if (!in_force) continue;
    if ((graph.event(w).stamp <= event.stamp && HEDDLE_CLAUSE("revisit.maximal.older")) ||
        (base::clock_contains(by.prefix, w) && HEDDLE_CLAUSE("revisit.maximal.causes"))) {
      return false;
    }
  }
  return true;
}

bool ExhaustiveSearch::kept(EventId id, std::uint32_t stamp, const Revisitor& by) const {
  return (graph().event(id).stamp <= stamp && HEDDLE_CLAUSE("revisit.kept.older")) ||
         (base::clock_contains(by.prefix, id) && HEDDLE_CLAUSE("revisit.kept.causes"));
}

/// An item for each place of the write after which `read`, reading it, is coherent.
void ExhaustiveSearch::push_revisits(EventId read, const Revisitor& by) {
  const ExecutionGraph& graph = current();
  const std::uint32_t stamp = graph.event(read).stamp;
  const std::uint64_t read_bound = graph.mo_label(graph::coherence_bound(graph, model_, read));
  if (!by.rmw_source.is_none()) {
    if (graph.mo_label(by.rmw_source) >= read_bound || !HEDDLE_CLAUSE("revisit.rmw.coherent")) {
      push_revisit(read, by.rmw_source, by);
    }
    return;
  }
  const std::uint64_t write_bound = graph.mo_label(graph::coherence_bound(graph, model_, by.write));
  const std::uint64_t bound =
      std::max(HEDDLE_CLAUSE("revisit.place.coherent_read") ? read_bound : 0,
               HEDDLE_CLAUSE("revisit.place.coherent_write") ? write_bound : 0);
  EventId place = graph.mo_last(by.location);
  while (true) {
    const bool there = place.is_init() || kept(place, stamp, by);
    if (place != by.write && (there || !HEDDLE_CLAUSE("revisit.place.kept"))) {
      const bool taken =
          graph.taken(by.location, place) && kept(graph.mo_next(by.location, place), stamp, by);
      if (!taken || !HEDDLE_CLAUSE("revisit.place.not_taken")) push_revisit(read, place, by);
    }
    if (graph.mo_label(place) <= bound) break;
    place = graph.event(place).mo_previous;
  }
}

void ExhaustiveSearch::push_revisit(EventId read, EventId place, const Revisitor& by) {
  const Operation& operation = current().event(read).operation;
  push({by.kind, false, by.event, place, read});
  if (operation.kind == OpKind::kCompareExchange && operation.weak &&
      graph::evaluate(operation, read.thread(), by.value).writes &&
      HEDDLE_CLAUSE("revisit.spurious")) {
    push({by.kind, true, by.event, place, read});
  }
}

/// True iff the graph after the revisit is consistent.
bool ExhaustiveSearch::apply_revisit(const Item& item) {
  if (!top().items.empty()) push_level();
  ExecutionGraph& graph = current();
  note_change(graph.event(item.read).stamp);
  EventId write = item.event;
  if (item.kind == ItemKind::kTakenRevisit) {
    graph.set_source(item.event, item.source);
    graph.mutable_event(item.event).maximal = false;
    write = graph.add_rmw_write(item.event.thread());
  }
  graph.restrict(item.read, write);
  graph.place_after(write, item.source);
  graph.set_source(item.read, write, item.spurious);
  graph.set_revisit(item.read, write);
  graph.mutable_event(item.read).maximal = false;
  // A cycle through the write leaves it by rf to the read, its only reader, or by mo to a write to
  // which the read is rb; nothing is sb-after it. So a cycle through it can go through the read.
  const bool consistent = graph::recheck(graph, model_, item.read, psc_);
  if (!consistent && HEDDLE_CLAUSE("revisit.check")) return false;
  if (graph.event(item.read).has_write && HEDDLE_CLAUSE("revisit.rmw.writes_again"))
    finish_rmw(item.read.thread());
  return true;
}

}  // namespace heddle::search
