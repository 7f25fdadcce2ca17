// SPDX-License-Identifier: Apache-2.0
// What one exploration found. Plain data, with its text and JSON forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/estimate.h"

namespace heddle {

enum class Verdict {
  kOk,             ///< Every execution was explored and none failed.
  kBounded,        ///< Every execution within Report::bounds was explored and none failed.
  kBug,            ///< At least one finding.
  kIncomplete,     ///< A limit stopped the search, nothing was found so far.
  kInternalError,  ///< Heddle itself failed; the message is in Report::warnings.
};

enum class FindingKind {
  kDataRace,
  kDeadlock,
  kSpin,  ///< Threads spin for ever on values that nobody will change.
  kLivelock,
  kStarvation,
  kAssertion,
  kAbort,
  kException,
  kCrash,
  kUseAfterFree,
  kDoubleFree,
  kBadFree,
  kLeak,
  kLockMisuse,
  kThreadLeak,
  kNondeterminism,
  kStateOutlivesExecution,
  kUnsupported,
  kUninstrumented,
  kForeignThread,
  kNoVisibleOperation,
};

/// Why a deadlock cannot be left.
enum class DeadlockCause { kNone, kCycle, kSelf, kLostWakeup, kMissingSignal, kBarrier, kJoin };

/// One source position of a call stack, innermost first. Unknown parts are empty or zero.
struct Frame {
  std::string function;
  std::string file;
  std::uint32_t line = 0;
  std::uint64_t address = 0;  ///< Program counter, as seen at run time.
  std::string module;
  std::uint64_t offset = 0;  ///< Of the call, as the module's file counts; 0 if `file` is known.
  bool operator==(const Frame&) const = default;
};

/// One thread's part in a finding: what it did or waits for, and where.
struct Participant {
  std::string thread;  ///< "main", "T1", "T1.2": creator's name and how many it had created before.
  std::string what;    ///< "writes 4 bytes at counter", "waits for mutex b, held by T2".
  std::vector<Frame> stack;
  bool operator==(const Participant&) const = default;
};

/// One visible step of a failing execution, in the order of Finding::trace.
struct TraceStep {
  std::string thread;
  std::string what;    ///< "load(acquire)", "write", "lock mutex", "create T2".
  std::string object;  ///< Variable or object, by name where known.
  std::string value;   ///< Value read or written, empty if none.
  std::string note;    ///< "reads the initial value, not the newer 1"; "race", "blocks here".
  std::int64_t reads_from = -1;  ///< Index of the step read from; -1 when none or initial.
  /// Index of the step whose write (or state of a lock) comes directly before this one's in the
  /// modification order of the object; -1 when none or initial.
  std::int64_t overwrites = -1;
  /// Steps of other threads that happen before this one, but not before its thread's step before:
  /// with the order of each thread, all of happens-before follows from these.
  std::vector<std::int64_t> happens_after;
  bool important = false;  ///< Takes part in the finding.
  std::vector<Frame> stack;
  bool operator==(const TraceStep&) const = default;
};

struct OutcomeValue {
  std::string name;
  std::string value;
  bool operator==(const OutcomeValue&) const = default;
};

/// What decides whether an execution fails: the nearest one that passes (of a cycle: the shortest
/// way out of it), and the one edge in which the two differ (all else follows from it).
struct Decision {
  /// "reads_from", "modification_order", "lock_order" (of operations on a lock or the like),
  /// "choice", "schedule" (out of a cycle: who goes on); empty if nothing that passes was found.
  std::string kind;
  std::int64_t step = -1;          ///< Of Finding::trace: what goes another way.
  std::string message;             ///< One sentence; also says that none was found.
  std::uint64_t tried = 0;         ///< Executions that were tried; 0: nobody looked.
  std::vector<TraceStep> passing;  ///< The passing execution.
  std::int64_t passing_step = -1;  ///< Of `passing`: the same operation there.
  std::string token;               ///< Replays the passing execution.
  bool operator==(const Decision&) const = default;
};

struct Finding {
  FindingKind kind = FindingKind::kAssertion;
  DeadlockCause cause = DeadlockCause::kNone;
  std::string message;
  std::vector<Participant> participants;
  std::vector<TraceStep> trace;
  /// Livelock and starvation: index of the step with which the cycle begins that the trace ends
  /// with, and that can be repeated for ever; -1 for other findings.
  std::int64_t cycle_from = -1;
  std::vector<OutcomeValue> outcome;  ///< What heddle::observe had collected when it happened.
  std::string output;  ///< What a whole program wrote (heddle run), or its beginning.
  std::string token;   ///< Replays this execution; see heddle::replay.
  // Searches that draw or bound schedules.
  std::int64_t preemptions =
      -1;                      ///< Switches in it from a thread that could go on; -1: not counted.
  std::uint64_t found_at = 0;  ///< In the search's how-manieth execution; 0: not counted.
  std::uint64_t reduce_runs = 0;  ///< Runs spent to make the schedule simpler.
  std::uint64_t random_runs = 0;  ///< Plain random runs spent to see how often they hit it.
  std::uint64_t random_hits = 0;  ///< Those that did.
  Decision decision;
  bool operator==(const Finding&) const = default;
};

/// One distinct result of heddle::observe over all executions.
struct Outcome {
  std::vector<OutcomeValue> values;
  std::uint64_t count = 0;
  std::string token;
};

/// How long a thread may be passed by while it waits for a lock-like object.
struct WaitBound {
  std::string object;          ///< By name where known.
  std::string thread;          ///< Who waits longest.
  bool bounded = true;         ///< False: there is no largest number of bypasses.
  std::uint64_t bypasses = 0;  ///< Most acquisitions by others during one wait.
  bool steps_bounded = true;
  std::uint64_t steps = 0;  ///< Most steps of other threads during one wait.
  bool operator==(const WaitBound&) const = default;
};

/// What one strategy of a search that draws or bounds schedules has covered, or what the exhaustive
/// search has before it was stopped in favour of such a search.
struct Covered {
  std::string strategy;  ///< "pct"
  std::uint64_t executions = 0;
  std::uint64_t threads = 0;    ///< PCT: most threads of an execution,
  std::uint64_t length = 0;     ///< the number of events from which change points were drawn last,
  std::uint64_t depth = 0;      ///< and the depth.
  std::int64_t completed = -1;  ///< Enumerations: all schedules with at most so many were run.
  bool cut = false;             ///< Enumerations: there are schedules beyond the bound.
  bool operator==(const Covered&) const = default;
};

struct Report {
  Verdict verdict = Verdict::kOk;
  /// Or "cycles", "random", ...; "auto": exhaustive, and then the portfolio.
  std::string search = "exhaustive";
  std::string model;  ///< "rc11" or "sc".
  std::uint64_t executions =
      0;  ///< Complete, failing and deadlocked ones: reads-from plus total modification order.
  std::uint64_t deadlocked = 0;        ///< Of those, the deadlocked ones.
  std::uint64_t blocked = 0;           ///< Redundant or assumed-away ones; never findings.
  std::uint64_t events = 0;            ///< Events of all executions, replayed ones included.
  std::uint64_t resumed = 0;           ///< Runs that began at a kept state; see Checkpoints.
  std::uint64_t states = 0;            ///< Search "cycles": distinct states of the program.
  std::uint64_t transitions = 0;       ///< Search "cycles": steps between them.
  std::uint64_t state_bytes = 0;       ///< Search "cycles": memory that the states took.
  std::vector<WaitBound> wait_bounds;  ///< Search "cycles": for each object waited for.
  Estimate estimate;           ///< Search "exhaustive" that was stopped: how many there are in all.
  std::uint64_t seed = 0;      ///< Searches that draw: Sampling::seed.
  std::uint64_t distinct = 0;  ///< Searches that draw: different executions (rf, mo and choices).
  std::vector<Covered> covered;  ///< Searches that draw or bound: by strategy.
  double seconds = 0;
  bool complete = false;  ///< No limit and no stop at a first bug cut the search short.
  std::vector<Finding> findings;
  std::vector<Outcome> outcomes;
  std::vector<std::string> bounds;       ///< Bounds that cut at least one execution.
  std::vector<std::string> assumptions;  ///< What the verdict rests on.
  std::vector<std::string> warnings;
  std::string shard;     ///< "index/count" if this is one of several shards, else empty.
  std::string shard_of;  ///< What the shards have in common: program and options, as a number.
};

/// Names used in every printed form: "data_race", "ok", "lost_wakeup", "rc11".
std::string_view to_string(Verdict verdict);
std::string_view to_string(FindingKind kind);
std::string_view to_string(DeadlockCause cause);
/// Inverse of to_string. Returns false and leaves the output alone when the name is unknown.
bool parse(std::string_view name, Verdict& verdict);
bool parse(std::string_view name, FindingKind& kind);
bool parse(std::string_view name, DeadlockCause& cause);

struct TextOptions {
  bool colour = false;
  unsigned columns = 100;  ///< Width of the page, at least 60.
  bool full = false;       ///< Every step of a trace, not only the ones that matter.
};

/// The report for a person: verdict line, findings with their traces as one column a thread.
std::string to_text(const Report& report, const TextOptions& options = {});
/// Only one finding, in the same form.
std::string to_text(const Finding& finding, const TextOptions& options = {});
/// Version of the JSON form: the field "format". It grows when a field changes its meaning or goes,
/// not when one is added.
inline constexpr std::uint32_t kJsonFormat = 1;
/// One JSON object (documented in tools/README.md). `indent` < 0 prints one line.
std::string to_json(const Report& report, int indent = -1);
/// Inverse of to_json; a document without "format" is of format 1. Throws std::invalid_argument
/// naming what is wrong and where.
Report report_from_json(std::string_view json);
/// Adds up the reports of disjoint parts of one search, such as shards: findings and outcomes that
/// are the same count once. Reports of shards must be of the same program and options, and no two
/// of the same shard, else std::invalid_argument; if one is missing the sum is `incomplete`.
Report merge(const std::vector<Report>& parts);
/// The bound in the report of a shard: that it is only one.
std::string shard_bound(std::string_view shard);
/// Exit code of the heddle command for this verdict: 0 ok or bounded, 1 bug, 3 internal, 4
/// incomplete.
int exit_code(Verdict verdict);

}  // namespace heddle
