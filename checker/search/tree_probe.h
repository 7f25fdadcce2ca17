// SPDX-License-Identifier: Apache-2.0
// How large the tree of an exhaustive search is: one random descent at a time.
//
// Knuth, "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation 29, 1975: go
// down from the root, at each node to one of its children, equally likely; the product of the
// numbers of children is, on average, the number of leaves. Here a node is an event that the
// exhaustive search adds, and its children are what may become of it: the default (the newest
// source, the last place, no revisit) and each alternative that the search would have pushed. So a
// descent runs the program once for each alternative that it takes, not once for each event. An
// alternative that turns out to be inconsistent is a dead end: the descent counts zero.
//
//   TreeProbe probe(model, seed);
//   while (probe.begin()) { run the program; probe.end(); }
//   descents.add(probe.leaf() ? probe.weight() : 0)      // 0, too, for leaves that do not count
//
// The mean is right on average; but where few leaves lie behind many small branches most descents
// miss them, so the spread of what was seen may be far too small. Descents says when to say so.
#pragma once

#include <cstdint>
#include <optional>

#include "checker/search/exhaustive.h"
#include "checker/search/random.h"
#include "heddle/estimate.h"

namespace heddle::search {

class TreeProbe : public ExhaustiveSearch {
 public:
  TreeProbe(Model model, std::uint64_t seed) : ExhaustiveSearch(model), random_(seed) {}

  bool begin() override;
  void end() override;
  /// Nothing is kept of other executions, nor of these.
  Kept kept() const override { return {}; }
  std::uint32_t shared(std::uint32_t /*level*/) const override { return 0; }
  bool branched() const override { return false; }

  /// When begin() has returned false: whether the descent has come to a leaf.
  bool leaf() const { return !dead_end_; }
  /// One over the probability of the descent.
  double weight() const { return weight_; }

 private:
  bool descend(std::size_t level);
  bool choose(std::size_t level, std::size_t from, std::size_t to);

  Random random_;
  double weight_ = 1;
  bool runs_ = false;  ///< The first execution has begun.
  bool dead_end_ = false;
  std::optional<Item> taken_;  ///< The alternative to go on with; none: the descent is over.
};

/// What descents came to. O(1) each.
class Descents {
 public:
  void add(double leaves);
  Estimate estimate() const;

 private:
  std::uint64_t count_ = 0;
  double sum_ = 0;
  double largest_ = 0;
  double mean_ = 0;
  double squares_ = 0;  ///< Sum of squared differences from the mean (Welford).
};

}  // namespace heddle::search
