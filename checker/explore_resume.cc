// SPDX-License-Identifier: Apache-2.0
// Where a search begins, what it does between two executions, and what is left of it: resuming,
// checkpoints, shards, and being one of several.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "checker/base/mutant.h"
#include "checker/explore_doubts.h"
#include "checker/explore_one.h"
#include "checker/explore_sampling.h"
#include "checker/explore_token.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

namespace heddle {

using search::BoundedSearch;
using search::ExhaustiveSearch;
using search::Work;

namespace {

constexpr double kForEver = 1e300;
constexpr double kProgressEvery = 0.25;
constexpr double kCheckpointEvery = 1;   ///< Seconds.
constexpr double kCheckpointShare = 20;  ///< At least so many times what writing one takes.
/// Pieces for each shard, so that they are about equal.
constexpr std::size_t kPiecesAShard = 64;

/// Every alternative as work of its own, the shallowest first.
void add_pieces(const Work& work, std::deque<Work>& to) {
  for (const search::WorkLevel& level : work.levels) {
    for (const search::WorkItem& item : level.items) {
      Work& piece = to.emplace_back();
      piece.levels.push_back(level);
      piece.levels.back().items = {item};
    }
  }
}

}  // namespace

Part Exploration::explore_as(Member& member, const Part& base) {
  member_ = &member;
  from_ = base;
  const bool was_limited = base.limited;
  run_search();
  Part part = std::move(from_);
  part.restarts = restarts_;
  part.report = finish();
  part.limited = was_limited || limited_ || (stopped_early_ && !restarts_);
  return part;
}

/// The report's counts, findings and outcomes, and what the engine must know beforehand.
void Exploration::start_from(const Part& part) {
  report_ = part.report;
  report_.verdict = Verdict::kOk;
  for (std::size_t i = 0; i < report_.outcomes.size(); ++i) {
    std::string key;
    for (const OutcomeValue& value : report_.outcomes[i].values) {
      key += value.name + '\0' + value.value + '\0';
    }
    outcomes_[key] = i;
  }
  known_places_ = part.places;
  most_threads_ = part.most_threads;
  cut_ = part.cut;
  limited_ = limited_ || part.cut;
  engine_.set_thread_names(part.threads);
  for (const auto& [address, size] : part.promoted) {
    engine_.promoted()[{address, static_cast<std::uint8_t>(size)}] = true;
  }
}

/// False if there is nothing to do.
bool Exploration::take_up(ExhaustiveSearch& search) {
  const bool resumes =
      !options_.resume_file.empty() && member_ == nullptr && !from_.threads.empty();
  if (member_ != nullptr || resumes) {
    start_from(from_);
    if (member_ != nullptr && member_->is_careful()) {
      search.know_keys();
    }
    search.import_work(std::move(from_.work));
    from_ = {};
    threads_at_split_ = options_.shard.count > 1 ? engine_.thread_names().size() : 0;
    return true;
  }
  return options_.shard.count == 1 || take_shard(search);
}

/// Cuts the search into pieces, breadth first, until there are enough, and takes its own ones. What
/// is executed meanwhile belongs to the first shard; the others repeat it without counting.
bool Exploration::take_shard(ExhaustiveSearch& search) {
  const std::size_t enough = kPiecesAShard * options_.shard.count;
  std::deque<Work> pieces(1);
  pieces.front().whole = true;
  next_checkpoint_ = kForEver;
  while (!pieces.empty() && pieces.size() < enough) {
    ExhaustiveSearch one(options_.model);
    one.import_work(std::move(pieces.front()));
    pieces.pop_front();
    const bool any = next_execution(one);
    if (any && options_.shard.index == 0) {
      const Next next = step(one);
      one.end();
      if (next != Next::kGoOn) {
        return false;
      }
    } else if (any) {
      limited_ = run_unjudged(one).interrupted || limited_;
      one.end();
    }
    if (limited_) {
      return false;
    }
    add_pieces(one.export_work(), pieces);
  }
  Work mine;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i % options_.shard.count == options_.shard.index) {
      mine.levels.push_back(std::move(pieces[i].levels.front()));
    }
  }
  threads_at_split_ = engine_.thread_names().size();
  next_checkpoint_ = 0;
  search.import_work(std::move(mine));
  return true;
}

