// SPDX-License-Identifier: Apache-2.0
// Runs near a failing execution, and the sentence about the one that passes.
#include "checker/explore_decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "checker/explore_finding.h"
#include "checker/report/explain_facts.h"
#include "checker/runtime/program.h"
#include "checker/search/near.h"
#include "checker/search/wish_search.h"
#include "heddle/heddle.h"

namespace heddle {
namespace {

using base::EventId;
using search::Change;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostFailures = 16;
constexpr std::size_t kMostRuns = 64;
constexpr std::uint64_t kMostEvents = 400'000;
constexpr auto kMostTime = std::chrono::seconds(2);  ///< For a body that computes for long.

bool can_be_explained(FindingKind kind) {
  switch (kind) {
    case FindingKind::kDataRace:
    case FindingKind::kDeadlock:
    case FindingKind::kSpin:
    case FindingKind::kAssertion:
    case FindingKind::kAbort:
    case FindingKind::kException:
    case FindingKind::kCrash:
    case FindingKind::kUseAfterFree:
    case FindingKind::kDoubleFree:
    case FindingKind::kBadFree:
    case FindingKind::kLeak:
    case FindingKind::kLockMisuse:
      return true;
    default:
      return false;
  }
}

/// A race that is known and whose accesses are events now: it does not count beside what it leads
/// to.
bool is_known_race(const runtime::RawFinding& finding, const runtime::RawFinding& failing,
                   const Failures::Promoted& promoted) {
  return finding.kind == FindingKind::kDataRace && failing.kind != FindingKind::kDataRace &&
         std::all_of(
             finding.participants.begin(), finding.participants.end(),
             [&](const runtime::RawParticipant& part) {
               return promoted.contains({part.address, static_cast<std::uint8_t>(part.size)});
             });
}

bool passes(const Exploring& in, const JudgedRun& run, const runtime::RawFinding& failing,
            const Failures::Promoted& promoted) {
  const bool ended = run.end.all_ended || run.end.process_ended;
  return ended && !run.end.failed && !run.end.stop_everything && !run.end.limit_reached &&
         !run.end.cut_by_bound && run.judgement.run_class == RunClass::kComplete &&
         !run.judgement.finding.has_value() &&
         std::all_of(in.engine.findings().begin(), in.engine.findings().end(),
                     [&](const runtime::RawFinding& finding) {
                       return is_known_race(finding, failing, promoted) ||
                              is_library_race(finding, in.symbols) ||
                              in.suppressions.hides(finding);
                     });
}

/// The sentence, from two traces and the change between them.
class Words {
 public:
  Words(const std::vector<TraceStep>& failing, const std::vector<EventId>& events,
        const RecordedTrace& passing)
      : failing_(failing), events_(events), passing_(passing) {}

  void fill(const Change& change, Decision* decision) const {
    const std::int64_t event = find(failing_, events_, change.event);
    const std::int64_t there = find(passing_.trace, passing_.events, change.event);
    decision->step = event;
    decision->passing_step = there;
    switch (change.kind) {
      case Change::Kind::kSource:
        decision->kind = "reads_from";
        decision->message = source_words(event, there);
        break;
      case Change::Kind::kPlace:
        decision->kind = "modification_order";
        decision->message = order_words(change, "in modification order");
        break;
      case Change::Kind::kOrder:
        decision->kind = "lock_order";
        decision->step = find(failing_, events_, change.other);
        decision->passing_step = find(passing_.trace, passing_.events, change.other);
        decision->message = order_words(change, "");
        break;
      case Change::Kind::kOutcome:
        decision->kind = "choice";
        decision->message = fmt::format("{}: with outcome {} instead of {} the execution passes.",
                                        report::step_words(failing_, event), change.outcome,
                                        value_of(failing_, event));
        break;
    }
  }

 private:
  /// An event that is no step is one that its thread waits to do.
  static std::int64_t find(const std::vector<TraceStep>& trace, const std::vector<EventId>& events,
                           EventId event) {
    const auto found = std::find(events.begin(), events.end(), event);
    if (found != events.end()) {
      return found - events.begin();
    }
    const auto thread = std::find_if(events.begin(), events.end(), [&](EventId other) {
      return other.is_event() && other.thread() == event.thread();
    });
    for (std::size_t i = 0; thread != events.end() && i < trace.size(); ++i) {
      const auto first = static_cast<std::size_t>(thread - events.begin());
      if (trace[i].thread == trace[first].thread && report::has_note(trace[i], "blocks here")) {
        return static_cast<std::int64_t>(i);
      }
    }
    return -1;
  }

  static std::string place(const std::vector<TraceStep>& trace, std::int64_t at) {
    const std::string line = at < 0 ? "" : report::line_of(trace, static_cast<std::size_t>(at));
    return line.empty() ? "" : fmt::format(" ({})", line);
  }

  static std::string value_of(const std::vector<TraceStep>& trace, std::int64_t at) {
    const std::string value = at < 0 ? "" : trace[static_cast<std::size_t>(at)].value;
    return value.substr(0, value.find(" -> "));
  }

  /// "reads 1, which T1 wrote (line 20)".
  static std::string reads(const std::vector<TraceStep>& trace, std::int64_t at) {
    const std::int64_t source = at < 0 ? -1 : trace[static_cast<std::size_t>(at)].reads_from;
    const std::string value = value_of(trace, at);
    if (source < 0) {
      return value.empty() ? "reads the initial value"
                           : fmt::format("reads {}, the initial value", value);
    }
    return fmt::format("reads {}, which {} wrote{}", value.empty() ? "the value" : value,
                       trace[static_cast<std::size_t>(source)].thread, place(trace, source));
  }

