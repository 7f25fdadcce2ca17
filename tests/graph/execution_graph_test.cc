// SPDX-License-Identifier: Apache-2.0
// Clocks, modification order, cutting, restricting and copying of graphs, by hand-written events.
#include "checker/graph/execution_graph.h"

#include <gtest/gtest.h>

#include <array>

#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"

namespace heddle::graph {
namespace {

using base::EventId;
using base::ThreadId;
using Clock = std::array<std::uint32_t, base::kMaxThreads>;

constexpr base::LocationId kX = 0;
constexpr base::LocationId kY = 1;

Operation make(OpKind kind, base::LocationId location = base::kNoLocation,
               MemoryOrder order = MemoryOrder::kRelaxed, std::uint64_t operand = 1) {
  Operation operation;
  operation.kind = kind;
  operation.location = location;
  operation.order = order;
  operation.operand = operand;
  operation.rmw = RmwOp::kAdd;
  return operation;
}
Operation load(base::LocationId x, MemoryOrder order = MemoryOrder::kRelaxed) {
  return make(OpKind::kLoad, x, order);
}
Operation store(base::LocationId x, std::uint64_t value = 1,
                MemoryOrder order = MemoryOrder::kRelaxed) {
  return make(OpKind::kStore, x, order, value);
}

Clock knows(const ExecutionGraph& graph, ThreadId thread) {
  Clock clock;
  graph.thread_clock(thread, graph.size(thread), clock.data());
  return clock;
}

TEST(ExecutionGraph, IsEmptyAtFirst) {
  const ExecutionGraph graph;
  EXPECT_EQ(graph.thread_count(), 0u);
  EXPECT_EQ(graph.stamps(), 0u);
  EXPECT_EQ(graph.size(5), 0u);
  EXPECT_TRUE(graph.mo_last(kX).is_init());
  EXPECT_TRUE(graph.mo_first(kX).is_none());
  EXPECT_EQ(graph.mo_label(EventId::init()), 0u);
}

TEST(ExecutionGraph, ClocksLeaveOutTheEventsOwnSource) {
  ExecutionGraph graph;
  graph.add_store(0, store(kX), EventId::init());
  const EventId release = graph.add_store(0, store(kY, 1, MemoryOrder::kRelease), EventId::init());
  const EventId read = graph.add_read(1, load(kY, MemoryOrder::kAcquire), release);
  EXPECT_EQ(graph.hb(read)[0], 0u);
  EXPECT_EQ(graph.porf(read)[0], 0u);
  EXPECT_EQ(knows(graph, 1)[0], 2u);
  EXPECT_EQ(knows(graph, 1)[1], 1u);
  const EventId next = graph.add_read(1, load(kX), EventId(0, 0));
  EXPECT_EQ(graph.hb(next)[0], 2u);
  EXPECT_EQ(graph.porf(next)[0], 2u);
  graph.cut(3);
  graph.set_source(read, EventId::init());
  EXPECT_EQ(knows(graph, 1)[0], 0u);
}

TEST(ExecutionGraph, RelaxedReadsAreInPorfOnly) {
  ExecutionGraph graph;
  const EventId write = graph.add_store(0, store(kX), EventId::init());
  graph.add_read(1, load(kX), write);
  const EventId fence = graph.add_plain(1, make(OpKind::kFence));
  EXPECT_EQ(graph.hb(fence)[0], 0u);
  EXPECT_EQ(graph.porf(fence)[0], 1u);
}

TEST(ExecutionGraph, ModificationOrderAndLabels) {
  ExecutionGraph graph;
  const EventId last = graph.add_store(0, store(kX, 1), EventId::init());
  EventId first = last;
  // Always at the front: labels run out and are given anew.
  for (int i = 0; i < 100; ++i) first = graph.add_store(1, store(kX, 2), EventId::init());
  EXPECT_EQ(graph.mo_last(kX), last);
  EXPECT_EQ(graph.mo_first(kX), first);
  std::uint64_t label = 0;
  int count = 0;
  for (EventId w = first; w.is_event(); w = graph.event(w).mo_next) {
    EXPECT_GT(graph.mo_label(w), label);
    label = graph.mo_label(w);
    ++count;
  }
  EXPECT_EQ(count, 101);
  graph.place_after(first, last);
  EXPECT_EQ(graph.mo_last(kX), first);
  EXPECT_EQ(graph.event(first).mo_previous, last);
}

TEST(ExecutionGraph, CutUndoesAdditions) {
  ExecutionGraph graph;
  const EventId x = graph.add_store(0, store(kX), EventId::init());
  graph.add_plain(0, make(OpKind::kThreadCreate, base::kNoLocation, MemoryOrder::kRelaxed, 3));
  graph.add_store(1, store(kX, 2), EventId::init());
  graph.add_read(1, make(OpKind::kRmw, kX, MemoryOrder::kSeqCst), x);
  graph.add_rmw_write(1);
  EXPECT_EQ(graph.thread_count(), 4u);
  EXPECT_EQ(graph.sc_count(), 2u);
  EXPECT_TRUE(graph.taken(kX, x));
  graph.cut(4);
  EXPECT_FALSE(graph.taken(kX, x));
  EXPECT_EQ(graph.mo_last(kX), x);
  graph.cut(1);
  EXPECT_EQ(graph.thread_count(), 1u);
  EXPECT_EQ(graph.sc_count(), 0u);
  EXPECT_EQ(graph.mo_first(kX), x);
  EXPECT_TRUE(graph.event(x).mo_next.is_none());
  EXPECT_TRUE(graph.last_access(kX, 1).is_none());
  graph.cut(0);
  EXPECT_EQ(graph.thread_count(), 0u);
  EXPECT_TRUE(graph.mo_last(kX).is_init());
}

TEST(ExecutionGraph, RestrictKeepsOlderEventsAndCauses) {
  ExecutionGraph graph;
  const EventId read = graph.add_read(0, load(kX), EventId::init());
  graph.add_store(0, store(kY), EventId::init());       // Goes: after the read.
  graph.add_store(1, store(kY, 2), graph.mo_last(kY));  // Stays: a cause.
  graph.add_store(2, store(kY, 3), graph.mo_last(kY));  // Goes.
  const EventId write = graph.add_store(1, store(kX, 5), EventId::init());
  graph.restrict(read, write);
  EXPECT_EQ(graph.stamps(), 3u);
  EXPECT_EQ(graph.size(0), 1u);
  EXPECT_EQ(graph.size(1), 2u);
  EXPECT_EQ(graph.size(2), 0u);
  EXPECT_EQ(graph.thread_count(), 2u);
  EXPECT_EQ(graph.event(write).stamp, 2u);
  EXPECT_EQ(graph.by_stamp(1), EventId(1, 0));
  EXPECT_EQ(graph.mo_first(kY), EventId(1, 0));
  EXPECT_EQ(graph.mo_last(kY), EventId(1, 0));
  graph.set_source(read, write);
  EXPECT_EQ(graph.event(read).result, 5u);
  EXPECT_TRUE(is_consistent(graph, Model::kRc11));
}

TEST(ExecutionGraph, WithdrawsABlockedRead) {
  ExecutionGraph graph;
  graph.add_store(0, store(kX), EventId::init());
  Operation wait = make(OpKind::kSync, kY);
  wait.sync = SyncOp::kSemaphoreWait;
  graph.add_read(1, wait, EventId::init());
  ASSERT_TRUE(graph.blocked(1));
  const EventId later = graph.add_store(0, store(kX, 2), graph.mo_last(kX));
  graph.withdraw_blocked(1);
  EXPECT_EQ(graph.size(1), 0u);
  EXPECT_EQ(graph.stamps(), 2u);
  EXPECT_EQ(graph.by_stamp(1), later);
  EXPECT_EQ(graph.event(later).stamp, 1u);
  EXPECT_TRUE(graph.last_access(kY, 1).is_none());
}

TEST(ExecutionGraph, GrowsBeyondEightThreads) {
  ExecutionGraph graph;
  graph.add_store(0, store(kX), EventId::init());
  const EventId release = graph.add_store(0, store(kY, 1, MemoryOrder::kRelease), EventId::init());
  graph.add_read(1, load(kY, MemoryOrder::kAcquire), release);
  EXPECT_EQ(graph.stride(), 8u);
  graph.add_read(40, load(kY, MemoryOrder::kAcquire), release);
  EXPECT_EQ(graph.stride(), 64u);
  EXPECT_EQ(knows(graph, 1)[0], 2u);
  EXPECT_EQ(knows(graph, 40)[0], 2u);
  EXPECT_EQ(graph.last_access(kY, 40), EventId(40, 0));
  EXPECT_EQ(graph.last_access(kY, 1), EventId(1, 0));
  EXPECT_TRUE(graph.last_access(kX, 40).is_none());
  EXPECT_EQ(graph.thread_count(), 41u);
}

TEST(ExecutionGraph, CopiesAreIndependent) {
  ExecutionGraph graph;
  const EventId write = graph.add_store(0, store(kX, 3), EventId::init());
  ExecutionGraph copy;
  for (ThreadId t = 0; t < 20; ++t) copy.add_store(t, store(kY), EventId::init());
  copy.copy_from(graph);
  graph.cut(0);
  EXPECT_EQ(copy.stamps(), 1u);
  EXPECT_EQ(copy.thread_count(), 1u);
  EXPECT_EQ(copy.event(write).value, 3u);
  EXPECT_EQ(copy.mo_last(kX), write);
  EXPECT_TRUE(copy.mo_last(kY).is_init());
  EXPECT_EQ(copy.size(7), 0u);
}

TEST(ExecutionGraph, CopiesOfFewAmongManyLocations) {
  constexpr base::LocationId kFar = 5000;
  ExecutionGraph graph;
  const EventId write = graph.add_store(0, store(kFar, 3), EventId::init());
  ExecutionGraph copy;
  copy.add_store(1, store(kFar - 7), EventId::init());
  copy.add_store(1, store(kFar), EventId::init());
  copy.copy_from(graph);
  EXPECT_EQ(copy.mo_last(kFar), write);
  EXPECT_TRUE(copy.mo_last(kFar - 7).is_init());
  EXPECT_TRUE(copy.last_access(kFar - 7, 1).is_none());
  EXPECT_TRUE(copy.last_access(kFar, 1).is_none());
  copy.add_store(1, store(kFar + 1), EventId::init());
  EXPECT_TRUE(graph.mo_last(kFar + 1).is_init());
}

TEST(ExecutionGraph, CoherenceBound) {
  ExecutionGraph graph;
  const EventId first = graph.add_store(0, store(kX, 1), EventId::init());
  const EventId second = graph.add_store(0, store(kX, 2), first);
  graph.add_read(1, load(kX), first);
  const EventId read = graph.add_read(1, load(kX), second);
  EXPECT_EQ(coherence_bound(graph, Model::kRc11, read), first);
  const EventId other = graph.add_read(2, load(kX), EventId::init());
  EXPECT_TRUE(coherence_bound(graph, Model::kRc11, other).is_init());
}

TEST(Axioms, ReportWhatBreaksThem) {
  ExecutionGraph coherence;
  const EventId write = coherence.add_store(0, store(kX), EventId::init());
  coherence.add_read(0, load(kX), EventId::init());
  EXPECT_FALSE(coherence_holds(coherence));
  EXPECT_FALSE(is_consistent(coherence, Model::kSc));
  coherence.set_source(EventId(0, 1), write);
  EXPECT_TRUE(coherence_holds(coherence));

  ExecutionGraph later;
  const EventId early = later.add_read(0, load(kX), EventId::init());
  const EventId late = later.add_store(0, store(kX), EventId::init());
  EXPECT_TRUE(coherence_holds(later));
  later.mutable_event(early).rf = late;
  EXPECT_FALSE(coherence_holds(later));

  ExecutionGraph buffering;
  constexpr MemoryOrder kSc = MemoryOrder::kSeqCst;
  buffering.add_store(0, make(OpKind::kStore, kX, kSc), EventId::init());
  buffering.add_store(1, make(OpKind::kStore, kY, kSc), EventId::init());
  buffering.add_read(0, make(OpKind::kLoad, kY, kSc), EventId::init());
  EXPECT_TRUE(is_consistent(buffering, Model::kRc11));
  buffering.add_read(1, make(OpKind::kLoad, kX, kSc), EventId::init());
  EXPECT_TRUE(coherence_holds(buffering));
  EXPECT_FALSE(is_consistent(buffering, Model::kRc11));

  ExecutionGraph atomicity;
  atomicity.add_read(0, make(OpKind::kRmw, kX), EventId::init());
  atomicity.add_rmw_write(0);
  EXPECT_TRUE(atomicity_holds(atomicity));
  atomicity.add_store(1, store(kX), EventId::init());
  EXPECT_FALSE(atomicity_holds(atomicity));

  ExecutionGraph cycle;
  const EventId x = cycle.add_read(0, load(kX), EventId::init());
  const EventId y = cycle.add_store(0, store(kY), EventId::init());
  cycle.add_read(1, load(kY), y);
  const EventId back = cycle.add_store(1, store(kX), EventId::init());
  EXPECT_TRUE(no_thin_air_holds(cycle));
  cycle.set_revisit(x, back);
  cycle.mutable_event(x).rf = back;
  EXPECT_FALSE(no_thin_air_holds(cycle));
}

TEST(Evaluate, CutsValuesToTheirSize) {
  Operation add = make(OpKind::kRmw, kX, MemoryOrder::kRelaxed, 2);
  add.size = 1;
  EXPECT_EQ(evaluate(add, 0, 255).new_value, 1u);
  EXPECT_EQ(evaluate(add, 0, 255).result, 255u);
  add.rmw = RmwOp::kNand;
  EXPECT_EQ(evaluate(add, 0, 3).new_value, 0xfdu);
  Operation cas = make(OpKind::kCompareExchange, kX, MemoryOrder::kAcqRel, 7);
  cas.size = 4;
  cas.expected = 0xffffffff00000005;
  EXPECT_TRUE(evaluate(cas, 0, 5).writes);
  EXPECT_FALSE(evaluate(cas, 0, 6).writes);
  EXPECT_FALSE(evaluate(cas, 0, 5, true).writes);
  EXPECT_EQ(evaluate(cas, 0, 6).order, MemoryOrder::kRelaxed);
}

}  // namespace
}  // namespace heddle::graph
