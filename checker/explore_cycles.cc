// SPDX-License-Identifier: Apache-2.0
// Explores states, then looks for fair cycles among them.
//
//   the search gives the way to a state with something left to try -> the engine runs the body
//   there and on, and tells each state by its fingerprint -> a known state ends the run when none
//   is left: fair cycles without progress, or without that of one thread -> each is run a hundred
//   times in a row, recorded, and described
//
// What is wrong with a single execution (a race, a deadlock, a failed assertion) ends the search as
// what it is. The exhaustive search finds such things under RC11; here they are met by the way.
#include "checker/explore_cycles.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "checker/base/mutant.h"
#include "checker/explore_doubts.h"
#include "checker/explore_finding.h"
#include "checker/explore_growth.h"
#include "checker/explore_judge.h"
#include "checker/explore_lasso.h"
#include "checker/explore_suppress.h"
#include "checker/explore_token.h"
#include "checker/explore_watch.h"
#include "checker/explore_way_out.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/reexec.h"
#include "checker/search/cycle_search.h"
#include "checker/search/fair_cycles.h"
#include "checker/search/wait_bounds.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::Engine;
using runtime::RawFinding;
using runtime::RunEnd;
using search::CycleSearch;
using search::StateId;

constexpr double kProgressEvery = 0.25;
constexpr double kForEver = 1e9;  ///< Seconds; more would not fit into the clock.

class StateExploration {
 public:
  StateExploration(const std::function<void()>& body, const Options& options)
      : body_(body), options_(options), engine_(options) {}

  Report explore();

 private:
  bool run_all();
  bool time_matters();
  bool check_all();
  void forget_runs();
  bool step();
  bool keep_findings(const RunEnd& end);
  void add_nondeterminism();
  void analyse();
  bool wants_more(const search::Lasso& lasso) const;
  void add_lasso(const search::Lasso& lasso);
  std::string name_of_lock(search::ObjectId object);
  void add_wait_bounds();
  bool checked_by_walking();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void progress();
  Report finish();
  void add_assumptions();
  std::string name_of(std::uint64_t address) {
    return object_name(symbols_, engine_, address & ~runtime::kObjectBit);
  }

  const std::function<void()>& body_;
  const Options& options_;
  Suppressions suppressions_{options_.suppressions};
  Engine engine_;
  report::Symbolizer& symbols_ = symbols_of_process();
  std::optional<CycleSearch> search_;
  Report report_;
  Clock::time_point start_ = Clock::now();
  double next_progress_ = kProgressEvery;
  bool limited_ = false;
  std::set<std::uint64_t> known_;  ///< Keys of findings.
  bool began_again_ = false;
  bool clock_read_ = false;
  bool time_passed_ = false;
  bool states_have_time_ = false;
  bool lasting_effect_ = false;
  bool ignored_ = false;  ///< Some memory is left out of the states.
};

Report StateExploration::explore() {
  report_.search = "cycles";
  if (options_.limits.seconds > 0 && options_.limits.seconds < kForEver) {
    engine_.set_deadline(start_ + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options_.limits.seconds)));
  }
  while (run_all() && !check_all()) {
    forget_runs();
  }
  engine_.set_deadline(Clock::time_point::max());  // What was found is confirmed, however late.
  if (report_.findings.empty()) {
    analyse();
  }
  return finish();
}

/// True if it came to the end, or to a limit of states.
bool StateExploration::run_all() {
  search_.emplace(CycleSearch::Limits{options_.cycles.states, options_.cycles.bytes});
  engine_.watch_states(&*search_);
  while (search_->begin()) {
    const bool go_on = step();
    if (time_matters()) {
      return run_all();
    }
    if (!go_on) {
      return false;
    }
  }
  return true;
}

/// True, once, if some run has let time pass and some run has read a clock: then time must be part
/// of the states, and the search begins anew.
bool StateExploration::time_matters() {
  clock_read_ = clock_read_ || engine_.clock_was_read();
  time_passed_ = time_passed_ || engine_.time_has_passed();
  if (!clock_read_ || !time_passed_ || states_have_time_) {
    return false;
  }
  states_have_time_ = true;
  engine_.give_states_time();
  forget_runs();
  return true;
}

void StateExploration::forget_runs() {
  report_.executions = report_.deadlocked = report_.events = report_.resumed = 0;
  report_.findings.clear();
  known_.clear();
  limited_ = false;
}

