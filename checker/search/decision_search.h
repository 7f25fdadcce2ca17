// SPDX-License-Identifier: Apache-2.0
// One path of a search over states again: follows decisions, then stops.
//
// For lassos: what a step does to the states is watched all along the part that is asked for, so
// that a cycle can be confirmed by running it often, and described.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "checker/search/cycle_search.h"

namespace heddle::search {

class DecisionSearch : public Search, public StateWatcher {
 public:
  /// What was seen in the state before a decision, and of the step that led there.
  struct Seen {
    Fingerprint state;
    Fingerprint shared;
    Profile profile;
    bool progressed = false;
  };

  /// States are watched from decision `watch_from` on.
  explicit DecisionSearch(std::vector<Decision> decisions, std::size_t watch_from = kNever)
      : decisions_(std::move(decisions)), watch_from_(watch_from) {}
  static constexpr std::size_t kNever = ~std::size_t{0};

  bool begin() override { return !std::exchange(started_, true); }
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override {}
  bool wants_state() override { return taken_ >= watch_from_ && taken_ <= decisions_.size(); }
  bool arrive(const Arrival& arrival) override;

  /// The program did not offer a step that was to be taken.
  bool diverged() const { return taken_ != decisions_.size(); }
  /// The states from decision `watch_from` on; one more than decisions if none is missing.
  const std::vector<Seen>& seen() const { return seen_; }
  std::size_t taken() const { return taken_; }
  std::size_t length() const { return decisions_.size(); }
  /// Events of the graph before decision i.
  const std::vector<std::uint32_t>& stamps() const { return stamps_; }

 private:
  std::vector<Decision> decisions_;
  std::size_t watch_from_;
  std::size_t taken_ = 0;
  bool started_ = false;
  graph::ExecutionGraph graph_;
  std::vector<Seen> seen_;
  std::vector<std::uint32_t> stamps_;
};

}  // namespace heddle::search
