// SPDX-License-Identifier: Apache-2.0
// SURW: Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS 2025.
//
// An execution picks one location, and its accesses are interleaved uniformly: the thread of the
// next access is drawn with the weight of how many accesses each thread has left, its descendants'
// included. All other events are a random walk; an access waits until its thread is the one drawn.
// Without blocking, and with counts that are right, each interleaving of the accesses is equally
// likely: two threads with three each give 20, of probability 1 / 20.
//
// Counts are those of earlier executions (a mean of about the last sixteen): where they depend on
// the schedule the distribution is near to uniform only. The first execution is a random walk.
#pragma once

#include <array>
#include <vector>

#include "checker/search/strategy.h"

namespace heddle::search {

class Surw : public Strategy {
 public:
  std::string_view name() const override { return "surw"; }
  bool begin(std::uint64_t seed) override;
  base::ThreadId choose(std::span<const PendingOperation> enabled) override;
  void executed(base::ThreadId thread, const graph::Operation& operation) override;
  void end(const graph::ExecutionGraph& graph) override;

 private:
  using Counts = std::array<float, base::kMaxThreads>;
  static constexpr float kMemory = 16;

  double weight(base::ThreadId thread) const;
  void draw_intended();
  bool within(base::ThreadId thread, base::ThreadId ancestor) const;
  void pick_location();
  void learn_parents(const graph::ExecutionGraph& graph);

  Random random_;
  std::vector<Counts> seen_;                  ///< By location: accesses of each thread.
  std::vector<Counts> now_;                   ///< The same in the execution that has ended.
  std::vector<bool> written_;                 ///< By location.
  std::vector<base::LocationId> candidates_;  ///< Written, and accessed by two threads or more.
  std::array<base::ThreadId, base::kMaxThreads> parent_{};
  float runs_ = 0;

  base::LocationId location_ = base::kNoLocation;
  Counts left_{};
  std::array<bool, base::kMaxThreads> alive_{};  ///< Seen in this execution.
  base::ThreadId intended_ = kNoThread;          ///< It, or one of its descendants not alive yet.
  std::vector<base::ThreadId> allowed_;
};

}  // namespace heddle::search