/// Whether what was found is all, and can be found again. False, once, if not: what a process does
/// once only (filling a cache of ours below a thread's frames) makes its first runs differ.
bool StateExploration::check_all() {
  limited_ = limited_ || (search_->limited() && HEDDLE_CLAUSE("cycles.limit"));
  if (!search_->diverged() &&
      (limited_ || checked_by_walking() || !HEDDLE_CLAUSE("cycles.walked_again"))) {
    return true;
  }
  if (!std::exchange(began_again_, true)) {
    return false;
  }
  if (!ignored_) {
    add_nondeterminism();
    return true;
  }
  limited_ = true;
  report_.warnings.emplace_back(
      "the same steps led to another state when they were taken again: what heddle::ignore leaves "
      "out shows in memory that it does not leave out, so nothing is proved");
  return true;
}

/// One run. False: the exploration ends.
bool StateExploration::step() {
  const RunEnd end = engine_.run(*search_, body_);
  search_->end();  // What is recorded now only repeats it.
  report_.events += end.events;
  report_.resumed += end.resumed ? 1 : 0;
  lasting_effect_ = lasting_effect_ || end.lasting_effect;
  report_.executions += end.all_ended ? 1 : 0;
  ignored_ = ignored_ || engine_.ignores_memory();
  if (keep_findings(end)) {
    return false;
  }
  progress();
  const bool late = options_.limits.seconds > 0 && seconds() >= options_.limits.seconds;
  if (end.limit_reached || end.stop_everything || late) {
    limited_ = true;
    return false;
  }
  return true;
}

/// What is wrong with the execution at hand, if it came to an end of its own. True if the search
/// cannot go on, or is to stop.
bool StateExploration::keep_findings(const RunEnd& end) {
  std::vector<RawFinding> raw = std::move(engine_.findings());
  const NameObject name = [this](std::uint64_t address) { return name_of(address); };
  if (!end.met_known_state && !end.limit_reached && !end.assumed_away) {
    const Judgement judgement = judge(engine_, end, search_->graph(), name);
    report_.deadlocked += judgement.run_class == RunClass::kDeadlocked ? 1 : 0;
    show_execution(search_->graph(), judgement.run_class);
    if (judgement.finding.has_value()) {
      raw.push_back(*judgement.finding);
    }
  }
  std::erase_if(raw, [this](const RawFinding& found) { return is_library_race(found, symbols_); });
  std::erase_if(raw, [this](const RawFinding& found) { return suppressions_.hides(found); });
  std::erase_if(raw, [this](const RawFinding& found) {
    return !known_.insert(found.key * 32 + static_cast<std::uint64_t>(found.kind)).second;
  });
  bool stops = false;
  for (RawFinding& finding : raw) {
    engine_.recorder().start(interests_of({finding}));
    engine_.run(*search_, body_, true);
    for (const RawFinding& recorded : engine_.findings()) {
      if (recorded.kind == finding.kind && recorded.key == finding.key) {
        finding = recorded;
        break;
      }
    }
    const RawFinding whole = with_full_stacks(finding, engine_);
    if (const int line = suppressions_.match(whole, engine_, symbols_); line >= 0) {
      suppressions_.hide(whole, line);
      continue;
    }
    stops = stops || options_.stop_at_first_bug || finding.kind == FindingKind::kDataRace;
    report_.findings.push_back(make_finding(finding, engine_, search_->graph(), symbols_));
    report_.findings.back().token = make_token(search_->graph(), engine_, options_);
    report_.findings.back().output = runtime::program().output;
  }
  return stops || end.failed;
}

/// The run before walked to a state that was to be another one.
void StateExploration::add_nondeterminism() {
  Finding finding;
  finding.kind = FindingKind::kNondeterminism;
  finding.message =
      "the same steps led to another state when they were taken again: the program depends on "
      "something Heddle does not control";
  for (base::ThreadId id = 0; id < engine_.thread_count(); ++id) {
    const runtime::ModelThread& thread = engine_.thread(id);
    if (thread.state == runtime::ThreadState::kFrontier) {
      const std::string what = fmt::format("is here, after {} steps", thread.cursor);
      finding.participants.push_back(
          {engine_.thread_name(id), what,
           symbols_.stack(std::vector<std::uint64_t>{thread.request.site})});
    }
  }
  report_.findings.push_back(std::move(finding));
}

