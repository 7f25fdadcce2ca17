// SPDX-License-Identifier: Apache-2.0
// A sampling strategy: which of the enabled threads goes next in a drawn execution. One file each;
// sampling_search.h runs them.
//
// A strategy sees operations before they are performed, never values. It may remember what earlier
// executions looked like (how long they are, who accesses what): then the executions that it draws
// are a function of the seed and of how many came before.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "checker/graph/execution_graph.h"
#include "checker/search/random.h"
#include "checker/search/search.h"

namespace heddle::search {

class Strategy {
 public:
  virtual ~Strategy() = default;
  /// "pct"
  virtual std::string_view name() const = 0;
  /// A new execution is drawn, by numbers from this seed alone. False: there is none left.
  virtual bool begin(std::uint64_t seed) = 0;
  /// One of the enabled threads, which are given in the order of their ids and at least one.
  virtual base::ThreadId choose(std::span<const PendingOperation> enabled) = 0;
  /// Outcome of a choice, below `options`.
  virtual std::uint64_t outcome(std::uint64_t options, Random& random) {
    return random.below(options);
  }
  /// Whether sources and places are drawn, too; else each read and write takes the newest.
  virtual bool draws_values() const { return true; }
  /// `thread` performed `operation`.
  virtual void executed(base::ThreadId /*thread*/, const graph::Operation& /*operation*/) {}
  /// The execution is over.
  virtual void end(const graph::ExecutionGraph& /*graph*/) {}
};

}  // namespace heddle::search
