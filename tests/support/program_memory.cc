// SPDX-License-Identifier: Apache-2.0
// Plain accesses of abstract programs.
#include "tests/support/program_memory.h"

#include "checker/base/check.h"

namespace heddle::test {

using base::EventId;
using base::ThreadId;
using detect::AccessKind;
using graph::Event;
using graph::ExecutionGraph;

namespace {

/// Of later lives; above the locations of programs. A life is named by who began it and when.
Location later_life(Location x, ThreadId t, std::uint32_t events) {
  constexpr Location kFirst = 128;
  constexpr Location kThreads = 8;
  constexpr Location kEvents = 64;
  HEDDLE_CHECK(t < kThreads && events < kEvents);
  return kFirst + (x * kThreads + t) * kEvents + events;
}

constexpr std::size_t kCellBytes = 8;

detect::RaceShadow& shadow() {
  static detect::RaceShadow shadow;
  return shadow;
}

}  // namespace

void ProgramMemory::begin_execution() {
  raced_ = false;
  cells_.clear();
  shadow().begin_execution();
}

ProgramMemory::Cell& ProgramMemory::cell(Location x) {
  const auto [found, added] = cells_.try_emplace(x);
  if (added) {
    const std::uint64_t value = program_.initial_of(x);
    found->second = {x, value, value, 0};
  }
  return found->second;
}

/// An access by `t`, which knows what its first `known` events tell it and has performed `before`.
void ProgramMemory::check(const ExecutionGraph& graph, ThreadId t, std::uint32_t known,
                          std::uint32_t before, Location x, AccessKind kind) {
  std::uint32_t clock[base::kMaxThreads] = {};
  graph.thread_clock(t, known, clock);
  detect::Conflict conflict;
  const std::uintptr_t address = (std::uintptr_t{x} + 1) * kCellBytes;
  raced_ |= shadow().access(t, clock, before, address, kCellBytes, kind, 0, &conflict);
}

std::uint64_t ProgramMemory::plain(const ExecutionGraph& graph, ThreadId t, std::uint32_t events,
                                   const graph::Operation& operation) {
  const Location x = operation.location;
  const bool writes = operation.kind == graph::OpKind::kStore;
  check(graph, t, events, events, x, writes ? AccessKind::kWrite : AccessKind::kRead);
  Cell& accessed = cell(x);
  if (writes) {
    accessed = {later_life(x, t, events), operation.operand, operation.operand, 0};
  }
  return accessed.value;
}

void ProgramMemory::atomic(const ExecutionGraph& graph, ThreadId t, std::uint32_t index,
                           Location x) {
  const Event& first = graph.event({t, index});
  const Event& last = first.has_write ? graph.event({t, index + 1}) : first;
  const bool writes = last.kind == graph::EventKind::kWrite;
  if (!first.operation.non_atomic) {
    // Its own source counts: an acquire load is ordered after what it acquires.
    check(graph, t, index + (first.has_write ? 2 : 1), index, x,
          writes ? AccessKind::kAtomicWrite : AccessKind::kAtomicRead);
  }
  Cell& accessed = cell(x);
  if (writes && last.mo_label > accessed.newest_label) {
    accessed.newest_label = last.mo_label;
    accessed.value = last.value;
  }
}

}  // namespace heddle::test
