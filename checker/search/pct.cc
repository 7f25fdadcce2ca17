// SPDX-License-Identifier: Apache-2.0
// Priorities and their change points.
#include "checker/search/pct.h"

#include <algorithm>

namespace heddle::search {

bool Pct::begin(std::uint64_t seed) {
  random_ = Random(seed);
  priority_.fill(0);
  changes_.clear();
  for (std::uint32_t i = 1; i < depth_; ++i) {
    changes_.push_back(random_.below(length()));
  }
  std::sort(changes_.begin(), changes_.end());
  next_change_ = 0;
  step_ = 0;
  lowest_ = kInitial;
  last_ = kNoThread;
  alone_ = 0;
  return true;
}

base::ThreadId Pct::highest(std::span<const PendingOperation> enabled) {
  base::ThreadId best = enabled.front().thread;
  for (const PendingOperation& candidate : enabled) {
    if (priority_[candidate.thread] > priority_[best]) best = candidate.thread;
  }
  return best;
}

base::ThreadId Pct::choose(std::span<const PendingOperation> enabled) {
  for (const PendingOperation& candidate : enabled) {
    std::uint64_t& priority = priority_[candidate.thread];
    if (priority == 0) priority = kInitial | random_.next();
  }
  base::ThreadId chosen = highest(enabled);
  while (next_change_ < changes_.size() && changes_[next_change_] == step_) {
    ++next_change_;
    priority_[chosen] = --lowest_;
    chosen = highest(enabled);
  }
  if (chosen == last_ && enabled.size() > 1 && ++alone_ >= kPatience) {
    priority_[chosen] = --lowest_;
    chosen = highest(enabled);
  }
  if (chosen != last_) alone_ = 0;
  last_ = chosen;
  ++step_;
  return chosen;
}

void Pct::end(const graph::ExecutionGraph& graph) {
  longest_ = seen_ ? std::max(longest_, step_) : std::max<std::uint64_t>(step_, 1);
  seen_ = true;
  most_threads_ = std::max(most_threads_, graph.thread_count());
}

}  // namespace heddle::search
