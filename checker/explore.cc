// SPDX-License-Identifier: Apache-2.0
// One exploration from body to Report.
//
//   search plans an execution -> the engine runs the body on fibers, asking search and graph at
//   each visible operation -> the run is judged -> new findings are recorded by running the same
//   graph once more -> the search plans the next
//
// This file and its helpers beside it (explore_*.cc) are the only ones that know search, runtime,
// detect and report together. When races are to be promoted the search begins
// anew with the racing locations as events; findings stay, counts start again.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/explore_cycles.h"
#include "checker/explore_libraries.h"
#include "checker/explore_nondeterminism.h"
#include "checker/explore_one.h"
#include "checker/explore_token.h"
#include "checker/explore_watch.h"
#include "checker/report/token.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/reexec.h"
#include "checker/search/exhaustive.h"
#include "heddle/heddle.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::Engine;
using runtime::RawFinding;
using runtime::RunEnd;

constexpr std::size_t kMostFindings = 64;
constexpr std::size_t kMostOutcomes = 10000;
constexpr double kProgressEvery = 0.25;
constexpr double kForEver = 1e9;  ///< Seconds; more would not fit into the clock.

ExecutionWatcher* g_watcher = nullptr;
void* g_watcher_argument = nullptr;

}  // namespace

void Exploration::restart() {
  report_.executions = report_.deadlocked = report_.blocked = report_.events = report_.resumed = 0;
  report_.outcomes.clear();
  outcomes_.clear();
}

Report Exploration::explore() {
  if (options_.limits.seconds > 0 && options_.limits.seconds < kForEver) {
    engine_.set_deadline(start_ + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options_.limits.seconds)));
  }
  if (!options_.resume_file.empty()) {
    from_ = read_checkpoint(options_.resume_file, identity_of(body_, options_));
  }
  do {
    run_search();
  } while (restarts_);
  return finish();
}

/// One search to its end, or until it has to begin anew.
void Exploration::run_search() {
  restarts_ = false;
  restart();
  search::ExhaustiveSearch search(options_.model);
  const bool begins = take_up(search);
  bool goes_on = begins;
  while (goes_on && next_execution(search)) {
    const Next next = step(search);
    interrupted_ ? search.interrupt() : search.end();
    goes_on = next == Next::kGoOn;
    restarts_ = next == Next::kRestart;
    if (next == Next::kStop && !broken_) {
      warn_of_lock_orders(search);
    }
  }
  check_shard();
  if (begins) {
    keep_checkpoint(search, true);
  }
}

/// What was seen of an incomplete search may at least show locks nested in opposite orders.
void Exploration::warn_of_lock_orders(search::Search& search) {
  for (std::string& text : lock_orders_of_run(exploring_, search)) {
    report_.warnings.push_back(std::move(text));
  }
}

Report Exploration::replay(const report::TokenData& token) {
  repeated_ = true;
  search::ReplaySearch search(plan_of(token, engine_));
  if (search.begin()) {
    step(search);
    if (search.diverged()) {
      throw std::invalid_argument(
          "the token does not fit this program: its execution cannot be repeated");
    }
    search.end();
  }
  stopped_early_ = true;
  return finish();
}

/// One execution: run, judge, keep.
Exploration::Next Exploration::step(search::Search& search) {
  const auto [end, judgement] = run_once(exploring_, search);
  if (judgement.finding.has_value()) {
    engine_.tell_debugger(*judgement.finding);
  }
  most_threads_ = std::max(most_threads_, engine_.thread_count());
  interrupted_ = end.interrupted;
  count(end, judgement);
  show_execution(search.graph(), judgement.run_class);
  const bool found = keep_findings(search, judgement);
  if (judgement.run_class != RunClass::kBlocked && !end.stop_everything) {
    keep_outcome(search);
  }
  progress();
  if (end.stop_everything || (found && found_fatal_ && options_.stop_at_first_bug)) {
    stopped_early_ = true;
    broken_ = end.stop_everything;
    return Next::kStop;
  }
  if (options_.after_race == AfterRace::kPromote && promote() && HEDDLE_CLAUSE("promotion")) {
    return Next::kRestart;
  }
  if (!found && !repeated_ && !interrupted_) {
    repeated_ = true;
    if (std::optional<Finding> differs = repeat_run(exploring_, search, end)) {
      report_.findings.push_back(std::move(*differs));
      stopped_early_ = broken_ = true;
      return Next::kStop;
    }
  }
  return limits_reached() ? Next::kStop : Next::kGoOn;
}

