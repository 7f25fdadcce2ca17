// SPDX-License-Identifier: Apache-2.0
// How many executions an exhaustive search is going to have, as far as that can be told.
#pragma once

#include <cstdint>
#include <string>

namespace heddle {

/// From random descents through the tree of the search (Knuth, Mathematics of Computation 1975).
/// Made only of searches that take longer than half a second, in about 2 % of their time.
struct Estimate {
  std::uint64_t descents = 0;  ///< 0: there is no estimate.
  double executions = 0;       ///< Mean of what they say: executions in all.
  double error = 0;            ///< Standard error of the mean.
  double largest = 0;          ///< Share of the one that says most in the sum of all.
  bool operator==(const Estimate&) const = default;
};

/// Why the estimate says nothing, when so many executions were explored: too few descents, they
/// differ too much, one of them is most of the sum, or it was refuted. Empty if it is worth
/// telling.
std::string why_worthless(const Estimate& estimate, std::uint64_t explored);

/// "about 5.3e5 executions in all (4.1e5 to 6.4e5, 95 %), 23 % explored"; or that it cannot be
/// told, and why. Empty without descents.
std::string to_text(const Estimate& estimate, std::uint64_t explored);
/// The same for a line of progress: "of about 5.3e5 (4.1e5 to 6.4e5)", or "of an unknown number".
std::string to_short_text(const Estimate& estimate, std::uint64_t explored);

}  // namespace heddle
