// SPDX-License-Identifier: Apache-2.0
// Schedules in the order of their costs.
#include "checker/search/bounded_schedules.h"

#include <algorithm>

namespace heddle::search {

using base::ThreadId;

BoundedSchedules::BoundedSchedules(Cost cost, std::uint32_t bound, std::size_t most_nodes)
    : cost_(cost), bound_(bound), most_nodes_(most_nodes), todo_(std::size_t{bound} + 1) {
  todo_[0].push_back(kNone);
}

bool BoundedSchedules::next() {
  if (started_ && on_path_ != path_.size()) dropped_ = true;
  started_ = true;
  while (todo_[cost_now_].empty()) {
    if (!dropped_) completed_ = cost_now_;
    if (cost_now_ == bound_) {
      path_.clear();
      on_path_ = 0;
      return false;
    }
    ++cost_now_;
  }
  node_ = todo_[cost_now_].back();
  todo_[cost_now_].pop_back();
  path_.clear();
  for (std::uint32_t at = node_; at != kNone; at = nodes_[at].previous) path_.push_back(nodes_[at]);
  std::reverse(path_.begin(), path_.end());
  on_path_ = 0;
  step_ = 0;
  last_ = 0;
  return true;
}

std::uint32_t BoundedSchedules::cost_of(std::uint32_t pick) const {
  if (cost_ == Cost::kDelays) return pick;
  return pick != 0 && could_go_on_ ? 1 : 0;
}

void BoundedSchedules::offer(std::uint32_t pick, std::uint32_t cost) {
  const std::uint64_t total = std::uint64_t{cost_now_} + cost;
  if (total > bound_) {
    cut_ = true;
    return;
  }
  if (nodes_.size() >= most_nodes_) {
    dropped_ = true;
    return;
  }
  nodes_.push_back({node_, step_, pick});
  todo_[total].push_back(static_cast<std::uint32_t>(nodes_.size() - 1));
}

/// Which of the options the step takes: what the path says, else the first.
std::uint32_t BoundedSchedules::take(std::uint32_t options) {
  if (on_path_ == path_.size() || path_[on_path_].step != step_) return 0;
  const std::uint32_t pick = path_[on_path_].pick;
  if (pick >= options) {
    dropped_ = true;
    return 0;
  }
  ++on_path_;
  return pick;
}

ThreadId BoundedSchedules::choose(std::span<const PendingOperation> enabled) {
  enabled_.clear();
  for (const PendingOperation& candidate : enabled) enabled_.push_back(candidate.thread);
  std::sort(enabled_.begin(), enabled_.end());
  // In a round from the thread that ran last.
  std::rotate(enabled_.begin(), std::lower_bound(enabled_.begin(), enabled_.end(), last_),
              enabled_.end());
  could_go_on_ = enabled_.front() == last_;
  const bool beyond = on_path_ == path_.size();
  const auto options = static_cast<std::uint32_t>(enabled_.size());
  for (std::uint32_t pick = options; beyond && --pick > 0;) offer(pick, cost_of(pick));
  last_ = enabled_[take(options)];
  ++step_;
  return last_;
}

std::uint32_t BoundedSchedules::outcome(std::uint32_t options) {
  const bool beyond = on_path_ == path_.size();
  for (std::uint32_t pick = options; beyond && --pick > 0;) offer(pick, 0);
  const std::uint32_t outcome = take(options);
  ++step_;
  return outcome;
}

}  // namespace heddle::search
