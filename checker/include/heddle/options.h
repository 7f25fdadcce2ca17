// SPDX-License-Identifier: Apache-2.0
// What a caller may ask of one exploration: memory model, limits, bounds and policies. Plain data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "heddle/estimate.h"

namespace heddle {

/// The memory model whose executions are explored.
enum class Model {
  kRc11,  ///< Repaired C++11 (Lahav et al., PLDI 2017) with the release sequences of C++20.
  kSc,    ///< Sequential consistency: every execution is an interleaving.
};

/// When a timed wait may time out.
enum class Timeouts {
  kAdversarial,  ///< Whenever the search says so: a deadline may pass at any moment.
  /// Only when no other thread can take a step. Approximate: which of several waits expires first
  /// is explored more freely than their deadlines allow.
  kIdle,
};

/// What to do once a data race was found.
enum class AfterRace {
  kStop,  ///< Report it; plain accesses keep reading whatever the schedule left in memory.
  /// Report it, then explore the racing accesses as events, so that their effects show. A race that
  /// can be explored so does not end the search, whatever Options::stop_at_first_bug says.
  kPromote,
};

/// Limits on the search. A search that meets one ends `incomplete`; zero means no limit.
struct Limits {
  std::uint64_t executions = 0;  ///< Executions, complete or not.
  std::uint64_t events = 0;      ///< Events of all executions together.
  std::uint64_t memory = 0;      ///< Bytes of physical memory; each of several jobs has its part.
  double seconds = 0;            ///< Wall-clock seconds of the whole search.
  /// Wall-clock seconds that the search goes on for once the first race was found: what a promoted
  /// race leads to may take long to find. Only with AfterRace::kPromote.
  double seconds_after_race = 0;
  std::uint32_t events_per_execution = 10000;  ///< Visible operations of one execution.
  std::uint32_t threads = 64;                  ///< Model threads of one execution; at most 64.
  double quiet_seconds = 5;  ///< Without any hook of the body: then it is `no_visible_operation`.
};

/// How often a loop that retries *with* side effects may fail, for each thread and call site.
/// A bound that cuts an execution is listed in the report and makes the verdict `bounded`.
struct Bounds {
  std::uint32_t failed_rounds =
      1;  ///< Rounds of a retry loop that came to nothing (CAS loops, polling).
  std::uint32_t try_lock_rounds = 2;  ///< Failed try_lock rounds.
  std::uint32_t spurious = 1;         ///< Spurious wake-ups.
  std::uint32_t timeouts = 1;         ///< Expired timed waits.
};

/// States of the program that are kept while it runs, so that executions which begin alike go on
/// from there instead of running their common part again. The report is the same but for the time;
/// where spin loops run over dead stack memory, an execution may count as blocked that did not.
/// Nothing is kept of an execution that has called heddle::outside, opened a file or the like, and
/// nothing any more once a race was found. Output is not repeated for each execution.
struct Checkpoints {
  std::uint32_t after = 64;  ///< Executions that run from their beginning first. 0: all do.
  std::uint32_t apart = 0;   ///< Events between two states, at least. 0: as many as copying costs.
  /// What libraries keep in variables of their own (gmtime's buffer, signal masks, file positions)
  /// is not in a kept state. So none is kept if the program imports a function that is not known to
  /// keep nothing, unless this says that the body calls none whose state matters to it.
  bool trust_libraries = false;
};

/// Which search explores the body.
enum class SearchKind {
  kExhaustive,  ///< Each consistent execution once, under Options::model: safety.
  /// Each state of the program under sequential consistency, and the cycles among them: livelock
  /// and starvation. The body may run for ever. Options::bounds and model do not apply.
  kCycles,
  // Sampling: executions are drawn, nothing is proved. Reads take any consistent source, writes any
  // consistent place. See Sampling.
  kRandom,  ///< Uniform random walk: any enabled thread, equally likely.
  kPct,     ///< Random priorities that change at few random steps (Burckhardt et al., ASPLOS 2010).
  kPos,     ///< Random priorities of pending events (Yuan, Yang, Gu, CAV 2018).
  kSurw,    ///< Interleavings of the accesses of one location, equally likely (Zhao et al., ASPLOS
            ///< 2025).
  // Enumeration, under sequential consistency whatever Options::model says: each schedule with
  // none, then with one, then with two ... preemptions or delays, up to Sampling::bound.
  kPreemptions,  ///< Switches from a thread that could go on (Musuvathi and Qadeer, PLDI 2007).
  kDelays,       ///< Deviations from a round-robin order (Emmi, Qadeer, Rakamaric, POPL 2011).
  kPortfolio,    ///< Schedules with few delays, and the sampling strategies but the random walk, in
                 ///< turns. What is enumerated in it is under Options::model.
  /// kExhaustive within half of what Limits allow (executions, events, seconds); if that does not
  /// end it, kPortfolio within the rest. Without such a limit, and where another run is to go on
  /// (shards, checkpoint files): kExhaustive.
  kAuto,
};

/// What counts as a choice of heddle::choose in a cycle.
enum class Choices {
  kDefault,  ///< A cycle takes outcome 0 of every choice: others stand for something unusual.
  /// Outcomes are drawn at random, independently of the schedule: a cycle must hold every outcome
  /// of each of its choices. What is proved then holds with probability one.
  kRandom,
};

/// Of SearchKind::kCycles.
struct Cycles {
  std::uint64_t states = 2'000'000;              ///< Distinct states; zero means no limit.
  std::uint64_t bytes = std::uint64_t{4} << 30;  ///< Memory for them; zero means no limit.
  /// A thread that waits for a blocking lock or semaphore gets it if it could infinitely often.
  /// Off: others may barge in for ever.
  bool fair_locks = true;
  Choices choices = Choices::kDefault;
  /// Only a thread whose priority (heddle::set_priority) is the highest of those that can go on
  /// takes a step.
  bool priorities = false;
};

/// Of the searches that draw executions or bound their schedules, but for `estimate`. The same seed
/// and the same limits on counts give the same executions.
struct Sampling {
  std::uint64_t seed = 1;
  std::uint64_t executions = 10'000;  ///< Drawn at most; zero: Limits alone end the search.
  std::uint32_t depth = 3;            ///< PCT: ordering constraints of the bugs it aims at; from 1.
  std::uint64_t length = 0;           ///< PCT: events of an execution; zero: as many as were seen.
  std::uint32_t bound = 2;            ///< Most preemptions or delays of the enumerations.
  std::uint32_t reduce = 500;  ///< Runs spent to make a failing schedule simpler; zero: none.
  /// Plain random runs spent to tell how likely a bug is to be hit. Zero: none; and an exhaustive
  /// search does not estimate either how many executions there are.
  std::uint32_t estimate = 200;
};

/// What a result file is written as; see heddle/report_files.h.
enum class ReportForm { kText, kJson, kHtml, kSarif, kJunit, kDot };

/// A file that gets results: "sarif:out.sarif". A path that ends in '/' is a folder, in which each
/// result gets a file named after what was explored.
struct ReportFile {
  ReportForm form = ReportForm::kText;
  std::string path;
  bool operator==(const ReportFile&) const = default;
};

/// One of the parts into which a search is cut without coordination: number `index`, from 0, of
/// `count`. Each execution belongs to one of them; heddle::merge adds the reports up.
struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

/// A snapshot of a running search, handed to Options::on_progress.
struct Progress {
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;
  std::uint64_t findings = 0;
  std::uint64_t states = 0;  ///< SearchKind::kCycles only.
  double seconds = 0;
  SearchKind search = SearchKind::kExhaustive;  ///< The one that runs now: never kAuto.
  Estimate estimate;                            ///< SearchKind::kExhaustive only.
};

/// Everything a caller can set. The defaults explore exhaustively under RC11 until the first bug.
struct Options {
  SearchKind search = SearchKind::kExhaustive;
  Model model = Model::kRc11;
  Limits limits;
  Bounds bounds;
  bool stop_at_first_bug = true;
  bool spurious_wakeups =
      false;  ///< Condition variables and futexes may wake without a notification.
  Timeouts timeouts = Timeouts::kAdversarial;
  AfterRace after_race = AfterRace::kStop;
  bool detect_leaks = true;
  /// A file of suppressions in ThreadSanitizer's format: what they match is no finding, but counted
  /// in Report::warnings. Empty: none. See tools/README.md.
  std::string suppressions;
  /// Replaces the 16-round spin that libstdc++ inlines before a futex wait by its first and last
  /// round.
  bool reduce_library_spins = true;
  Checkpoints checkpoints;
  Cycles cycles;
  Sampling sampling;
  /// Files for the result. HEDDLE_TEST and the heddle command write them; explore() does not.
  std::vector<ReportFile> reports;
  /// Processes among which the executions are divided; of any search but kCycles. They are forked
  /// by explore().
  std::uint32_t jobs = 1;
  Shard shard;  ///< Of any search but kCycles.
  /// A file for what an exhaustive search, or an enumeration, has found and what is left of it:
  /// written about once a second and at the end, a whole file at a time. Empty: none. With several
  /// jobs for kExhaustive only.
  std::string checkpoint_file;
  /// Such a file, of the same program and options, to go on from. Empty: begin at the beginning.
  std::string resume_file;
  /// After the search, look near each failing execution for one that passes, some dozens of runs of
  /// the body: Finding::decision.
  bool explain = true;
  /// Called about four times a second from the exploring thread, outside the model. May be empty.
  std::function<void(const Progress&)> on_progress;
};

}  // namespace heddle