/// Walks to some states anew: whether they are what they were.
bool StateExploration::checked_by_walking() {
  constexpr StateId kWalks = 16;
  const auto count = static_cast<StateId>(search_->states().state_count());
  bool same = true;
  for (StateId i = 1; i <= kWalks && same; ++i) {
    const auto state = static_cast<StateId>(std::uint64_t{i} * (count - 1) / kWalks);
    std::vector<search::Decision> way = search_->way_to(state);
    const std::size_t steps = way.size();
    search::DecisionSearch walk(std::move(way), steps);
    engine_.watch_states(&walk);
    walk.begin();
    engine_.run(walk, body_);
    same = !walk.diverged() && walk.seen().size() == 1 &&
           walk.seen().front().state == search_->states().fingerprint(state);
  }
  engine_.watch_states(nullptr);
  return same;
}

void StateExploration::analyse() {
  const search::StateGraph& states = search_->states();
  search::CycleOptions options;
  options.fair_locks = options_.cycles.fair_locks;
  options.choices = options_.cycles.choices == Choices::kRandom
                        ? search::CycleOptions::Choices::kRandom
                        : search::CycleOptions::Choices::kDefault;
  if (const auto lasso = find_livelock(states, options); lasso.has_value()) {
    add_lasso(*lasso);
  }
  for (base::ThreadId victim = 0; victim < engine_.thread_count(); ++victim) {
    const auto lasso = find_starvation(states, options, victim);
    if (lasso.has_value() && wants_more(*lasso)) {
      add_lasso(*lasso);
      if (options_.stop_at_first_bug) {
        break;
      }
    }
  }
  add_wait_bounds();
}

/// Whether the thread that makes no progress in the cycle is after some: it makes progress
/// elsewhere, is busy, or waits for a lock. One that waits for a signal to shut down, say, is not
/// starved.
bool StateExploration::wants_more(const search::Lasso& lasso) const {
  const search::StateGraph& states = search_->states();
  const auto waits = [&](const search::StepRef& ref) {
    const std::vector<search::Waiting>& all = states.profile(ref.from).waits;
    return std::any_of(all.begin(), all.end(), [&](const search::Waiting& waiting) {
      return waiting.thread == lasso.victim;
    });
  };
  return ((states.progressing_threads() | lasso.fair_by_steps) >> lasso.victim & 1) != 0 ||
         !HEDDLE_CLAUSE("cycles.wants_more") ||
         std::any_of(lasso.cycle.begin(), lasso.cycle.end(), waits);
}

void StateExploration::add_lasso(const search::Lasso& lasso) {
  const search::StateGraph& states = search_->states();
  LassoPath path;
  path.victim = lasso.victim;
  const auto add = [&](const std::vector<search::StepRef>& steps) {
    for (const search::StepRef& ref : steps) {
      const search::Step& step = states.step(ref.step);
      path.decisions.push_back({step.thread, step.outcome, step.choice});
    }
  };
  add(lasso.stem);
  add(lasso.cycle);
  path.cycle = lasso.cycle.size();
  std::vector<std::int64_t> steps;
  std::optional<Finding> finding = show_lasso(path, engine_, body_, options_, symbols_, &steps);
  if (finding.has_value()) {
    if (options_.explain && !runtime::program().stop_asked) {
      const Exploring exploring{engine_, body_, options_, suppressions_, symbols_};
      const std::vector<std::string> warnings = engine_.warnings();
      explain_lasso(exploring, states, lasso, steps, !limited_ && !lasting_effect_, &*finding);
      engine_.warnings() = warnings;  // Of the search only.
    }
    report_.findings.push_back(std::move(*finding));
  } else {
    add_nondeterminism();
  }
}

/// The name of a lock-like object. Those on stacks and in the heap have one in a recorded run only:
/// one to a state in which somebody waits for it.
std::string StateExploration::name_of_lock(search::ObjectId object) {
  const std::uintptr_t address = engine_.lock_objects()[object - 1];
  if (runtime::process_state().globals.contains(address & ~runtime::kObjectBit)) {
    return name_of(address);
  }
  const search::StateGraph& states = search_->states();
  for (StateId state = 0; state < states.state_count(); ++state) {
    const std::vector<search::Waiting>& waits = states.profile(state).waits;
    if (std::any_of(waits.begin(), waits.end(),
                    [&](const search::Waiting& waiting) { return waiting.object == object; })) {
      search::DecisionSearch walk(search_->way_to(state));
      walk.begin();
      engine_.run(walk, body_);
      engine_.recorder().start({});
      engine_.run(walk, body_, true);
      break;
    }
  }
  return name_of(address);
}

