// SPDX-License-Identifier: Apache-2.0
// The parent of several exploring processes: divides the work, and adds up what they say.
#include "checker/explore_team.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "checker/explore_crew.h"
#include "checker/runtime/program.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;
using search::Work;

constexpr double kTellEvery = 1;  ///< Seconds.
constexpr double kTellFirst = 0.1;
constexpr double kProgressEvery = 0.25;
constexpr int kMostDeaths = 5;         ///< Of one member, not twice in the same execution.
constexpr std::size_t kMostFatal = 4;  ///< Executions that members die in, until the search ends.

void append(const Work& from, Work* to) {
  to->whole = to->whole || from.whole;
  to->levels.insert(to->levels.end(), from.levels.begin(), from.levels.end());
  if (from.whole) {
    to->skipped = from.skipped;
  }
}

class Team {
 public:
  Team(const std::function<void()>& body, const Options& options, const Join& join)
      : options_(options),
        join_(join),
        identity_(identity_of(body, options)),
        crew_(options.jobs),
        mates_(options.jobs) {
    done_.work.whole = true;
    if (!options.resume_file.empty()) {
      done_ = read_checkpoint(options.resume_file, identity_);
      done_.limited = done_.cut;  // What else had ended that search does not count here.
      resumes_ = true;
    }
    // Its verdict does not count, only what it has found.
    done_.report.complete = true;
    done_.report.verdict = Verdict::kOk;
    done_.report.model = options.model == Model::kRc11 ? "rc11" : "sc";
  }

  Report explore();

 private:
  /// A member as its parent sees it.
  struct Mate {
    bool idle = false;
    bool asked = false;   ///< To give work away.
    bool told = false;    ///< It has told its part for the snapshot at hand.
    bool ending = false;  ///< It was asked to end.
    bool ended = false;
    Part part;  ///< As it last told, with the work that it got since.
    int deaths = 0;
    std::string token;  ///< Of the execution in which it last died.
  };

  Part base_of_round() const;
  void start(std::uint32_t index, bool careful);
  void hear(std::uint32_t index, const Message& message);
  void take_given(Mate& mate, const std::string& text);
  void lose(std::uint32_t index);
  void note_fatal(Mate& mate, const std::string& what, std::uint64_t key);
  void hand_out();
  void give_work(std::uint32_t index);
  void end_all();
  bool all_ended() const;
  void round();
  void add_up();
  void merge_names(const Part& part);
  void snapshot();
  void save(const std::vector<const Part*>& parts);
  Part sum_of(const std::vector<const Part*>& parts) const;
  std::vector<const Part*> parts() const;
  void progress();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const Options& options_;
  const Join& join_;
  std::vector<std::string> identity_;
  Clock::time_point start_ = Clock::now();
  Crew crew_;
  Part done_;  ///< What was done before the members of this round, and work that nobody has.
  bool resumes_ = false;
  std::vector<Mate> mates_;
  double raced_at_ = -1;
  double next_snapshot_ = kTellFirst;
  double next_progress_ = kProgressEvery;
  bool collecting_ = false;  ///< A snapshot is being taken: no work is handed out.
  bool stopping_ = false;
  std::string lost_checkpoint_;        ///< Why the last one could not be written.
  std::set<std::string> unexplained_;  ///< Deaths that were not those of an execution.
  std::set<std::string> fatal_;        ///< Those that were, by their tokens.
};

/// What all members of a round begin with: what is known, and nothing to do.
Part Team::base_of_round() const {
  Part base;
  base.places = done_.places;
  base.threads = done_.threads;
  base.promoted = done_.promoted;
  base.cut = done_.cut;
  base.report.model = done_.report.model;
  base.report.complete = true;
  return base;
}

void Team::start(std::uint32_t index, bool careful) {
  const Part& told = mates_[index].part;
  crew_.counts(index).executions = told.report.executions;
  crew_.counts(index).blocked = told.report.blocked;
  crew_.counts(index).events = told.report.events;
  crew_.start(index, careful, [&](Member& member) {
    Part base = told;
    base.threads = done_.threads;
    base.seconds_left = options_.limits.seconds;
    if (base.seconds_left > 0) {
      base.seconds_left = std::max(0.001, base.seconds_left - seconds());
    }
    if (raced_at_ >= 0 && options_.limits.seconds_after_race > 0) {
      const double left =
          std::max(0.001, raced_at_ + options_.limits.seconds_after_race - seconds());
      base.seconds_left = base.seconds_left > 0 ? std::min(base.seconds_left, left) : left;
    }
    Part part = join_(member, base);
    part.report.model = base.report.model;
    member.send('d', to_text(part));
  });
}

