// SPDX-License-Identifier: Apache-2.0
// Making the searches that draw or bound, and saying what they did.
#include "checker/explore_sampling.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "checker/runtime/program.h"
#include "checker/runtime/raw_memory.h"
#include "checker/search/bounded.h"
#include "checker/search/bounded_search.h"
#include "checker/search/exhaustive.h"
#include "checker/search/pct.h"
#include "checker/search/sampling_search.h"
#include "heddle/parse_options.h"

namespace heddle {

bool enumerates(SearchKind kind) {
  return kind == SearchKind::kPreemptions || kind == SearchKind::kDelays;
}

bool draws(SearchKind kind) {
  return kind != SearchKind::kExhaustive && kind != SearchKind::kCycles && !enumerates(kind);
}

Model model_of(const Options& options) {
  return enumerates(options.search) ? Model::kSc : options.model;
}

namespace {

/// What this shard draws: its part of the executions, from a seed of its own; the first one's is
/// the one given.
Sampling share_of(const Options& options) {
  const auto [index, count] = options.shard;
  Sampling share = options.sampling;
  share.seed += index * 0xd1342543de82ef95ULL;
  if (share.executions != 0) {
    share.executions = share.executions / count + (index < share.executions % count ? 1 : 0);
  }
  return share;
}

}  // namespace

std::unique_ptr<search::Search> make_search(const Options& options) {
  using Cost = search::BoundedSearch::Cost;
  if (enumerates(options.search)) {
    const Cost cost =
        options.search == SearchKind::kPreemptions ? Cost::kPreemptions : Cost::kDelays;
    return std::make_unique<search::BoundedSearch>(
        cost, options.sampling.bound,
        search::BoundedSchedules::Shard{options.shard.index, options.shard.count});
  }
  if (draws(options.search)) {
    const Sampling share = share_of(options);
    // An enumeration is not drawn: it is the first shard's.
    return std::make_unique<search::SamplingSearch>(
        options.model, share.seed, share.executions,
        search::strategies_of(options.search, share, options.shard.index == 0));
  }
  return std::make_unique<search::ExhaustiveSearch>(options.model);
}

namespace {

void add_strategies(const search::SamplingSearch& search, std::uint32_t bound, Report* report) {
  for (std::size_t i = 0; i < search.strategies().size(); ++i) {
    const search::Strategy& strategy = *search.strategies()[i];
    Covered covered;
    covered.strategy = strategy.name();
    covered.executions = search.executions_of(i);
    if (const auto* pct = dynamic_cast<const search::Pct*>(&strategy); pct != nullptr) {
      covered.threads = pct->threads();
      covered.length = pct->length();
      covered.depth = pct->depth();
    }
    if (const auto* bounded = dynamic_cast<const search::Bounded*>(&strategy); bounded != nullptr) {
      covered.completed = bounded->schedules().completed();
      covered.cut = bounded->schedules().cut() || covered.completed < std::int64_t{bound};
    }
    report->covered.push_back(std::move(covered));
  }
}

}  // namespace

bool add_coverage(const search::Search& search, const Options& options, Report* report) {
  report->search = name_of(options.search);
  if (const auto* sampling = dynamic_cast<const search::SamplingSearch*>(&search)) {
    report->seed = options.sampling.seed;
    report->distinct = sampling->distinct().count();
    add_strategies(*sampling, options.sampling.bound, report);
    if (sampling->distinct().full()) {
      report->warnings.emplace_back("distinct executions were counted up to a limit only");
    }
    return false;
  }
  const auto* bounded = dynamic_cast<const search::BoundedSearch*>(&search);
  if (bounded == nullptr) {
    return true;
  }
  Covered covered;
  covered.strategy = name_of(options.search);
  covered.executions = report->executions;
  covered.completed = bounded->completed();
  const bool all = covered.completed == std::int64_t{options.sampling.bound};
  covered.cut = bounded->cut() || !all;
  report->covered.push_back(covered);
  if (bounded->cut()) {
    report->bounds.push_back(fmt::format("at most {} {}", options.sampling.bound, report->search));
  }
  if (bounded->dropped()) {
    report->warnings.emplace_back("schedules were dropped: there were too many to remember");
  }
  return !bounded->dropped() && covered.completed == std::int64_t{options.sampling.bound};
}

bool may_be_reduced(FindingKind kind, SearchKind search) {
  return search != SearchKind::kExhaustive && kind != FindingKind::kNondeterminism &&
         kind != FindingKind::kUnsupported && kind != FindingKind::kStateOutlivesExecution &&
         kind != FindingKind::kForeignThread && kind != FindingKind::kUninstrumented &&
         kind != FindingKind::kNoVisibleOperation;
}

namespace {

/// Runs to spend on one finding: `most`, fewer if an execution of it has many events.
std::uint32_t affordable_runs(std::uint32_t most, std::uint32_t events) {
  constexpr std::uint32_t kEvents = 2'000'000;
  return std::min(most, std::max(10U, kEvents / std::max(1U, events)));
}

/// Bytes of physical memory that this process takes now. Reads /proc; leaves no descriptor.
std::uint64_t resident_memory() {
  constexpr const char* kFile = "/proc/self/statm";
  char text[128] = {};
  const long file = runtime::raw_syscall(SYS_open, reinterpret_cast<long>(kFile), O_RDONLY);
  if (file < 0) {
    return 0;
  }
  const long size =
      runtime::raw_syscall(SYS_read, file, reinterpret_cast<long>(text), sizeof text - 1);
  runtime::raw_syscall(SYS_close, file);
  const char* resident = text;
  while (size > 0 && *resident != ' ' && *resident != '\0') {
    ++resident;
  }
  return std::strtoull(resident, nullptr, 10) * runtime::kPageSize;
}

}  // namespace

search::Reduced reduce(search::Search& search, const Options& options,
                       const FailsAgain& fails_again) {
  const auto again = [&](search::GuidedSearch& attempt) {
    return !runtime::program().stop_asked && fails_again(attempt);
  };
  const std::uint32_t most = affordable_runs(options.sampling.reduce, search.graph().stamps());
  search::Reduced reduced = search::reduce(search.graph(), options.model, most, again);
  // Once more, for what a recording takes from the run before it.
  if (reduced.search != nullptr && !fails_again(*reduced.search)) {
    reduced.search = nullptr;
  }
  if (reduced.search == nullptr) {
    fails_again(search);
  }
  return reduced;
}

void note_reduction(const search::Reduced& reduced, std::uint64_t found_at, Finding* finding) {
  finding->found_at = found_at;
  finding->reduce_runs = reduced.runs;
  finding->preemptions =
      reduced.search != nullptr ? std::int64_t{reduced.search->preemptions()} : -1;
}

void estimate_odds(const Options& options, std::uint32_t events, const FailsAgain& fails_again,
                   const std::function<bool()>& stop, Finding* finding) {
  const std::uint32_t runs = affordable_runs(options.sampling.estimate, events);
  search::SamplingSearch walk(options.model, ~options.sampling.seed, runs,
                              search::strategies_of(SearchKind::kRandom, options.sampling));
  while (finding->random_runs < runs && !stop() && walk.begin()) {
    ++finding->random_runs;
    finding->random_hits += fails_again(walk) ? 1 : 0;
    walk.end();
  }
}

void validate_options(const Options& options) {
  if (options.limits.threads == 0 || options.limits.threads > base::kMaxThreads) {
    throw std::invalid_argument(fmt::format("heddle: limits.threads is {}; it must be from 1 to {}",
                                            options.limits.threads, base::kMaxThreads));
  }
  if (!(options.limits.seconds >= 0) || !(options.limits.quiet_seconds >= 0)) {
    throw std::invalid_argument(
        "heddle: limits.seconds and limits.quiet_seconds may not be negative");
  }
  const bool all = options.search == SearchKind::kPortfolio || options.search == SearchKind::kAuto;
  if ((all || options.search == SearchKind::kPct) && options.sampling.depth == 0) {
    throw std::invalid_argument("heddle: depth is 0; a bug has at least depth 1");
  }
  constexpr std::uint32_t kMostBound = 1000;
  if ((all || enumerates(options.search)) && options.sampling.bound > kMostBound) {
    throw std::invalid_argument(fmt::format("heddle: bound is {}; it must be from 0 to {}",
                                            options.sampling.bound, kMostBound));
  }
}

bool over_budget(const Limits& limits, std::uint64_t events) {
  return (limits.events != 0 && events >= limits.events) ||
         (limits.memory != 0 && resident_memory() >= limits.memory);
}

}  // namespace heddle