bool Exploration::numbers_differ() const {
  return threads_at_split_ != 0 && engine_.thread_names().size() != threads_at_split_;
}

/// Which thread goes first depends on the threads' numbers, and shards give those out on their own.
void Exploration::check_shard() {
  if (numbers_differ()) {
    limited_ = true;
    report_.warnings.emplace_back(
        "some threads exist in late executions only; shards may number them differently, so "
        "nothing "
        "is proved: explore without shards");
  }
}

/// Prepares the next execution. False when there is none, or when the search has to end.
bool Exploration::next_execution(ExhaustiveSearch& search) {
  while (serve(search)) {
    if (search.left() != 0 && member_ != nullptr &&
        !member_->may_begin(options_.limits.executions)) {
      limited_ = true;
      return false;
    }
    if (search.begin()) {
      if (member_ != nullptr && member_->is_careful()) {
        member_->note(search.key(), make_token(search.graph(), engine_, options_));
      }
      return true;
    }
    if (search.to_rebuild() != nullptr) {
      if (!rebuild(search)) {
        return false;
      }
    } else if (member_ == nullptr) {
      return false;
    } else {
      member_->wait();
    }
  }
  return false;
}

/// A run that stops halfway, or that another shard counts: there is nothing to say about it.
runtime::RunEnd Exploration::run_unjudged(search::Search& search) {
  return runtime::program().forks ? run_once(exploring_, search).end : engine_.run(search, body_);
}

/// Runs the program to where the search goes on.
bool Exploration::rebuild(ExhaustiveSearch& search) {
  search::RebuildSearch again(*search.to_rebuild());
  const bool interrupted = run_unjudged(again).interrupted;
  if (!interrupted && search.rebuilt(again.graph())) {
    return true;
  }
  limited_ = true;
  if (interrupted) {
    return false;
  }
  cut_ = true;
  report_.warnings.emplace_back(
      "an execution whose alternatives were left could not be repeated: they were not explored");
  return false;
}

/// What is due between two executions. False if the search has to end.
bool Exploration::serve(ExhaustiveSearch& search) {
  if (member_ == nullptr) {
    keep_checkpoint(search, false);
    return true;
  }
  member_->between();
  for (Message message = member_->take(); message.letter != 0; message = member_->take()) {
    if (message.letter == 's') {
      member_->send('g', search::to_text(search.give_away()));
    } else if (message.letter == 'c') {
      member_->send('p', to_text(part_of(search)));
    } else if (message.letter == 'w') {
      const Part given = part_from_text(message.text);
      engine_.set_thread_names(given.threads);
      search.import_work(given.work);
    } else {
      return false;  // What is left is told with the part.
    }
  }
  return true;
}

/// As add_doubts(), but what a search that was resumed said already is not said again.
bool Exploration::add_doubts_once(Report* report) {
  Report doubts;
  const bool limits = add_doubts(engine_, symbols_, &doubts);
  add_new(doubts.warnings, &report->warnings);
  for (Finding& doubt : doubts.findings) {
    const auto is_it = [&](const Finding& known) {
      return known.kind == doubt.kind && known.message == doubt.message;
    };
    if (std::none_of(report->findings.begin(), report->findings.end(), is_it)) {
      report->findings.push_back(std::move(doubt));
    }
  }
  return limits;
}

/// What was done, without what is left.
Part Exploration::part_so_far() {
  Part part;
  part.report = report_;
  add_new(engine_.bounds_hit(), &part.report.bounds);
  add_new(engine_.warnings(), &part.report.warnings);
  part.report.seconds = seconds();
  part.report.model = options_.model == Model::kRc11 ? "rc11" : "sc";
  part.places = known_places_;
  part.most_threads = most_threads_;
  part.cut = add_doubts_once(&part.report) || cut_ || numbers_differ();
  part.threads = engine_.thread_names();
  for (const auto& [location, active] : engine_.promoted()) {
    part.promoted.emplace_back(location.address, location.size);
  }
  return part;
}

