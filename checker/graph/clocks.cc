// SPDX-License-Identifier: Apache-2.0
// Clocks of an event: happens-before, (sb|rf)-prefix, and what it releases.
#include <algorithm>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/graph/execution_graph.h"

namespace heddle::graph {

using base::EventId;
using base::ThreadId;

/// Joins what the event learns from its own rf: hb through the acquired banks, porf in any case.
/// Either clock may be null.
void ExecutionGraph::join_source(EventId id, std::uint32_t* hb, std::uint32_t* porf) const {
  const Event& event = this->event(id);
  if (!event.rf.is_event()) return;
  if (porf != nullptr && HEDDLE_CLAUSE("porf.reads_from")) {
    base::clock_join(porf, clock(event.rf, kPorf), stride_);
  }
  if (hb == nullptr || !HEDDLE_CLAUSE("hb.reads_from")) return;
  const std::uint8_t banks = event.acquires & this->event(event.rf).banks;
  if (banks & kBankA) base::clock_join(hb, clock(event.rf, kReleaseA), stride_);
  if (banks & kBankB) base::clock_join(hb, clock(event.rf, kReleaseB), stride_);
}

std::uint32_t ExecutionGraph::known_through_source(const Event& event, ThreadId u,
                                                   std::uint32_t count) const {
  if (!HEDDLE_CLAUSE("hb.own_reads_from")) return count;
  const std::uint8_t banks = event.acquires & this->event(event.rf).banks;
  if (banks & kBankA) count = std::max(count, clock(event.rf, kReleaseA)[u]);
  if (banks & kBankB) count = std::max(count, clock(event.rf, kReleaseB)[u]);
  return count;
}

void ExecutionGraph::inherit_clocks(EventId id) {
  std::uint32_t* hb = clock(id, kHb);
  std::uint32_t* porf = clock(id, kPorf);
  if (id.index() == 0) {
    base::clock_clear(hb, stride_);
    base::clock_clear(porf, stride_);
  } else {
    const EventId previous(id.thread(), id.index() - 1);
    if (HEDDLE_CLAUSE("hb.program_order")) {
      base::clock_copy(hb, clock(previous, kHb), stride_);
    } else {
      base::clock_clear(hb, stride_);
    }
    base::clock_copy(porf, clock(previous, kPorf), stride_);
    join_source(previous, hb, porf);
  }
  hb[id.thread()] = porf[id.thread()] = id.index() + 1;
}

/// An acquire fence synchronises with what the thread's earlier relaxed reads read. The walk ends
/// at an earlier acquire fence, which has joined all before it.
void ExecutionGraph::acquire_at_fence(EventId fence) {
  const Event* events = threads_[fence.thread()].events.data();
  for (std::uint32_t i = fence.index(); i-- > 0;) {
    const Event& event = events[i];
    if (event.kind == EventKind::kFence && is_acquire(event.order)) break;
    if (event.kind != EventKind::kRead || !event.rf.is_event()) continue;
    if (is_sync(event) && HEDDLE_CLAUSE("sw.acquire_fence.sync_object")) continue;
    if (event.operation.non_atomic && HEDDLE_CLAUSE("sw.acquire_fence.non_atomic")) continue;
    if (this->event(event.rf).banks & kBankA) {
      base::clock_join(clock(fence, kHb), clock(event.rf, kReleaseA), stride_);
    }
  }
}

/// `releases`: the banks into which the write releases the thread's hb. Banks of an rmw's source
/// are carried on (the release sequence of an atomic, the older releases of a sync object).
void ExecutionGraph::set_write_release(EventId write, std::uint8_t releases) {
  Event& event = mutable_event(write);
  event.banks = 0;
  if (event.operation.non_atomic && HEDDLE_CLAUSE("sw.non_atomic_write")) return;
  EventId source = event.rmw_write ? read_of(write).rf : EventId::none();
  if (!event.rmw_write && !HEDDLE_CLAUSE("rs.ends_at_store")) source = event.mo_previous;
  const bool carries = source.is_event() && HEDDLE_CLAUSE("rs.rmw");
  const std::uint8_t carried = carries ? this->event(source).banks : 0;
  EventId fence = EventId::none();
  const bool is_atomic = !is_sync(event) || !HEDDLE_CLAUSE("sw.release_fence.sync_object");
  if (is_atomic && event.last_release_fence >= 0) {
    fence = EventId(write.thread(), static_cast<std::uint32_t>(event.last_release_fence));
  }
  for (std::uint32_t bank = 0; bank < 2; ++bank) {
    const std::uint8_t bit = bank == 0 ? kBankA : kBankB;
    const bool by_fence = bank == 0 && fence.is_event();
    if (!(releases & bit) && !(carried & bit) && !by_fence) continue;
    std::uint32_t* release = clock(write, kReleaseA + bank);
    if (releases & bit) {
      base::clock_copy(release, clock(write, kHb), stride_);
    } else if (by_fence) {
      base::clock_copy(release, clock(fence, kHb), stride_);
    } else {
      base::clock_clear(release, stride_);
    }
    const bool joins = !(releases & bit) || HEDDLE_CLAUSE("rs.releasing_rmw");
    if (carried & bit && joins) base::clock_join(release, clock(source, kReleaseA + bank), stride_);
    event.banks |= bit;
  }
}

void ExecutionGraph::thread_clock(ThreadId thread, std::uint32_t upto, std::uint32_t* clock) const {
  base::clock_clear(clock, base::kMaxThreads);
  if (upto == 0) return;
  HEDDLE_CHECK(upto <= size(thread));
  const EventId id(thread, upto - 1);
  base::clock_copy(clock, hb(id), stride_);
  join_source(id, clock, nullptr);
}

void ExecutionGraph::thread_porf(ThreadId thread, std::uint32_t upto, std::uint32_t* clock) const {
  base::clock_clear(clock, base::kMaxThreads);
  if (upto == 0) return;
  HEDDLE_CHECK(upto <= size(thread));
  const EventId id(thread, upto - 1);
  base::clock_copy(clock, porf(id), stride_);
  join_source(id, nullptr, clock);
}

}  // namespace heddle::graph