void Exploration::count(const RunEnd& end, const Judgement& judgement) {
  limited_ = limited_ || end.limit_reached;
  if (end.interrupted) {
    return;  // Whoever goes on from a checkpoint runs it to its end.
  }
  cut_ = cut_ || end.limit_reached;
  report_.events += end.events;
  report_.resumed += end.resumed ? 1 : 0;
  if (member_ != nullptr) {
    member_->count(judgement.run_class == RunClass::kBlocked);
  }
  if (judgement.run_class == RunClass::kBlocked) {
    ++report_.blocked;
    return;
  }
  ++report_.executions;
  report_.deadlocked += judgement.run_class == RunClass::kDeadlocked ? 1 : 0;
}

void Exploration::keep_outcome(search::Search& search) {
  const std::vector<OutcomeValue>& values = engine_.outcome();
  if (values.empty()) {
    return;
  }
  std::string key;
  for (const OutcomeValue& value : values) {
    key += value.name + '\0' + value.value + '\0';
  }
  const auto [known, inserted] = outcomes_.try_emplace(key, report_.outcomes.size());
  if (!inserted) {
    ++report_.outcomes[known->second].count;
    return;
  }
  if (report_.outcomes.size() >= kMostOutcomes) {
    outcomes_.erase(known);
    outcomes_dropped_ = true;
    return;
  }
  report_.outcomes.push_back({values, 1, make_token(search.graph(), engine_, options_)});
}

/// Keeps what is new. True if this execution has a finding, new or not.
bool Exploration::keep_findings(search::Search& search, const Judgement& judgement) {
  std::vector<RawFinding> raw = std::move(engine_.findings());
  if (judgement.finding.has_value()) {
    raw.push_back(*judgement.finding);
  }
  std::erase_if(raw, [this](const RawFinding& finding) {
    return library_races_.contains(finding.key) || is_library_race(finding, symbols_) ||
           suppressions_.hides(finding);
  });
  const std::vector<runtime::PromotedLocation> races = engine_.to_promote();
  bool any = false;
  found_fatal_ = false;
  for (const RawFinding& finding : raw) {
    if (is_new(finding) && !record(search, finding)) {
      continue;
    }
    any = true;
    const bool is_race = finding.kind == FindingKind::kDataRace;
    found_fatal_ = found_fatal_ || !is_race || options_.after_race == AfterRace::kStop;
    raced_at_ = is_race && raced_at_ < 0 ? seconds() : raced_at_;
  }
  engine_.to_promote() = races;
  return any;
}

bool Exploration::is_new(const RawFinding& finding) {
  return report_.findings.size() < kMostFindings &&
         known_.insert(finding.key * 32 + static_cast<std::uint64_t>(finding.kind)).second &&
         known_places_.insert(place_key(finding, symbols_)).second;
}

/// Runs the execution once more for the report of one of its findings. False if that turns out to
/// be a note, or is suppressed.
bool Exploration::record(search::Search& search, const RawFinding& finding) {
  Recorded recorded = record_finding(exploring_, search, finding);
  if (recorded.library_race) {
    library_races_.insert(finding.key);
  } else if (recorded.suppressed_by >= 0) {
    suppressions_.hide(recorded.whole, recorded.suppressed_by);
  } else {
    report_.findings.push_back(std::move(*recorded.shown));
  }
  return recorded.shown.has_value();
}

/// Takes racing locations into the graph. True if there are new ones: the search begins anew.
bool Exploration::promote() {
  bool added = false;
  for (const runtime::PromotedLocation& race : engine_.to_promote()) {
    added = engine_.promoted().try_emplace(race, true).second || added;
  }
  return added;
}

