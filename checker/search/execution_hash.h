// SPDX-License-Identifier: Apache-2.0
// How many different executions were seen: a set of 64-bit hashes.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/graph/execution_graph.h"

namespace heddle::search {

/// Equal for graphs with the same events, sources, orders of writes and outcomes of choices,
/// whatever the order of addition. O(events).
std::uint64_t execution_hash(const graph::ExecutionGraph& graph);

/// A set that only grows, up to a size; two executions are taken for one with probability
/// size / 2^64.
class DistinctExecutions {
 public:
  /// Ignored when full.
  void add(std::uint64_t hash);
  std::uint64_t count() const { return count_; }
  bool full() const { return count_ >= kMost; }

 private:
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 24;
  void grow();
  bool insert(std::uint64_t hash);
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024, 0);
  std::uint64_t count_ = 0;
};

}  // namespace heddle::search
