// SPDX-License-Identifier: Apache-2.0
// What is left of an enumeration of schedules, written down and taken up again.
#include <algorithm>

#include "checker/base/check.h"
#include "checker/search/bounded_schedules.h"
#include "checker/search/number_text.h"

namespace heddle::search {

/// The nodes that schedules on the lists lead back to, each after the one before it; then the
/// lists, with the nodes' places among those.
std::string BoundedSchedules::to_text() const {
  std::vector<std::uint32_t> number(nodes_.size(), kNone);
  std::vector<std::uint32_t> kept;
  const auto keep = [&](std::uint32_t node) {
    const std::size_t first = kept.size();
    for (; node != kNone && number[node] == kNone; node = nodes_[node].previous) {
      number[node] = 0;
      kept.push_back(node);
    }
    std::reverse(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end());
    for (std::size_t k = first; k < kept.size(); ++k) {
      number[kept[k]] = static_cast<std::uint32_t>(k);
    }
  };
  for (const TrunkNode& entry : trunk_) keep(entry.node);
  for (const std::vector<std::uint32_t>& nodes : todo_) {
    for (const std::uint32_t node : nodes) keep(node);
  }
  NumberWriter to;
  const auto put_node = [&](std::uint32_t node) { to.put(node == kNone ? kNone : number[node]); };
  to.put(level_);
  to.put(static_cast<std::uint64_t>(completed_ + 1));
  to.put(std::uint64_t{cut_});
  to.put(std::uint64_t{dropped_});
  to.put(kept.size());
  for (const std::uint32_t node : kept) {
    put_node(nodes_[node].previous);
    to.put(nodes_[node].step);
    to.put(nodes_[node].pick);
  }
  to.put(trunk_.size());
  for (const TrunkNode& entry : trunk_) {
    put_node(entry.node);
    to.put(entry.cost);
  }
  for (const std::vector<std::uint32_t>& nodes : todo_) {
    to.put(nodes.size());
    for (const std::uint32_t node : nodes) put_node(node);
  }
  return to.take();
}

void BoundedSchedules::go_on_from(std::string_view text) {
  HEDDLE_CHECK(!started_ && nodes_.empty());
  NumberReader from(text);
  const auto get_node = [&] {
    const std::uint32_t node = from.get32();
    if (node != kNone && node >= nodes_.size()) NumberReader::refuse();
    return node;
  };
  level_ = static_cast<std::uint32_t>(from.get(bound_));
  completed_ = static_cast<std::int64_t>(from.get(std::uint64_t{bound_} + 1)) - 1;
  cut_ = from.get(1) != 0;
  dropped_ = from.get(1) != 0;
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::uint32_t previous = get_node();
    const std::uint32_t step = from.get32();
    nodes_.push_back({previous, step, from.get32()});
  }
  trunk_.clear();
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::uint32_t node = get_node();
    trunk_.push_back({node, static_cast<std::uint32_t>(from.get(bound_))});
  }
  for (std::vector<std::uint32_t>& nodes : todo_) {
    nodes.clear();
    for (std::size_t left = from.count(); left > 0; --left) nodes.push_back(get_node());
  }
  from.end();
}

}  // namespace heddle::search
