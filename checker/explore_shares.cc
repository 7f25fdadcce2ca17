// SPDX-License-Identifier: Apache-2.0
// Several processes that draw executions or enumerate schedules, each its share of them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "checker/explore_crew.h"
#include "checker/explore_part.h"
#include "checker/explore_sampling.h"
#include "checker/runtime/program.h"
#include "heddle/parse_options.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kProgressEvery = 0.25;

Options share_of(const Options& options, std::uint32_t index) {
  Options share = options;
  share.jobs = 1;
  share.shard = {index, options.jobs};
  share.limits.executions = part_of_limit(options.limits.executions, index, options.jobs);
  share.limits.events = part_of_limit(options.limits.events, index, options.jobs);
  share.limits.memory = part_of_limit(options.limits.memory, index, options.jobs);
  return share;
}

/// The jobs and their reports.
class Shares {
 public:
  Shares(const Options& options, const std::function<Report(const Options&)>& explore_share)
      : options_(options), crew_(options.jobs), ended_(options.jobs, false) {
    for (std::uint32_t index = 0; index < options.jobs; ++index) {
      crew_.start(index, false, [&](Member& member) {
        Options share = share_of(options, index);
        share.on_progress = [&](const Progress& now) { report_to_parent(index, now, &member); };
        member.send('d', to_json(explore_share(share)));
      });
    }
  }

  Report gather() {
    while (std::find(ended_.begin(), ended_.end(), false) != ended_.end()) {
      for (const auto& [index, message] : crew_.listen(50)) {
        hear(index, message);
      }
      if (runtime::program().stop_asked) {
        end_all();
      }
      progress();
    }
    return sum();
  }

 private:
  /// In a job, about four times a second.
  void report_to_parent(std::uint32_t index, const Progress& now, Member* member) {
    crew_.counts(index).executions = now.executions;
    crew_.counts(index).blocked = now.blocked;
    if (member->take().letter == 'x') {
      runtime::program().stop_asked = true;
    }
  }

  void hear(std::uint32_t index, const Message& message) {
    ended_[index] = true;
    const std::string end = crew_.reap(index);
    if (message.letter == 'd') {
      reports_.push_back(report_from_json(message.text));
      findings_ += reports_.back().findings.size();
    } else {
      Finding crash;
      crash.kind = FindingKind::kCrash;
      crash.message = end + "; what it had found is lost";
      crashes_.push_back(std::move(crash));
      ++findings_;
    }
    if (findings_ != 0 && options_.stop_at_first_bug) {
      end_all();
    }
  }

  void end_all() {
    for (std::uint32_t index = 0; index < options_.jobs && !stopping_; ++index) {
      if (!ended_[index]) {
        crew_.tell(index, 'x');
      }
    }
    stopping_ = true;
  }

  void progress() {
    if (!options_.on_progress || seconds() < next_progress_) {
      return;
    }
    next_progress_ = seconds() + kProgressEvery;
    Progress now;
    now.search = options_.search;
    now.findings = findings_;
    now.seconds = seconds();
    for (std::uint32_t index = 0; index < options_.jobs; ++index) {
      now.executions += crew_.counts(index).executions;
      now.blocked += crew_.counts(index).blocked;
    }
    options_.on_progress(now);
  }

  Report sum() {
    // In the order of the jobs' numbers, whoever ended first.
    std::sort(reports_.begin(), reports_.end(),
              [](const Report& a, const Report& b) { return index_of(a) < index_of(b); });
    for (Report& part : reports_) {
      std::erase(part.bounds, shard_bound(part.shard));
      part.shard.clear();
      part.shard_of.clear();
    }
    Report report;
    report.model = options_.model == Model::kRc11 ? "rc11" : "sc";
    report.search = name_of(options_.search);
    if (!reports_.empty()) {
      report = merge(reports_);
    }
    report.findings.insert(report.findings.end(), crashes_.begin(), crashes_.end());
    report.complete = enumerates(options_.search) && report.complete &&
                      reports_.size() == options_.jobs && !differ_in_events();
    if (report.verdict != Verdict::kInternalError) {
      report.verdict = verdict_of(report);
    }
    report.seconds = seconds();
    return report;
  }

  /// A job that has seen a race explores its location's accesses as events, others do not: what
  /// the jobs enumerate is not parts of one thing any more.
  bool differ_in_events() const {
    const auto is_race = [](const Finding& finding) {
      return finding.kind == FindingKind::kDataRace;
    };
    return options_.after_race == AfterRace::kPromote &&
           std::any_of(reports_.begin(), reports_.end(), [&](const Report& part) {
             return std::any_of(part.findings.begin(), part.findings.end(), is_race);
           });
  }

  static unsigned long index_of(const Report& report) {
    return std::strtoul(report.shard.c_str(), nullptr, 10);
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const Options& options_;
  Clock::time_point start_ = Clock::now();
  Crew crew_;
  std::vector<bool> ended_;
  bool stopping_ = false;
  double next_progress_ = kProgressEvery;
  std::size_t findings_ = 0;
  std::vector<Report> reports_;
  std::vector<Finding> crashes_;
};

}  // namespace

Report explore_shares(const Options& options,
                      const std::function<Report(const Options&)>& explore_share) {
  return Shares(options, explore_share).gather();
}

}  // namespace heddle
