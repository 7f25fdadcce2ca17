// SPDX-License-Identifier: Apache-2.0
// Depth-first over decisions, from the empty graph each time.
#include "tests/support/naive_search.h"

#include "checker/graph/consistency.h"
#include "tests/support/program.h"

namespace heddle::test {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::Operation;
using graph::OpKind;

bool NaiveSearch::begin() {
  if (started_) {
    while (!decisions_.empty() && decisions_.back().taken + 1 == decisions_.back().count) {
      decisions_.pop_back();
    }
    if (decisions_.empty()) return false;
    ++decisions_.back().taken;
  }
  started_ = true;
  pruned_ = false;
  position_ = 0;
  graph_.clear();
  return true;
}

std::size_t NaiveSearch::decide(std::size_t count) {
  if (position_ == decisions_.size()) decisions_.push_back({0, count});
  return decisions_[position_++].taken;
}

ThreadId NaiveSearch::choose_thread(std::span<const search::PendingOperation> pending,
                                    ThreadId /*current*/) {
  if (position_ == decisions_.size() && !visited_.insert(canonical(graph_)).second) {
    pruned_ = true;
    return search::kNoThread;
  }
  std::vector<ThreadId> enabled;
  for (const search::PendingOperation& candidate : pending) {
    if (!options(candidate.thread, *candidate.operation).empty()) {
      enabled.push_back(candidate.thread);
    }
  }
  return enabled.empty() ? search::kNoThread : enabled[decide(enabled.size())];
}

search::Result NaiveSearch::execute(ThreadId thread, const Operation& operation) {
  const std::vector<Option> ways = options(thread, operation);
  const std::uint32_t index = graph_.size(thread);
  add(thread, operation, ways[decide(ways.size())]);
  const EventId id(thread, index);
  return {search::Result::Status::kDone, graph_.event(id).result, id};
}

std::vector<NaiveSearch::Option> NaiveSearch::options(ThreadId thread, const Operation& operation) {
  std::vector<Option> candidates;
  if (operation.kind == OpKind::kChoice) {
    for (std::uint64_t i = 0; i < operation.operand; ++i) candidates.push_back({{}, i, false});
  } else if (operation.location == base::kNoLocation) {
    candidates.push_back({});
  } else {
    for (const bool spurious : {false, true}) {
      if (spurious && !operation.weak) continue;
      EventId write = EventId::init();
      while (!write.is_none()) {
        candidates.push_back({write, 0, spurious});
        write = graph_.mo_next(operation.location, write);
      }
    }
  }
  std::vector<Option> result;
  for (const Option& candidate : candidates) {
    const std::uint32_t stamps = graph_.stamps();
    if (add(thread, operation, candidate) && graph::is_consistent(graph_, model_)) {
      result.push_back(candidate);
    }
    graph_.cut(stamps);
  }
  return result;
}

/// False if the operation cannot be added in this way at all.
bool NaiveSearch::add(ThreadId thread, const Operation& operation, const Option& option) {
  if (operation.kind == OpKind::kStore) {
    graph_.add_store(thread, operation, option.place);
    return true;
  }
  if (!graph::reads(operation.kind)) {
    EventId source = EventId::none();
    if (operation.kind == OpKind::kThreadStart) source = graph_.create_of(thread);
    if (operation.kind == OpKind::kThreadJoin) {
      const auto child = static_cast<ThreadId>(operation.operand);
      if (!graph_.ended(child)) return false;
      source = graph_.last_id(child);
    }
    graph_.add_plain(thread, operation, source, option.outcome);
    return true;
  }
  const EventId read = graph_.add_read(thread, operation, option.place);
  if (option.spurious) {
    // Where the compare-exchange fails anyway there is nothing spurious.
    if (!graph_.event(read).has_write) return false;
    graph_.set_source(read, option.place, true);
  }
  if (graph_.event(read).blocked) return false;
  if (graph_.event(read).has_write) graph_.add_rmw_write(thread);
  return true;
}

}  // namespace heddle::test
