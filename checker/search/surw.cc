// SPDX-License-Identifier: Apache-2.0
// Uniform interleavings of one location's accesses.
#include "checker/search/surw.h"

#include <algorithm>

namespace heddle::search {

using base::ThreadId;

bool Surw::begin(std::uint64_t seed) {
  random_ = Random(seed);
  intended_ = kNoThread;
  alive_.fill(false);
  pick_location();
  return true;
}

void Surw::pick_location() {
  location_ = base::kNoLocation;
  left_.fill(0);
  if (candidates_.empty()) return;
  location_ = candidates_[random_.below(candidates_.size())];
  left_ = seen_[location_];
}

/// What the thread has left, with its descendants that do not exist yet.
double Surw::weight(ThreadId thread) const {
  double sum = left_[thread];
  for (ThreadId t = 1; t < base::kMaxThreads; ++t) {
    if (!alive_[t] && left_[t] > 0 && within(t, thread)) sum += left_[t];
  }
  return sum;
}

/// Whether `ancestor` is the nearest living ancestor of `thread`.
bool Surw::within(ThreadId thread, ThreadId ancestor) const {
  while (thread != 0) {
    thread = parent_[thread];
    if (thread == ancestor) return true;
    if (alive_[thread]) return false;
  }
  return false;
}

void Surw::draw_intended() {
  std::array<double, base::kMaxThreads> weights{};
  double sum = 0;
  for (ThreadId t = 0; t < base::kMaxThreads; ++t) {
    if (alive_[t]) sum += weights[t] = weight(t);
  }
  intended_ = kNoThread;
  double at = random_.unit() * sum;
  for (ThreadId t = 0; t < base::kMaxThreads; ++t) {
    if (weights[t] <= 0) continue;
    intended_ = t;
    if ((at -= weights[t]) < 0) return;
  }
}

ThreadId Surw::choose(std::span<const PendingOperation> enabled) {
  for (const PendingOperation& candidate : enabled) {
    if (!alive_[candidate.thread]) {
      alive_[candidate.thread] = true;
      // The share of a thread that was drawn is divided again between it and its new child.
      if (intended_ != kNoThread && parent_[candidate.thread] == intended_) intended_ = kNoThread;
    }
  }
  if (location_ == base::kNoLocation) return enabled[random_.below(enabled.size())].thread;
  if (intended_ == kNoThread) draw_intended();
  allowed_.clear();
  for (const PendingOperation& candidate : enabled) {
    if (candidate.operation->location != location_ || candidate.thread == intended_) {
      allowed_.push_back(candidate.thread);
    }
  }
  // The thread drawn waits for another one, or has fewer accesses than before.
  if (allowed_.empty()) return enabled[random_.below(enabled.size())].thread;
  return allowed_[random_.below(allowed_.size())];
}

void Surw::executed(ThreadId thread, const graph::Operation& operation) {
  if (operation.location == base::kNoLocation || operation.location != location_) return;
  left_[thread] = std::max(0.0F, left_[thread] - 1);
  intended_ = kNoThread;
}

void Surw::learn_parents(const graph::ExecutionGraph& graph) {
  for (ThreadId t = 1; t < graph.thread_count(); ++t) {
    const base::EventId create = graph.create_of(t);
    parent_[t] = create.is_event() ? create.thread() : 0;
  }
}

void Surw::end(const graph::ExecutionGraph& graph) {
  now_.assign(graph.location_bound(), Counts{});
  written_.resize(std::max<std::size_t>(written_.size(), now_.size()), false);
  for (ThreadId t = 0; t < graph.thread_count(); ++t) {
    const graph::Event* events = graph.events(t);
    for (std::uint32_t i = 0; i < graph.size(t); ++i) {
      const graph::Event& event = events[i];
      if (event.location == base::kNoLocation) continue;
      if (event.kind == graph::EventKind::kWrite) written_[event.location] = true;
      if (!event.rmw_write) ++now_[event.location][t];
    }
  }
  learn_parents(graph);
  runs_ = std::min(runs_ + 1, kMemory);
  seen_.resize(std::max(seen_.size(), now_.size()), Counts{});
  candidates_.clear();
  for (base::LocationId x = 0; x < now_.size(); ++x) {
    std::uint32_t accessors = 0;
    for (ThreadId t = 0; t < base::kMaxThreads; ++t) {
      seen_[x][t] += (now_[x][t] - seen_[x][t]) / runs_;
      accessors += seen_[x][t] >= 0.5F ? 1 : 0;
    }
    if (accessors >= 2 && written_[x]) candidates_.push_back(x);
  }
}

}  // namespace heddle::search
