// SPDX-License-Identifier: Apache-2.0
// The search that runs every schedule with few preemptions, or few delays, under sequential
// consistency (bounded_schedules.h): complete within its bound.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/search/bounded_schedules.h"
#include "checker/search/search.h"

namespace heddle::search {

class BoundedSearch : public Search {
 public:
  using Cost = BoundedSchedules::Cost;
  BoundedSearch(Cost cost, std::uint32_t bound, BoundedSchedules::Shard shard = {})
      : schedules_(cost, bound, BoundedSchedules::kMostNodes, shard) {}

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void settle() override { schedules_.settle(); }
  void end() override {}

  /// The execution at hand was not run to its end: instead of end().
  void interrupt() { schedules_.interrupt(); }
  BoundedSchedules& schedules() { return schedules_; }
  const BoundedSchedules& schedules() const { return schedules_; }

  std::int64_t completed() const { return schedules_.completed(); }
  bool cut() const { return schedules_.cut(); }
  bool dropped() const { return schedules_.dropped(); }
  std::uint32_t cost_now() const { return schedules_.cost_now(); }

 private:
  BoundedSchedules schedules_;
  graph::ExecutionGraph graph_;
  std::vector<PendingOperation> enabled_;
};

}  // namespace heddle::search
