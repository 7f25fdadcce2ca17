// SPDX-License-Identifier: Apache-2.0
// Going down, and adding up.
#include "checker/search/tree_probe.h"

#include <algorithm>
#include <cmath>

namespace heddle::search {

bool TreeProbe::begin() {
  if (!runs_) {
    runs_ = true;
    return ExhaustiveSearch::begin();
  }
  if (!taken_) return false;
  const Item item = *taken_;
  taken_.reset();
  dead_end_ = !apply(item);
  return !dead_end_;
}

/// The alternatives of the execution that has ended, in the order in which its events were added.
void TreeProbe::end() {
  ExhaustiveSearch::end();
  const std::size_t levels = depth_ + 1;
  for (std::size_t k = 0; k < levels && !taken_; ++k) {
    if (descend(k)) depth_ = k;
  }
  for (std::size_t k = 0; k < levels; ++k) levels_[k]->items.clear();
}

/// True if an alternative on this level is taken.
bool TreeProbe::descend(std::size_t level) {
  const std::vector<Item>& items = levels_[level]->items;
  for (std::size_t from = 0; from < items.size();) {
    std::size_t to = from + 1;
    while (to < items.size() && items[to].event == items[from].event) ++to;
    if (choose(level, from, to)) return true;
    from = to;
  }
  return false;
}

/// One of the alternatives with these indices, or none: the default.
bool TreeProbe::choose(std::size_t level, std::size_t from, std::size_t to) {
  const std::uint64_t children = to - from + 1;
  weight_ *= static_cast<double>(children);
  const std::uint64_t child = random_.below(children);
  if (child == 0) return false;
  taken_ = levels_[level]->items[from + child - 1];
  return true;
}

void Descents::add(double leaves) {
  ++count_;
  sum_ += leaves;
  largest_ = std::max(largest_, leaves);
  const double off = leaves - mean_;
  mean_ += off / static_cast<double>(count_);
  squares_ += off * (leaves - mean_);
}

Estimate Descents::estimate() const {
  Estimate result;
  result.descents = count_;
  if (count_ < 2) return result;
  const auto count = static_cast<double>(count_);
  result.executions = mean_;
  result.error = std::sqrt(squares_ / (count - 1) / count);
  result.largest = sum_ > 0 ? largest_ / sum_ : 1;
  return result;
}

}  // namespace heddle::search
