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
#include "checker/explore_attempt.h"
#include "checker/explore_cycles.h"
#include "checker/explore_libraries.h"
#include "checker/explore_nondeterminism.h"
#include "checker/explore_one.h"
#include "checker/explore_sampling.h"
#include "checker/explore_token.h"
#include "checker/explore_watch.h"
#include "checker/report/token.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/reexec.h"
#include "checker/runtime/signal_delivery.h"
#include "checker/search/exhaustive.h"
#include "checker/search/tree_probe.h"
#include "heddle/heddle.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::Engine;
using runtime::RawFinding;

constexpr std::size_t kMostFindings = 64;
constexpr std::size_t kMostOutcomes = 10000;
constexpr double kEstimateShare = 0.02;  ///< Of its time.
constexpr double kMostOfADescent = 0.2;  ///< The same; a longer one is broken off.
constexpr double kForEver = 1e9;         ///< Seconds; more would not fit into the clock.

ExecutionWatcher* g_watcher = nullptr;
void* g_watcher_argument = nullptr;

}  // namespace

void Exploration::restart() {
  descents_ = {};
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
  if (options_.search != SearchKind::kExhaustive) {
    run_drawn();
    return;
  }
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
  search.settle();
  if (judgement.finding.has_value()) {
    engine_.tell_debugger(*judgement.finding);
  }
  most_threads_ = std::max(most_threads_, engine_.thread_count());
  interrupted_ = end.interrupted;
  count(end, judgement);
  show_execution(search.graph(), judgement.run_class);
  if (judgement.run_class != RunClass::kBlocked && !end.stop_everything && !interrupted_) {
    keep_outcome(search);  // Before findings are shown, perhaps in other executions.
  }
  const bool found = keep_findings(search, judgement);
  progress();
  if (const std::optional<Next> next = after_findings(end, found)) {
    return *next;
  }
  if (!found && !repeated_ && !interrupted_) {
    repeated_ = true;
    if (std::optional<Finding> differs = repeat_run(exploring_, search, end)) {
      report_.findings.push_back(std::move(*differs));
      stopped_early_ = broken_ = true;
      return Next::kStop;
    }
  }
  if (limits_reached()) {
    return Next::kStop;
  }
  const bool due = options_.search == SearchKind::kExhaustive && member_ == nullptr &&
                   options_.shard.count == 1 && options_.sampling.estimate != 0 &&
                   seconds() >= next_estimate_;
  return due ? estimate() : Next::kGoOn;
}

/// Whether the search is to end, or to begin anew, for what the run has found.
std::optional<Exploration::Next> Exploration::after_findings(const RunEnd& end, bool found) {
  if (end.stop_everything || (found && found_fatal_ && options_.stop_at_first_bug)) {
    stopped_early_ = true;
    broken_ = end.stop_everything;
    return Next::kStop;
  }
  if (options_.after_race == AfterRace::kPromote && promote() && HEDDLE_CLAUSE("promotion")) {
    return Next::kRestart;
  }
  return std::nullopt;
}

/// Random descents through the search's tree, for a small share of the time. They are executions
/// that the search has run or will run, so they are not counted; but what they find is a finding.
Exploration::Next Exploration::estimate() {
  const double began = seconds();
  next_estimate_ = began * 1.5;
  const double until = began + kEstimateShare * began;
  const double at_last = began + kMostOfADescent * began;
  while (seconds() < until && !runtime::program().stop_asked) {
    search::TreeProbe probe(options_.model, descents_.estimate().descents);
    bool counts = false;
    while (probe.begin()) {
      const auto [end, judgement] = run_once(exploring_, probe);
      counts = judgement.run_class != RunClass::kBlocked;
      const bool found = keep_findings(probe, judgement);
      probe.end();
      if (const std::optional<Next> next = after_findings(end, found)) {
        return *next;
      }
      if (seconds() >= at_last || runtime::program().stop_asked) {
        descents_ = {};  // Without the long ones the others would say too little.
        next_estimate_ = seconds() * 4;
        engine_.forget_checkpoints();
        return Next::kGoOn;
      }
    }
    descents_.add(probe.leaf() && counts ? probe.weight() : 0);
  }
  engine_.forget_checkpoints();
  return Next::kGoOn;
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
    member_->count(judgement.run_class == RunClass::kBlocked, end.events);
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
    if (is_new(finding) && !record_simplest(search, finding)) {
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
    failures_.add(report_.findings.size(), search.graph(), engine_.promoted(), recorded);
    report_.findings.push_back(std::move(*recorded.shown));
  }
  return recorded.shown.has_value();
}

/// Whether the execution of the search has the finding, too.
bool Exploration::fails_so(search::Search& search, const RawFinding& wanted) {
  const JudgedRun run = run_once(exploring_, search);
  const auto is_it = [&](const RawFinding& found) {
    return found.kind == wanted.kind && found.key == wanted.key;
  };
  return std::any_of(engine_.findings().begin(), engine_.findings().end(), is_it) ||
         (run.judgement.finding.has_value() && is_it(*run.judgement.finding));
}