void StateExploration::add_wait_bounds() {
  for (const search::WaitBound& found : worst_by_object(find_wait_bounds(search_->states()))) {
    const std::uintptr_t address = engine_.lock_objects()[found.object - 1];
    const runtime::Module* const module =
        runtime::process_state().modules.lookup(address & ~runtime::kObjectBit);
    if (module != nullptr && module->is_heddle) {
      continue;  // By which threads end a program one after another.
    }
    WaitBound bound;
    bound.object = name_of_lock(found.object);
    bound.thread = engine_.thread_name(found.thread);
    bound.bounded = found.bypasses.has_value();
    bound.bypasses = found.bypasses.value_or(0);
    bound.steps_bounded = found.steps.has_value();
    bound.steps = found.steps.value_or(0);
    report_.wait_bounds.push_back(std::move(bound));
  }
}

void StateExploration::progress() {
  if (!options_.on_progress || seconds() < next_progress_) {
    return;
  }
  next_progress_ = seconds() + kProgressEvery;
  runtime::Globals& globals = runtime::process_state().globals;
  globals.begin_outside();
  options_.on_progress({report_.executions, report_.blocked, report_.findings.size(),
                        search_->states().state_count(), seconds()});
  globals.end_outside();
}

Report StateExploration::finish() {
  report_.model = "sc";
  report_.seconds = seconds();
  report_.states = search_->states().state_count();
  report_.transitions = search_->states().step_count();
  report_.state_bytes = search_->states().bytes();
  if (lasting_effect_ && HEDDLE_CLAUSE("cycles.lasting_effect")) {
    limited_ = true;
    report_.warnings.emplace_back(
        "the body did something that no state of memory shows (opened a file, let libc allocate, "
        "heddle::outside): states that count as one may differ, so nothing is proved");
  }
  limited_ = add_doubts(engine_, symbols_, &report_) || limited_;
  report_.complete = !limited_ && report_.findings.empty();
  suppressions_.add_warnings(&report_.warnings);
  for (const std::string& warning : engine_.warnings()) {
    report_.warnings.push_back(warning);
  }
  if (!report_.findings.empty()) {
    report_.verdict = Verdict::kBug;
  } else {
    report_.verdict = report_.complete ? Verdict::kOk : Verdict::kIncomplete;
  }
  if (limited_ && report_.states > 1) {
    const NameObject name = [this](std::uint64_t address) { return name_of(address); };
    for (std::string& text : what_grew(*search_, engine_, body_, name)) {
      report_.warnings.push_back(std::move(text));
    }
  }
  add_assumptions();
  return std::move(report_);
}

void StateExploration::add_assumptions() {
  auto& list = report_.assumptions;
  list.emplace_back("executions are interleavings: sequential consistency");
  list.emplace_back("the scheduler is fair: a thread that can always take a step does");
  if (options_.cycles.fair_locks) {
    list.emplace_back(
        "blocking locks and semaphores are fair: a thread that could get one infinitely often "
        "does");
  }
  if (options_.cycles.choices == Choices::kRandom) {
    list.emplace_back(
        "choices are random and independent of the schedule: proved with probability "
        "one");
  }
  list.emplace_back("no data race: the exhaustive search decides that");
  if (ignored_) {
    list.emplace_back("nothing depends on the memory that heddle::ignore leaves out of the states");
  }
  list.emplace_back("freed memory is reused at once by blocks of the same thread and size");
  list.emplace_back("functions of libraries that the body calls keep no state of their own");
}

}  // namespace

Report explore_cycles(const std::function<void()>& body, const Options& options) {
  return StateExploration(body, options).explore();
}

Report replay_cycle(const report::TokenData& token, const std::function<void()>& body,
                    const Options& options) {
  Engine engine(options);
  const search::Plan plan = plan_of(token, engine);
  LassoPath path;
  path.cycle = token.cycle;
  path.victim = token.victim == report::TokenData::kNoVictim ? search::kNoVictim : token.victim;
  for (const base::ThreadId thread : plan.schedule) {
    path.decisions.push_back({thread, 0, search::ChoiceKind::kNone});
  }
  for (const search::Plan::Exception& exception : plan.exceptions) {
    if (exception.kind == search::Plan::Exception::Kind::kOutcome &&
        exception.step < path.decisions.size()) {
      path.decisions[exception.step].outcome = static_cast<std::uint16_t>(exception.outcome);
    }
  }
  Report report;
  report.search = "cycles";
  report.model = "sc";
  report.executions = 1;
  // Without a decision: a path alone does not tell which ways lead out of its cycle.
  std::optional<Finding> finding = show_lasso(path, engine, body, options, symbols_of_process());
  if (!finding.has_value()) {
    throw std::invalid_argument(
        "the token does not fit this program: its cycle cannot be repeated");
  }
  report.findings.push_back(std::move(*finding));
  report.verdict = Verdict::kBug;
  return report;
}

}  // namespace heddle
