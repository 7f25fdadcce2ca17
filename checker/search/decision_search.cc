// SPDX-License-Identifier: Apache-2.0
// Following decisions.
#include "checker/search/decision_search.h"

#include <algorithm>

#include "checker/search/extension.h"

namespace heddle::search {

base::ThreadId DecisionSearch::choose_thread(std::span<const PendingOperation> pending,
                                             base::ThreadId /*current*/) {
  if (taken_ == decisions_.size()) {
    return kNoThread;
  }
  const base::ThreadId planned = decisions_[taken_].thread;
  const bool offered = std::any_of(pending.begin(), pending.end(), [&](const auto& candidate) {
    return candidate.thread == planned && enabled(graph_, candidate);
  });
  return offered ? planned : kNoThread;
}

Result DecisionSearch::execute(base::ThreadId thread, const graph::Operation& operation) {
  stamps_.push_back(graph_.stamps());
  const std::uint64_t outcome = decisions_[taken_++].outcome;
  return extend_newest(graph_, thread, operation, outcome);
}

bool DecisionSearch::arrive(const Arrival& arrival) {
  seen_.push_back({arrival.state, arrival.shared, arrival.profile, arrival.progressed});
  return true;
}

}  // namespace heddle::search