/// Records the finding; of a search that draws or bounds schedules, in the simplest execution that
/// a bounded effort finds, and with how likely it is.
bool Exploration::record_simplest(search::Search& search, const RawFinding& finding) {
  if (search_ == nullptr || !may_be_reduced(finding.kind, options_.search)) {
    return record(search, finding);
  }
  const FailsAgain fails_again = [&](search::Search& other) { return fails_so(other, finding); };
  const std::uint64_t number = report_.executions + report_.blocked;
  const std::uint32_t events = search.graph().stamps();
  const search::Reduced reduced = reduce(search, options_, fails_again);
  if (!record(reduced.search != nullptr ? *reduced.search : search, finding)) {
    return false;
  }
  Finding& recorded = report_.findings.back();
  note_reduction(reduced, number, &recorded);
  estimate_odds(
      options_, events, fails_again, [this] { return limits_reached(); }, &recorded);
  return true;
}

/// Takes racing locations into the graph. True if there are new ones: the search begins anew.
bool Exploration::promote() {
  bool added = false;
  for (const runtime::PromotedLocation& race : engine_.to_promote()) {
    added = engine_.promoted().try_emplace(race, true).second || added;
  }
  return added;
}

Report Exploration::finish() {
  report_.model = options_.model == Model::kRc11 ? "rc11" : "sc";
  report_.seconds = seconds();
  if (search_ != nullptr && !add_coverage(*search_, options_, &report_)) {
    limited_ = true;
  }
  if (limited_ && options_.search == SearchKind::kExhaustive) {
    report_.estimate = descents_.estimate();
  }
  limited_ = add_doubts_once(&report_) || limited_;
  report_.complete = !limited_ && !(stopped_early_ && HEDDLE_CLAUSE("verdict.stopped_early"));
  add_new(engine_.bounds_hit(), &report_.bounds);
  if (!broken_) {
    failures_.explain(exploring_, &report_);
  }
  explain_nondeterminism(engine_, symbols_, &report_);
  name_shard(body_, options_, &report_);
  report_.verdict = verdict_of(report_);
  add_assumptions();
  add_warnings();
  return std::move(report_);
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
  if (runtime::g_signals_met) {
    list.emplace_back(
        "signal handlers interrupt a thread at its visible operations only, and the calls that "
        "they interrupt go on afterwards");
  }
  if (engine_.has_forked()) {
    list.emplace_back(
        "fork is ordered with each critical section of other threads; heap errors of a forked "
        "process are looked for in what it allocated itself");
  }
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
  if (runtime::program().stop_asked && limited_) {
    report_.warnings.emplace_back("the search was interrupted, as by Ctrl-C");
  }
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
  validate_options(options);
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

/// Several processes: an exhaustive search is divided, of others each has a share.
Report explore_with_jobs(const std::function<void()>& body, const Options& options) {
  if (options.search != SearchKind::kExhaustive) {
    return explore_shares(options, [&](const Options& share) {
      Options in_force = share;
      in_force.model = model_of(share);
      return guarded(in_force, [&] { return Exploration(body, in_force).explore(); });
    });
  }
  return explore_together(body, options, [&](Member& member, const Part& base) {
    Part part;
    Options mine = options;
    mine.limits.seconds = base.seconds_left;
    mine.limits.memory = part_of_limit(options.limits.memory, 0, options.jobs);
    mine.on_progress = nullptr;  // The parent tells that of all.
    part.report = guarded(mine, [&] {
      part = Exploration(body, mine).explore_as(member, base);
      return part.report;
    });
    return part;
  });
}

}  // namespace

Report explore(const std::function<void()>& body, const Options& options) {
  validate(body, options);
  if (options.search == SearchKind::kAuto) {
    return explore_and_sample(options, [&](const Options& part) { return explore(body, part); });
  }
  if (options.search == SearchKind::kCycles) {
    return guarded(options, [&] { return explore_cycles(body, options); });
  }
  const bool in_jobs = options.jobs > 1 && !runtime::program().forks;
  Options in_force = options;
  in_force.model = model_of(options);
  Report report = in_jobs ? explore_with_jobs(body, options)
                          : guarded(options, [&] { return Exploration(body, in_force).explore(); });
  if (options.search == SearchKind::kExhaustive && (in_jobs || !options.resume_file.empty())) {
    explain_by_tokens(body, in_force, &report);
  }
  if (options.jobs > 1 && !in_jobs) {
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
  used.jobs = 1;
  used.shard = {};
  used.checkpoint_file.clear();
  used.resume_file.clear();
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

Attempt attempt(const Finding& failing, const std::function<void()>& body, const Options& options) {
  Options used = options;
  // What the search of states found it found under sequential consistency.
  used.model = options.search == SearchKind::kCycles ? Model::kSc : options.model;
  used.search = SearchKind::kExhaustive;
  used.limits.events_per_execution =
      std::max(3000u, 4 * static_cast<unsigned>(failing.trace.size()));  // It may run for ever.
  validate(body, used);
  Attempt result;
  const Report report = guarded(used, [&] {
    const Suppressions none("");
    Engine engine(used);
    result = attempt_schedule({engine, body, used, none, symbols_of_process()}, failing);
    return Report{};
  });
  if (report.verdict == Verdict::kInternalError) {
    result.end = "not tried: " + report.warnings.front();
  }
  return result;
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