bool Exploration::limits_reached() {
  const Limits& limits = options_.limits;
  const bool many = member_ == nullptr && limits.executions != 0 &&
                    report_.executions + report_.blocked >= limits.executions;
  const bool late = runtime::program().stop_asked ||
                    (limits.seconds > 0 && seconds() >= limits.seconds) ||
                    (limits.seconds_after_race > 0 && raced_at_ >= 0 &&
                     seconds() >= raced_at_ + limits.seconds_after_race);
  limited_ = limited_ || (many && HEDDLE_CLAUSE("verdict.limit.executions")) ||
             (late && HEDDLE_CLAUSE("verdict.limit.seconds"));
  return many || late;
}

void Exploration::progress() {
  if (!options_.on_progress || seconds() < next_progress_) {
    return;
  }
  next_progress_ = seconds() + kProgressEvery;
  runtime::Globals& globals = runtime::process_state().globals;
  globals.begin_outside();
  options_.on_progress(
      {report_.executions, report_.blocked, report_.findings.size(), report_.states, seconds()});
  globals.end_outside();
}

Report Exploration::finish() {
  report_.model = options_.model == Model::kRc11 ? "rc11" : "sc";
  report_.seconds = seconds();
  limited_ = add_doubts_once(&report_) || limited_;
  report_.complete = !limited_ && !(stopped_early_ && HEDDLE_CLAUSE("verdict.stopped_early"));
  add_new(engine_.bounds_hit(), &report_.bounds);
  explain_nondeterminism();
  name_shard(body_, options_, &report_);
  report_.verdict = verdict_of(report_);
  add_assumptions();
  add_warnings();
  return std::move(report_);
}

/// Names the sources. But after a race what plain memory holds may differ from run to run: that is
/// the race's effect.
void Exploration::explain_nondeterminism() {
  for (Finding& finding : report_.findings) {
    if (finding.kind == FindingKind::kNondeterminism) {
      finding.message += sources_of_nondeterminism(engine_, symbols_);
    }
  }
  const auto is_race = [](const Finding& finding) {
    return finding.kind == FindingKind::kDataRace || finding.kind == FindingKind::kUseAfterFree;
  };
  if (std::none_of(report_.findings.begin(), report_.findings.end(), is_race)) {
    return;
  }
  if (!HEDDLE_CLAUSE("nondeterminism.by_race")) {
    return;
  }
  const auto erased = std::erase_if(report_.findings, [](const Finding& finding) {
    return finding.kind == FindingKind::kNondeterminism;
  });
  if (erased != 0) {
    report_.warnings.emplace_back(
        "the search stopped early: after the race an execution could not be repeated");
  }
}

void Exploration::add_assumptions() {
  std::vector<std::string> list;
  if (options_.model == Model::kRc11) {
    list.emplace_back("no load buffering: RC11 forbids cycles of program order and reads-from");
  }
  list.emplace_back("freed memory is not reused within an execution");
  if (!options_.spurious_wakeups) {
    list.emplace_back("condition variables do not wake without a notification");
  }
  list.emplace_back("races are seen where the compiler put hooks");
  list.emplace_back("time passes only in sleeps, expired waits and loops that poll the clock");
  list.emplace_back("compare_exchange_weak does not fail spuriously");
  if (options_.timeouts == Timeouts::kIdle) {
    list.emplace_back(
        "waits time out only when no other thread can go on, several of them in any order");
  }
  if (engine_.library_spin_reduced()) {
    list.emplace_back(
        "of libstdc++'s 16-round spin before a futex wait the first and last round "
        "stand for all");
  }
  add_new(list, &report_.assumptions);
}

void Exploration::add_warnings() {
  suppressions_.add_warnings(&report_.warnings);
  add_new(engine_.warnings(), &report_.warnings);
  if (outcomes_dropped_) {
    report_.warnings.push_back(
        fmt::format("only the first {} distinct outcomes are listed", kMostOutcomes));
  }
  if (!library_races_.empty()) {
    report_.warnings.emplace_back(
        "note: libstdc++'s atomic<shared_ptr> races inside itself by the letter of the standard; "
        "its races are not counted as findings");
  }
  if (member_ == nullptr) {
    warn_of_the_whole(most_threads_, &report_);
  }
  if (!runtime::addresses_are_fixed()) {
    report_.warnings.emplace_back(
        "address randomisation could not be switched off: tokens may not replay in another "
        "process");
  }
}

