// SPDX-License-Identifier: Apache-2.0
// Searches that draw executions or bound their schedules, as explore.cc needs them: which search
// that is, what it has covered, and what may be said of its findings.
#pragma once

#include <functional>
#include <memory>

#include "checker/search/guided_search.h"
#include "checker/search/search.h"
#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// True for searches that draw: they prove nothing, however many executions they run.
bool draws(SearchKind kind);
/// True for the enumerations of schedules with few preemptions or delays.
bool enumerates(SearchKind kind);

/// The model in force: an enumeration is one of interleavings.
Model model_of(const Options& options);

/// The search that `options` ask for; not for SearchKind::kCycles.
std::unique_ptr<search::Search> make_search(const Options& options);

/// Writes what the search has covered into the report. True if that is all it was to cover: false
/// for a search that draws.
bool add_coverage(const search::Search& search, const Options& options, Report* report);

/// SearchKind::kAuto: explores with each part of the options, the exhaustive search first, and adds
/// up the reports if a second one was made.
Report explore_and_sample(const Options& options,
                          const std::function<Report(const Options&)>& explore_part);

/// A search that draws or enumerates, by Options::jobs processes: each runs what the shard of its
/// number would, and the reports are added up. With Options::stop_at_first_bug all end soon after
/// the first that finds a bug.
Report explore_shares(const Options& options,
                      const std::function<Report(const Options&)>& explore_share);

/// Whether a finding of a search of this kind may be shown in another execution: not if it is about
/// the run itself.
bool may_be_reduced(FindingKind kind, SearchKind search);

/// Runs the search's execution (an attempt at it, or drawn anew) and says whether it fails as the
/// one at hand did.
using FailsAgain = std::function<bool(search::Search&)>;

/// The simplest execution that Options::sampling lets it find which fails as that of `search` does:
/// `Reduced::search` is null if that is the one of `search`. It was the last to run, either way.
search::Reduced reduce(search::Search& search, const Options& options,
                       const FailsAgain& fails_again);

/// Says in the finding what reduce() came to; it was found in this execution of the search.
void note_reduction(const search::Reduced& reduced, std::uint64_t found_at, Finding* finding);

/// How often plain random executions have the finding, until `stop` says so. `events`: of one.
void estimate_odds(const Options& options, std::uint32_t events, const FailsAgain& fails_again,
                   const std::function<bool()>& stop, Finding* finding);

/// Throws std::invalid_argument if the options hold what nobody can mean.
void validate_options(const Options& options);

/// Whether the search has met its limit of events or of memory.
bool over_budget(const Limits& limits, std::uint64_t events);

}  // namespace heddle
