// SPDX-License-Identifier: Apache-2.0
// One body under one set of options: what explore.cc runs, and explore_resume.cc takes up again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "checker/explore_decide.h"
#include "checker/explore_finding.h"
#include "checker/explore_judge.h"
#include "checker/explore_part.h"
#include "checker/explore_record.h"
#include "checker/explore_suppress.h"
#include "checker/explore_team.h"
#include "checker/report/symbols.h"
#include "checker/report/token.h"
#include "checker/runtime/engine.h"
#include "checker/search/bounded_search.h"
#include "checker/search/exhaustive.h"
#include "checker/search/tree_probe.h"

namespace heddle {

/// One body under one set of options.
class Exploration {
 public:
  Exploration(const std::function<void()>& body, const Options& options)
      : body_(body), options_(options), suppressions_(options.suppressions), engine_(options) {}

  Report explore();
  /// As one of several: begins with `base`, asks `member` for work, and says what came of it.
  Part explore_as(Member& member, const Part& base);
  Report replay(const report::TokenData& token);

 private:
  enum class Next { kGoOn, kRestart, kStop };

  using Clock = std::chrono::steady_clock;
  using Engine = runtime::Engine;
  using RawFinding = runtime::RawFinding;
  using RunEnd = runtime::RunEnd;

  void run_search();
  void run_drawn();
  void restart();
  bool take_up(search::ExhaustiveSearch& search);
  bool take_shard(search::ExhaustiveSearch& search);
  void check_shard();
  bool numbers_differ() const;
  bool next_execution(search::ExhaustiveSearch& search);
  runtime::RunEnd run_unjudged(search::Search& search);
  bool rebuild(search::ExhaustiveSearch& search);
  bool serve(search::ExhaustiveSearch& search);
  void keep_checkpoint(const search::ExhaustiveSearch& search, bool at_end);
  void take_up(search::BoundedSearch& search);
  bool counts(const search::BoundedSearch& search);
  Next run_for_others(search::BoundedSearch& search);
  void keep_checkpoint(const search::BoundedSearch& search, bool at_end);
  bool is_checkpoint_due(bool at_end) const;
  void write_part(const Part& part, bool at_end);
  void start_from(const Part& part);
  bool add_doubts_once(Report* report);
  Part part_so_far();
  Part part_of(const search::ExhaustiveSearch& search);
  Next step(search::Search& search);
  void warn_of_lock_orders(search::Search& search);
  void count(const RunEnd& end, const Judgement& judgement);
  void keep_outcome(search::Search& search);
  bool keep_findings(search::Search& search, const Judgement& judgement);
  bool is_new(const RawFinding& finding);
  bool record(search::Search& search, const RawFinding& finding);
  bool record_simplest(search::Search& search, const RawFinding& finding);
  bool fails_so(search::Search& search, const RawFinding& wanted);
  std::optional<Next> after_findings(const RunEnd& end, bool found);
  Next estimate();
  bool promote();
  bool limits_reached();
  void progress();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  Report finish();
  void add_assumptions();
  void add_warnings();

  const std::function<void()>& body_;
  const Options& options_;
  Suppressions suppressions_;
  Engine engine_;
  report::Symbolizer& symbols_ = symbols_of_process();
  const Exploring exploring_{engine_, body_, options_, suppressions_, symbols_};
  std::unique_ptr<search::Search> search_;  ///< One that draws or bounds schedules.
  Report report_;
  Failures failures_;                      ///< To be explained when the search is over.
  std::set<std::uint64_t> known_;          ///< Keys of findings, cheap to compare.
  std::set<std::uint64_t> library_races_;  ///< Keys of races that are notes, not findings.
  std::set<std::string> known_places_;     ///< What a person would call the same finding.
  std::map<std::string, std::size_t> outcomes_;
  Clock::time_point start_ = Clock::now();
  double next_progress_ = 0.25;
  search::Descents descents_;  ///< Of an exhaustive search.
  double next_estimate_ = 0.5;
  double raced_at_ = -1;      ///< Seconds, when the first race was found.
  bool found_fatal_ = false;  ///< The last execution has a finding other than a promoted race.
  bool limited_ = false;
  bool cut_ = false;          ///< Some execution met a limit of its own: more time would not help.
  bool interrupted_ = false;  ///< The last execution, by time.
  bool stopped_early_ = false;
  bool outcomes_dropped_ = false;
  bool broken_ = false;    ///< The last run cannot be repeated.
  bool repeated_ = false;  ///< Some execution was run twice to see whether it can be.
  std::uint32_t most_threads_ = 0;
  Member* member_ = nullptr;          ///< If this is one of several.
  Part from_;                         ///< Where the next search begins.
  std::size_t threads_at_split_ = 0;  ///< Threads that were known when the shards were cut.
  double next_checkpoint_ = 0;
  bool restarts_ = false;  ///< The search ended to begin anew with promoted locations.
};

}  // namespace heddle