void Team::hear(std::uint32_t index, const Message& message) {
  Mate& mate = mates_[index];
  switch (message.letter) {
    case 'n':
      mate.idle = true;
      break;
    case 'g':
      take_given(mate, message.text);
      break;
    case 'p':
    case 'd':
      mate.part = part_from_text(message.text);
      mate.told = true;
      merge_names(mate.part);
      if (message.letter == 'd') {
        if (mate.part.report.verdict == Verdict::kInternalError) {
          mate.part.cut = mate.part.limited = true;  // What it had left is lost.
        }
        crew_.reap(index);
        mate.ended = true;
        end_all();
      }
      break;
    default:
      lose(index);
      break;
  }
}

void Team::take_given(Mate& mate, const std::string& text) {
  mate.asked = false;
  const Work given = search::work_from_text(text);
  for (const search::WorkLevel& level : given.levels) {
    search::skip(level.keys, &mate.part.work);
  }
  append(given, &done_.work);
}

/// A member is gone without a word: another one has its work to do.
void Team::lose(std::uint32_t index) {
  Mate& mate = mates_[index];
  const std::string what = crew_.reap(index);
  SharedCounts::Counts& counts = crew_.counts(index);
  const std::string token(counts.token, counts.token_size);
  crew_.shared().tickets -= counts.executions + counts.blocked - mate.part.report.executions -
                            mate.part.report.blocked + (mate.idle ? 0 : 1);
  ++mate.deaths;
  unexplained_.insert(what);
  const bool again = !token.empty() && token == mate.token;
  mate.token = token;
  if (again) {
    note_fatal(mate, what, counts.key);
  }
  if (stopping_ || mate.deaths > kMostDeaths || (again && options_.stop_at_first_bug) ||
      fatal_.size() >= kMostFatal) {
    mate.ended = true;
    done_.limited = true;
    if (again) {
      end_all();
    }
    return;
  }
  mate.idle = mate.asked = mate.told = false;
  start(index, true);
  if (collecting_) {
    crew_.tell(index, 'c');
  }
}

/// The execution in which the member has died twice. What follows from it cannot be explored.
void Team::note_fatal(Mate& mate, const std::string& what, std::uint64_t key) {
  unexplained_.erase(what);
  done_.limited = done_.cut = mate.part.cut = true;
  mate.deaths = 0;
  if (key == 0) {
    mate.part.work = {};
  } else {
    search::skip({key}, &mate.part.work);
  }
  if (fatal_.insert(mate.token).second) {
    Finding finding;
    finding.kind = FindingKind::kCrash;
    finding.message = what + " in this execution; what follows from it was not explored";
    finding.token = mate.token;
    done_.report.findings.push_back(std::move(finding));
  }
}

/// Numbers of threads decide who goes first, so they must not differ.
void Team::merge_names(const Part& part) {
  const auto& shorter = part.threads.size() < done_.threads.size() ? part.threads : done_.threads;
  const auto& longer = part.threads.size() < done_.threads.size() ? done_.threads : part.threads;
  if (!std::equal(shorter.begin(), shorter.end(), longer.begin())) {
    done_.limited = done_.cut = true;
    add_new({"some threads exist in some executions only, and jobs numbered them differently, so "
             "nothing is proved: explore with one job"},
            &done_.report.warnings);
  }
  if (part.threads.size() > done_.threads.size()) {
    done_.threads = part.threads;
  }
}

/// Gives work to those that have none, and asks others for some.
void Team::hand_out() {
  if (collecting_ || stopping_) {
    return;
  }
  bool hungry = false;
  bool busy = false;
  bool waits = false;
  for (std::uint32_t index = 0; index < crew_.size(); ++index) {
    const Mate& mate = mates_[index];
    if (mate.idle && !mate.ended && !done_.work.empty()) {
      give_work(index);
    }
    hungry = hungry || (mate.idle && !mate.ended);
    busy = busy || (!mate.idle && !mate.ended);
    waits = waits || (mate.asked && !mate.ended);
  }
  if (!busy && (done_.work.empty() || !hungry)) {
    end_all();
    return;
  }
  for (std::uint32_t index = 0; index < crew_.size(); ++index) {
    if (Mate& mate = mates_[index]; hungry && !waits && !mate.idle && !mate.ended) {
      mate.asked = true;
      crew_.tell(index, 's');
    }
  }
}

/// All if the search has not begun, else a level.
void Team::give_work(std::uint32_t index) {
  Part piece;
  piece.threads = done_.threads;
  piece.work.whole = done_.work.whole;
  if (done_.work.whole) {
    piece.work.skipped = std::move(done_.work.skipped);
    done_.work.skipped = {};
    done_.work.whole = false;
  } else {
    piece.work.levels.push_back(std::move(done_.work.levels.back()));
    done_.work.levels.pop_back();
  }
  append(piece.work, &mates_[index].part.work);
  mates_[index].idle = false;
  crew_.tell(index, 'w', to_text(piece));
}

void Team::end_all() {
  stopping_ = true;
  for (std::uint32_t index = 0; index < crew_.size(); ++index) {
    if (Mate& mate = mates_[index]; !mate.ended && !mate.ending) {
      mate.ending = true;
      crew_.tell(index, 'x');
    }
  }
}

bool Team::all_ended() const {
  return std::all_of(mates_.begin(), mates_.end(), [](const Mate& mate) { return mate.ended; });
}