Part Exploration::part_of(const ExhaustiveSearch& search) {
  Part part = part_so_far();
  part.work = search.export_work();
  return part;
}

/// Now and then, and at the end: to the file, and for whoever asks this member.
void Exploration::keep_checkpoint(const ExhaustiveSearch& search, bool at_end) {
  if (member_ != nullptr) {
    from_ = part_of(search);
  } else if (is_checkpoint_due(at_end)) {
    write_part(part_of(search), at_end);
  }
}

void Exploration::keep_checkpoint(const BoundedSearch& search, bool at_end) {
  if (is_checkpoint_due(at_end)) {
    Part part = part_so_far();
    part.schedules = search.schedules().to_text();
    write_part(part, at_end);
  }
}

bool Exploration::is_checkpoint_due(bool at_end) const {
  return !options_.checkpoint_file.empty() && !restarts_ &&
         (at_end || seconds() >= next_checkpoint_);
}

/// Not more often than that it takes a small part of the time.
void Exploration::write_part(const Part& part, bool at_end) {
  const double began = seconds();
  const std::string problem =
      runtime::program().forks
          ? "no checkpoint was written: executions in processes of their own cannot be resumed"
          : write_checkpoint(options_.checkpoint_file, identity_of(body_, options_), part);
  next_checkpoint_ = seconds() + std::max(kCheckpointEvery, (seconds() - began) * kCheckpointShare);
  if (at_end && !problem.empty()) {
    report_.warnings.push_back(problem);
  }
}

/// One search that draws or bounds schedules, to its end, or until it has to begin anew.
void Exploration::run_drawn() {
  search_ = make_search(options_);
  auto* const bounded = dynamic_cast<search::BoundedSearch*>(search_.get());
  if (bounded != nullptr) {
    take_up(*bounded);
  }
  while (search_->begin()) {
    const bool is_mine = bounded == nullptr || counts(*bounded);
    const Next next = is_mine ? step(*search_) : run_for_others(*bounded);
    if (interrupted_ && bounded != nullptr) {
      bounded->interrupt();
    } else {
      search_->end();
    }
    restarts_ = next == Next::kRestart;
    if (next == Next::kStop && !broken_) {
      warn_of_lock_orders(*search_);
    }
    if (next != Next::kGoOn) {
      break;
    }
    if (bounded != nullptr) {
      keep_checkpoint(*bounded, false);
    }
  }
  if (bounded != nullptr) {
    check_shard();
    keep_checkpoint(*bounded, true);
  }
}

bool Exploration::limits_reached() {
  const Limits& limits = options_.limits;
  const bool many = member_ == nullptr && limits.executions != 0 &&
                    report_.executions + report_.blocked >= limits.executions;
  const std::uint64_t events = member_ == nullptr ? report_.events : member_->events_of_all();
  const bool late = over_budget(limits, events) || runtime::program().stop_asked ||
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
  Progress now;
  now.executions = report_.executions;
  now.blocked = report_.blocked;
  now.findings = report_.findings.size();
  now.seconds = seconds();
  now.search = options_.search;
  now.estimate = descents_.estimate();
  options_.on_progress(now);
  globals.end_outside();
}

/// Goes on from a checkpoint if there is one.
void Exploration::take_up(BoundedSearch& search) {
  if (!options_.resume_file.empty() && !from_.threads.empty()) {
    start_from(from_);
    search.schedules().go_on_from(from_.schedules);
    from_ = {};
  }
  threads_at_split_ = 0;
}

/// Whether the execution at hand is not only for the sake of those that come of it.
bool Exploration::counts(const BoundedSearch& search) {
  if (options_.shard.count > 1 && threads_at_split_ == 0 && search.schedules().beyond_trunk()) {
    threads_at_split_ = engine_.thread_names().size();
  }
  return search.schedules().counts();
}

/// An execution that another shard counts.
Exploration::Next Exploration::run_for_others(BoundedSearch& search) {
  interrupted_ = run_unjudged(search).interrupted;
  limited_ = limited_ || interrupted_;
  return limits_reached() || interrupted_ ? Next::kStop : Next::kGoOn;
}

}  // namespace heddle
