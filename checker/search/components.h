// SPDX-License-Identifier: Apache-2.0
// Strongly connected components of parts of a state graph: Tarjan's algorithm (SIAM J. Computing 1,
// 1972) without recursion, since paths are millions of steps long.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "checker/search/state_graph.h"

namespace heddle::search {

/// Working memory of the algorithm, 8 bytes a state, for any number of runs.
class Components {
 public:
  explicit Components(const StateGraph& graph)
      : graph_(graph), order_(graph.state_count(), 0), low_(graph.state_count(), 0) {}

  /// Calls found(std::span<const StateId>) for each component of the part of the graph that
  /// consists of `states` and of the steps for which follow(const Step&) is true, successors first.
  /// REQUIRES: what is followed from these states leads to one of them, or to a state that this run
  /// has found already. Linear in their steps.
  template <class Follow, class Found>
  void run(std::span<const StateId> states, Follow follow, Found found) {
    for (const StateId state : states) order_[state] = 0;
    count_ = 0;
    for (const StateId root : states) {
      if (order_[root] == 0) {
        enter(root);
        visit(follow, found);
      }
    }
  }

 private:
  static constexpr std::uint32_t kFound = 0xffffffff;
  struct Frame {
    StateId state;
    StepId next;
  };

  void enter(StateId state) {
    order_[state] = low_[state] = ++count_;
    open_.push_back(state);
    frames_.push_back({state, graph_.first_step(state)});
  }

  template <class Follow, class Found>
  void visit(Follow& follow, Found& found) {
    while (!frames_.empty()) {
      const StateId state = frames_.back().state;
      const StepId id = frames_.back().next;
      if (id == kNoStep) {
        leave(state, found);
        continue;
      }
      const Step& step = graph_.step(id);
      frames_.back().next = step.next;
      if (!follow(id, step)) continue;
      if (order_[step.to] == 0) {
        enter(step.to);
      } else if (order_[step.to] != kFound) {
        low_[state] = std::min(low_[state], order_[step.to]);
      }
    }
  }

  template <class Found>
  void leave(StateId state, Found& found) {
    frames_.pop_back();
    if (!frames_.empty()) {
      std::uint32_t& low = low_[frames_.back().state];
      low = std::min(low, low_[state]);
    }
    if (low_[state] != order_[state]) return;
    std::size_t first = open_.size();
    do {
      order_[open_[--first]] = kFound;
    } while (open_[first] != state);
    found(std::span<const StateId>(open_).subspan(first));
    open_.resize(first);
  }

  const StateGraph& graph_;
  std::vector<std::uint32_t> order_;  ///< From 1; 0 not entered yet.
  std::vector<std::uint32_t> low_;
  std::vector<StateId> open_;
  std::vector<Frame> frames_;
  std::uint32_t count_ = 0;
};

}  // namespace heddle::search
