// SPDX-License-Identifier: Apache-2.0
// The schedules with few delays as a strategy beside those that draw: nothing of it is random.
//
// Reads take the newest write, so what it runs is sequentially consistent. The first schedule is
// the one without delays, and many bugs that random schedules hit rarely need one or two.
// Where this differs from bounded_search.h: a thread that took kPatience steps alone while others
// could go on counts as one that cannot, or a loop that waits for another thread would run for
// ever; and it remembers fewer schedules. So it may not come to all of them, and says whether it
// did.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/search/bounded_schedules.h"
#include "checker/search/strategy.h"

namespace heddle::search {

class Bounded : public Strategy {
 public:
  explicit Bounded(std::uint32_t bound)
      : schedules_(BoundedSchedules::Cost::kDelays, bound, kMostNodes) {}

  std::string_view name() const override { return "delays"; }
  bool begin(std::uint64_t /*seed*/) override {
    alone_ = 0;
    last_ = kNoThread;
    return schedules_.next();
  }
  base::ThreadId choose(std::span<const PendingOperation> enabled) override;
  std::uint64_t outcome(std::uint64_t options, Random& /*random*/) override {
    return schedules_.outcome(static_cast<std::uint32_t>(options));
  }
  bool draws_values() const override { return false; }
  void executed(base::ThreadId thread, const graph::Operation& operation) override;

  const BoundedSchedules& schedules() const { return schedules_; }

 private:
  static constexpr std::size_t kMostNodes = std::size_t{1} << 22;
  static constexpr std::uint32_t kPatience = 1000;
  BoundedSchedules schedules_;
  base::ThreadId last_ = kNoThread;
  std::uint32_t alone_ = 0;  ///< Steps that it took in a row.
  std::vector<PendingOperation> others_;
};

}  // namespace heddle::search
