// SPDX-License-Identifier: Apache-2.0
// Schedules in the order of their costs.
#include "checker/search/bounded_schedules.h"

#include <algorithm>

#include "checker/base/mutant.h"

namespace heddle::search {

using base::ThreadId;

BoundedSchedules::BoundedSchedules(Cost cost, std::uint32_t bound, std::size_t most_nodes,
                                   Shard shard)
    : cost_(cost),
      bound_(bound),
      most_nodes_(most_nodes),
      shard_(shard),
      trunk_length_(shard.count == 1 ? 0
                    : bound < 2      ? 1
                                     : 2),
      todo_(std::size_t{bound} + 1) {
  if (trunk_length_ == 0) {
    todo_[0].push_back(kNone);
  } else {
    trunk_.push_back({kNone, 0});
  }
}

/// Takes the next schedule from its list. False if there is none left.
bool BoundedSchedules::pop() {
  if (!trunk_.empty()) {
    node_ = trunk_.back().node;
    cost_now_ = trunk_.back().cost;
    trunk_.pop_back();
    return true;
  }
  while (todo_[level_].empty()) {
    if (!dropped_) completed_ = level_;
    if (level_ == bound_) return false;
    ++level_;
  }
  node_ = todo_[level_].back();
  cost_now_ = level_;
  todo_[level_].pop_back();
  return true;
}

bool BoundedSchedules::next() {
  if (started_ && on_path_ != path_.size()) dropped_ = true;
  started_ = true;
  settled_ = false;
  path_.clear();
  on_path_ = 0;
  if (!pop()) return false;
  for (std::uint32_t at = node_; at != kNone; at = nodes_[at].previous) path_.push_back(nodes_[at]);
  std::reverse(path_.begin(), path_.end());
  owner_ = 0;
  for (const Node& node : path_) owner_ = (owner_ + node.step + node.pick) % shard_.count;
  step_ = 0;
  last_ = 0;
  nodes_before_ = nodes_.size();
  dropped_before_ = dropped_;
  return true;
}

void BoundedSchedules::interrupt() {
  const auto is_new = [this](std::uint32_t node) { return node != kNone && node >= nodes_before_; };
  std::erase_if(trunk_, [&](const TrunkNode& entry) { return is_new(entry.node); });
  for (std::vector<std::uint32_t>& nodes : todo_) {
    while (!nodes.empty() && is_new(nodes.back())) nodes.pop_back();
  }
  nodes_.resize(nodes_before_);
  dropped_ = dropped_before_;
  if (path_.size() < trunk_length_) {
    trunk_.push_back({node_, cost_now_});
  } else {
    todo_[cost_now_].push_back(node_);
  }
  started_ = false;
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
  const std::size_t length = path_.size() + 1;
  const bool is_mine = (owner_ + step_ + pick) % shard_.count == shard_.index;
  if (length == trunk_length_ && !is_mine && HEDDLE_CLAUSE("bounded.shard")) return;
  if (nodes_.size() >= most_nodes_) {
    dropped_ = true;
    return;
  }
  const auto node = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({node_, step_, pick});
  if (length < trunk_length_) {
    trunk_.push_back({node, static_cast<std::uint32_t>(total)});
  } else {
    todo_[total].push_back(node);
  }
}

/// Which of the options the step takes: what the path says, else the first.
std::uint32_t BoundedSchedules::take(std::uint32_t options) {
  if (on_path_ == path_.size() || path_[on_path_].step != step_) return 0;
  const std::uint32_t pick = path_[on_path_].pick;
  if (pick >= options) {
    dropped_ = dropped_ || !settled_;
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
  const bool beyond = on_path_ == path_.size() && !settled_;
  const auto options = static_cast<std::uint32_t>(enabled_.size());
  for (std::uint32_t pick = options; beyond && --pick > 0;) offer(pick, cost_of(pick));
  last_ = enabled_[take(options)];
  ++step_;
  return last_;
}

std::uint32_t BoundedSchedules::outcome(std::uint32_t options) {
  const bool beyond = on_path_ == path_.size() && !settled_;
  for (std::uint32_t pick = options; beyond && --pick > 0;) offer(pick, 0);
  const std::uint32_t outcome = take(options);
  ++step_;
  return outcome;
}

}  // namespace heddle::search