namespace {

void validate(const std::function<void()>& body, const Options& options) {
  if (!body) {
    throw std::invalid_argument("heddle: the body is empty");
  }
  if (options.limits.threads == 0 || options.limits.threads > base::kMaxThreads) {
    throw std::invalid_argument(fmt::format("heddle: limits.threads is {}; it must be from 1 to {}",
                                            options.limits.threads, base::kMaxThreads));
  }
  if (!(options.limits.seconds >= 0) || !(options.limits.quiet_seconds >= 0)) {
    throw std::invalid_argument(
        "heddle: limits.seconds and limits.quiet_seconds may not be negative");
  }
  check_parts(options);
  if (Engine::current() != nullptr) {
    throw std::invalid_argument("heddle: explore() was called while another exploration runs");
  }
}

Report failed_report(std::string reason) {
  Report report;
  report.verdict = Verdict::kInternalError;
  report.warnings.push_back(std::move(reason));
  return report;
}

void on_check_failure(const char* condition, const char* file, int line) {
  const std::string what = fmt::format("{} does not hold ({}:{})", condition, file, line);
  if (Engine::current() != nullptr) {
    Engine::current()->internal_error(what);
  }
  throw runtime::InternalError{what};
}

template <class Run>
Report guarded(const Options& options, Run run) {
  const std::string problem = runtime::take_over(options.limits.quiet_seconds);
  if (!problem.empty()) {
    return failed_report(problem);
  }
  struct GiveBack {
    GiveBack() { base::set_check_handler(&on_check_failure); }
    ~GiveBack() {
      base::set_check_handler(nullptr);
      runtime::give_back();
    }
  } give_back;
  try {
    Report report = run();
    doubt_unseen_libraries(options, &report);
    return report;
  } catch (const runtime::InternalError& error) {
    return failed_report("internal error: " + error.what);
  }
}

}  // namespace

Report explore(const std::function<void()>& body, const Options& options) {
  validate(body, options);
  if (options.search == SearchKind::kCycles) {
    return guarded(options, [&] { return explore_cycles(body, options); });
  }
  if (options.jobs > 1 && !runtime::program().forks) {
    return explore_together(body, options, [&](Member& member, const Part& base) {
      Part part;
      Options mine = options;
      mine.limits.seconds = base.seconds_left;
      part.report = guarded(mine, [&] {
        part = Exploration(body, mine).explore_as(member, base);
        return part.report;
      });
      return part;
    });
  }
  Report report = guarded(options, [&] { return Exploration(body, options).explore(); });
  if (options.jobs > 1) {
    report.warnings.emplace_back(
        "one job only: each execution ran in a process of its own, which jobs do not go with");
  }
  return report;
}

Report replay(std::string_view token, const std::function<void()>& body, const Options& options) {
  const report::TokenData data = report::decode_token(token);
  Options used = options;
  used.stop_at_first_bug = false;
  used.after_race = AfterRace::kStop;
  apply_token(data, used);
  validate(body, used);
  return guarded(options, [&]() -> Report {
    if (data.program_hash != runtime::process_state().modules.program_hash()) {
      throw std::invalid_argument(
          "the token belongs to another program, or to another build of this one");
    }
    return data.cycle != 0 ? replay_cycle(data, body, used) : Exploration(body, used).replay(data);
  });
}

std::string_view version() { return HEDDLE_VERSION; }

void show_execution(const graph::ExecutionGraph& graph, RunClass run_class) {
  if (g_watcher == nullptr) {
    return;
  }
  runtime::Globals& globals = runtime::process_state().globals;
  globals.begin_outside();
  g_watcher(graph, run_class, g_watcher_argument);
  globals.end_outside();
}

void heddle_watch_executions(ExecutionWatcher* watcher, void* argument) {
  g_watcher = watcher;
  g_watcher_argument = argument;
}

}  // namespace heddle
