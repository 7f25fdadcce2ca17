// SPDX-License-Identifier: Apache-2.0
// The exhaustive search as long as its share of the limits lasts, and then the portfolio.
#include <algorithm>
#include <utility>

#include "checker/explore_sampling.h"
#include "checker/runtime/program.h"

namespace heddle {
namespace {

/// Half of a limit; of the smallest one all.
std::uint64_t half(std::uint64_t limit) { return limit / 2 + limit % 2; }

/// Whether the limits of `share` are what stopped the search.
bool used_up(const Limits& share, const Report& report) {
  return (share.executions != 0 && report.executions + report.blocked >= share.executions) ||
         (share.events != 0 && report.events >= share.events) ||
         (share.seconds > 0 && report.seconds >= share.seconds);
}

/// What is left of a limit. It may be nothing: then one, for zero is no limit.
std::uint64_t left(std::uint64_t limit, std::uint64_t used) {
  return limit == 0 ? 0 : limit - std::min(used, limit - 1);
}

Options with_rest(const Options& options, const Report& used) {
  constexpr double kLeast = 0.01;  ///< Seconds.
  Options rest = options;
  rest.search = SearchKind::kPortfolio;
  rest.sampling.executions = 0;
  rest.limits.executions = left(options.limits.executions, used.executions + used.blocked);
  rest.limits.events = left(options.limits.events, used.events);
  if (options.limits.seconds > 0) {
    rest.limits.seconds = std::max(options.limits.seconds - used.seconds, kLeast);
  }
  return rest;
}

/// The report of the portfolio, with what the exhaustive search had done before.
Report sum_of(const Report& first, Report second) {
  Covered exhaustive;
  exhaustive.strategy = first.search;
  exhaustive.executions = first.executions;
  second.covered.insert(second.covered.begin(), exhaustive);
  second.search = first.search;
  const std::uint64_t seed = second.seed;
  const std::uint64_t distinct = std::exchange(second.distinct, 0);
  const std::vector<Covered> covered = std::move(second.covered);
  second.covered.clear();
  Report sum = merge({first, second});
  sum.search = "auto";
  sum.estimate = first.estimate;
  sum.seed = seed;
  sum.distinct = distinct;
  sum.covered = covered;
  return sum;
}

}  // namespace

Report explore_and_sample(const Options& options,
                          const std::function<Report(const Options&)>& explore_part) {
  Options share = options;
  share.search = SearchKind::kExhaustive;
  const Limits& limits = options.limits;
  const bool is_left_to_others =
      options.shard.count > 1 || !options.checkpoint_file.empty() || !options.resume_file.empty();
  if (is_left_to_others || (limits.executions == 0 && limits.events == 0 && limits.seconds == 0)) {
    return explore_part(share);
  }
  share.limits.executions = half(options.limits.executions);
  share.limits.events = half(options.limits.events);
  share.limits.seconds = options.limits.seconds / 2;
  Report first = explore_part(share);
  if (first.verdict != Verdict::kIncomplete || runtime::program().stop_asked ||
      !used_up(share.limits, first)) {
    return first;
  }
  return sum_of(first, explore_part(with_rest(options, first)));
}

}  // namespace heddle