/// Until all members have ended.
void Team::round() {
  stopping_ = collecting_ = false;
  crew_.shared().events_before = resumes_ ? done_.report.events : 0;
  crew_.shared().tickets = resumes_ ? done_.report.executions + done_.report.blocked : 0;
  for (std::uint32_t index = 0; index < crew_.size(); ++index) {
    mates_[index] = {};
    mates_[index].part = base_of_round();
    start(index, false);
  }
  while (!all_ended()) {
    hand_out();
    const bool hungry = std::any_of(mates_.begin(), mates_.end(),
                                    [](const Mate& mate) { return mate.idle && !mate.ended; });
    for (const auto& [index, message] : crew_.listen(hungry ? 1 : 50)) {
      hear(index, message);
    }
    if (runtime::program().stop_asked && !stopping_) {
      done_.limited = true;
      end_all();
    }
    snapshot();
    progress();
  }
}

std::vector<const Part*> Team::parts() const {
  std::vector<const Part*> parts;
  for (const Mate& mate : mates_) {
    parts.push_back(&mate.part);
  }
  return parts;
}

/// Each member tells its part, for the checkpoint and for whoever goes on if it dies; no work is on
/// its way meanwhile.
void Team::snapshot() {
  if (stopping_) {
    return;
  }
  if (!collecting_ && seconds() >= next_snapshot_) {
    collecting_ = true;
    for (std::uint32_t index = 0; index < crew_.size(); ++index) {
      mates_[index].told = false;
      crew_.tell(index, 'c');
    }
  }
  const auto told = [](const Mate& mate) { return mate.told || mate.ended; };
  if (collecting_ && std::all_of(mates_.begin(), mates_.end(), told)) {
    collecting_ = false;
    next_snapshot_ = seconds() + kTellEvery;
    save(parts());
  }
}

Part Team::sum_of(const std::vector<const Part*>& parts) const {
  Part sum = done_;
  std::vector<Report> reports = {done_.report};
  for (const Part* part : parts) {
    reports.push_back(part->report);
    sum.places.insert(part->places.begin(), part->places.end());
    sum.most_threads = std::max(sum.most_threads, part->most_threads);
    sum.cut = sum.cut || part->cut;
    sum.limited = sum.limited || part->limited;
    sum.restarts = sum.restarts || part->restarts;
    append(part->work, &sum.work);
    for (const auto& race : part->promoted) {
      if (std::find(sum.promoted.begin(), sum.promoted.end(), race) == sum.promoted.end()) {
        sum.promoted.push_back(race);
      }
    }
  }
  sum.report = merge(reports);
  return sum;
}

void Team::save(const std::vector<const Part*>& parts) {
  if (!options_.checkpoint_file.empty()) {
    lost_checkpoint_ = write_checkpoint(options_.checkpoint_file, identity_, sum_of(parts));
  }
}

/// What the members of a round have done is done.
void Team::add_up() {
  Part sum = sum_of(parts());
  if (sum.restarts) {
    // The same again with the promoted locations; only findings stay.
    Report report;
    report.model = sum.report.model;
    report.complete = true;
    report.findings = sum.report.findings;
    report.warnings = sum.report.warnings;
    sum.report = std::move(report);
    sum.work = {};
    sum.work.whole = true;
    sum.limited = done_.limited;
    raced_at_ = raced_at_ < 0 ? seconds() : raced_at_;
  }
  done_ = std::move(sum);
}

void Team::progress() {
  if (!options_.on_progress || seconds() < next_progress_) {
    return;
  }
  next_progress_ = seconds() + kProgressEvery;
  Progress now;
  now.executions = done_.report.executions;
  now.blocked = done_.report.blocked;
  now.findings = done_.report.findings.size();
  now.seconds = seconds();
  for (std::uint32_t index = 0; index < crew_.size(); ++index) {
    now.executions += crew_.counts(index).executions;
    now.blocked += crew_.counts(index).blocked;
    now.findings += mates_[index].part.report.findings.size();
  }
  options_.on_progress(now);
}

Report Team::explore() {
  do {
    done_.restarts = false;
    round();
    add_up();
    resumes_ = false;
  } while (done_.restarts && !runtime::program().stop_asked);
  save({});
  Report report = std::move(done_.report);
  report.complete = report.complete && !done_.limited && done_.work.empty();
  if (report.verdict != Verdict::kInternalError) {
    report.verdict = verdict_of(report);
  }
  report.seconds = seconds();
  for (const std::string& what : unexplained_) {
    report.warnings.push_back(what + "; another one did again what it had not told yet");
  }
  if (!lost_checkpoint_.empty()) {
    report.warnings.push_back(lost_checkpoint_);
  }
  warn_of_the_whole(done_.most_threads, &report);
  return report;
}

}  // namespace

Report explore_together(const std::function<void()>& body, const Options& options,
                        const Join& join) {
  return Team(body, options, join).explore();
}

}  // namespace heddle
