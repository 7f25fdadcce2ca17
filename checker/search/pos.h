// SPDX-License-Identifier: Apache-2.0
// Partial order sampling: Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.
//
// Each pending event gets a random priority when it becomes pending; the highest enabled one is
// performed. Then the events that race with it draw anew. So steps that commute with all others do
// not push orders of those that do not: where one thread has k independent steps before its racing
// one, the racing pair is reversed with probability 1 / (k + 2), where a random walk needs
// 2^-(k+1).
#pragma once

#include <array>

#include "checker/search/strategy.h"

namespace heddle::search {

class Pos : public Strategy {
 public:
  std::string_view name() const override { return "pos"; }
  bool begin(std::uint64_t seed) override;
  base::ThreadId choose(std::span<const PendingOperation> enabled) override;
  void executed(base::ThreadId thread, const graph::Operation& operation) override;

 private:
  Random random_;
  std::array<std::uint64_t, base::kMaxThreads> priority_{};  ///< Of the pending event; 0: none.
  graph::Operation done_;                                    ///< The last event,
  base::ThreadId done_by_ = kNoThread;                       ///< not compared with others yet.
};

}  // namespace heddle::search