  std::string source_words(std::int64_t event, std::int64_t there) const {
    return fmt::format("{} {}; in the nearest execution that passes it {}.",
                       report::step_words(failing_, event), reads(failing_, event),
                       reads(passing_.trace, there));
  }

  /// In the failing trace, or if it did not come to that there, in the passing one.
  std::string event_words(EventId event) const {
    const std::int64_t at = find(failing_, events_, event);
    return at >= 0
               ? report::step_words(failing_, at)
               : report::step_words(passing_.trace, find(passing_.trace, passing_.events, event));
  }

  std::string order_words(const Change& change, const char* where) const {
    return fmt::format(
        "{} comes before {}{}{}; in the nearest execution that passes it comes after.",
        event_words(change.other), event_words(change.event), *where == 0 ? "" : " ", where);
  }

  const std::vector<TraceStep>& failing_;
  const std::vector<EventId>& events_;
  const RecordedTrace& passing_;
};

/// `failed` of the executions that were tried have a finding; the others were cut or redundant.
std::string none_words(const Finding& finding, std::uint64_t tried, std::uint64_t failed) {
  const bool is_race = finding.kind == FindingKind::kDataRace;
  if (tried == 0) {
    return is_race ? "not the order of steps, which leaves no other choice here, but what is "
                     "missing between them."
                   : "";
  }
  if (failed < tried || !is_race) {
    return fmt::format(
        "nothing near: of {} execution{} with one edge changed none is known to pass.", tried,
        tried == 1 ? "" : "s");
  }
  return fmt::format(
      "not the order of steps, but what is missing between them: {} with one edge changed "
      "fail{} too.",
      tried == 1 ? "the one execution" : fmt::format("all {} executions", tried),
      tried == 1 ? "s" : "");
}

bool fails(const Exploring& in, const JudgedRun& run) {
  return run.end.failed || run.judgement.finding.has_value() || !in.engine.findings().empty();
}

}  // namespace

void Failures::add(std::size_t finding, const graph::ExecutionGraph& graph,
                   const Promoted& promoted, const Recorded& recorded) {
  if (failures_.size() >= kMostFailures || !can_be_explained(recorded.whole.kind)) {
    return;
  }
  Failure& failure = failures_.emplace_back();
  failure.finding = finding;
  failure.graph.copy_from(graph);
  failure.promoted = promoted;
  failure.waiting = recorded.waiting;
  failure.events = recorded.events;
  failure.raw = recorded.whole;
}

void Failures::explain(const Exploring& in, Report* report) {
  if (!in.options.explain || runtime::program().stop_asked) {
    return;
  }
  const Promoted promoted = in.engine.promoted();
  const std::vector<std::string> warnings = in.engine.warnings();
  in.engine.set_deadline(Clock::time_point::max());
  for (const Failure& failure : failures_) {
    in.engine.promoted() = failure.promoted;
    explain_one(in, failure, &report->findings[failure.finding]);
  }
  in.engine.promoted() = promoted;
  in.engine.warnings() = warnings;  // Of the search only.
}

void Failures::explain_one(const Exploring& in, const Failure& failure, Finding* finding) {
  constexpr std::uint32_t kMargin = 1000;
  const auto until = Clock::now() + kMostTime;
  Decision& decision = finding->decision;
  std::uint64_t events = 0;
  std::uint64_t failed = 0;
  const std::vector<Change> changes =
      search::changes_of(failure.graph, failure.waiting, 4 * kMostRuns);
  for (const Change& change : changes) {
    search::NearWishes wishes(failure.graph, change);
    if (!wishes.possible()) {
      continue;
    }
    if (decision.tried == kMostRuns || events > kMostEvents || Clock::now() > until) {
      break;
    }
    search::WishSearch search(in.options.model, &wishes, 4 * failure.graph.stamps() + kMargin);
    search.begin();
    const JudgedRun run = run_once(in, search);
    ++decision.tried;
    failed += fails(in, run) ? 1 : 0;
    events += run.end.events;
    if (run.end.stop_everything) {
      return;
    }
    if (passes(in, run, failure.raw, failure.promoted)) {
      RecordedTrace passing = record_trace(in, search, failure.raw);
      Words(finding->trace, failure.events, passing).fill(change, &decision);
      decision.passing = std::move(passing.trace);
      decision.token = std::move(passing.token);
      return;
    }
  }
  decision.message = none_words(*finding, decision.tried, failed);
}

namespace {

/// The decision of the finding's execution as it is run again; none if that shows something else.
Decision decision_by_token(const Finding& finding, const std::function<void()>& body,
                           const Options& options) {
  try {
    for (Finding& again : replay(finding.token, body, options).findings) {
      if (again.kind == finding.kind && again.cause == finding.cause &&
          again.trace == finding.trace) {
        return std::move(again.decision);
      }
    }
  } catch (const std::invalid_argument&) {
    // The finding is as it was.
  }
  return {};
}

}  // namespace

void explain_by_tokens(const std::function<void()>& body, const Options& options, Report* report) {
  constexpr auto kMostTimeForAll = std::chrono::seconds(10);
  const auto until = Clock::now() + kMostTimeForAll;
  Options one = options;
  one.jobs = 1;
  one.shard = {};
  one.resume_file.clear();
  one.checkpoint_file.clear();
  one.on_progress = nullptr;
  one.limits.seconds = 0;
  std::size_t tried = 0;
  for (Finding& finding : report->findings) {
    const bool wants_it = finding.decision == Decision{} && can_be_explained(finding.kind) &&
                          !finding.token.empty() && !finding.trace.empty();
    if (!wants_it || !options.explain || runtime::program().stop_asked) {
      continue;
    }
    if (++tried > kMostFailures || Clock::now() > until) {
      break;
    }
    finding.decision = decision_by_token(finding, body, one);
  }
}

}  // namespace heddle
