// SPDX-License-Identifier: Apache-2.0
// The two sentences of a finding.
#include "heddle/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "checker/report/explain_facts.h"

namespace heddle {
namespace {

using report::has_note;
using report::line_of;

/// " (line 12)", or nothing.
std::string in_brackets(const std::string& place) {
  return place.empty() ? "" : fmt::format(" ({})", place);
}

std::string joined(const std::vector<std::string>& words, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i == 0 ? "" : i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    text += words[i];
  }
  return text;
}

/// The object of an access: what stands behind "at" in "writes 4 bytes at hits".
std::string object_of(const Participant& part) {
  const std::size_t at = part.what.find(" at ");
  return at == std::string::npos ? "the memory" : part.what.substr(at + 4);
}

std::string verb_of(const Participant& part) {
  std::string verb = part.what.substr(0, part.what.find(' '));
  return verb == "atomically" ? part.what.substr(0, part.what.find(' ', 11)) : verb;
}

/// The two racing accesses in the trace, in its order.
std::optional<std::pair<std::size_t, std::size_t>> racing_steps(const Finding& finding) {
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < finding.trace.size(); ++i) {
    if (has_note(finding.trace[i], "race")) {
      steps.push_back(i);
    }
  }
  if (steps.size() != 2) {
    return std::nullopt;
  }
  return std::pair(steps[0], steps[1]);
}

std::string race_wrong(const Finding& finding) {
  if (finding.participants.size() < 2) {
    return "Two threads access the same memory, one of them writes, and nothing orders them.";
  }
  const Participant& one = finding.participants[0];
  const Participant& two = finding.participants[1];
  return fmt::format(
      "{} {} {} and {} {} it, and nothing (no lock, no release and acquire, no join) puts one "
      "before the other.",
      one.thread, verb_of(one), object_of(one), two.thread, verb_of(two));
}

/// Stronger orders for a message that arrives, but does not order.
std::string order_remedy(const Finding& finding, const report::Message& message) {
  const std::vector<TraceStep>& trace = finding.trace;
  const auto weak = [&](std::size_t step, bool store) {
    const std::string_view order = report::order_of(trace[step]);
    return order == "relaxed" || order == (store ? "acquire" : "release");
  };
  std::vector<std::string> ways;
  if (weak(message.store, true)) {
    ways.push_back(fmt::format("the store to {}{} a release", trace[message.store].object,
                               in_brackets(line_of(trace, message.store))));
  }
  if (weak(message.load, false)) {
    ways.push_back(fmt::format("the load of {}{} an acquire", trace[message.load].object,
                               in_brackets(line_of(trace, message.load))));
  }
  return ways.empty() ? ""
                      : fmt::format("Make {}: the message arrives, but orders nothing.",
                                    joined(ways, "and"));
}

/// The lock that one of two accesses is guarded by and the other is not.
std::string lock_remedy(const Finding& finding, std::size_t first, std::size_t second) {
  const std::vector<TraceStep>& trace = finding.trace;
  std::vector<std::string> held = report::locks_held(trace, first);
  std::vector<std::string> other = report::locks_held(trace, second);
  if (held.empty() && other.empty()) {
    return {};
  }
  if (!held.empty() && !other.empty()) {
    return fmt::format("Guard both accesses with the same lock: {} holds {}, {} holds {}.",
                       trace[first].thread, held.back(), trace[second].thread, other.back());
  }
  const bool first_holds = !held.empty();
  const std::size_t bare = first_holds ? second : first;
  return fmt::format("Hold {}, as {} does, in {} too{}.", first_holds ? held.back() : other.back(),
                     trace[first_holds ? first : second].thread, trace[bare].thread,
                     in_brackets(line_of(trace, bare)));
}

std::string race_fix(const Finding& finding) {
  const auto steps = racing_steps(finding);
  if (steps) {
    if (const auto message = report::message_between(finding.trace, steps->first, steps->second)) {
      std::string remedy = order_remedy(finding, *message);
      if (!remedy.empty()) {
        return remedy;
      }
    }
    std::string remedy = lock_remedy(finding, steps->first, steps->second);
    if (!remedy.empty()) {
      return remedy;
    }
  }
  const std::string object =
      finding.participants.empty() ? "it" : object_of(finding.participants.front());
  return fmt::format(
      "Guard every access to {} with one lock, make it a std::atomic (and what reads and then "
      "writes it one operation), or let one thread wait for the other.",
      object);
}

std::vector<std::string> awaited_objects(const Finding& finding) {
  std::vector<std::string> objects;
  std::set<std::string> threads;
  for (const Participant& part : finding.participants) {
    threads.insert(part.thread);
  }
  for (const Participant& part : finding.participants) {
    std::string awaited = report::awaited_by(part);
    if (!awaited.empty() && !threads.contains(awaited)) {
      objects.push_back(std::move(awaited));
    }
  }
  return objects;
}

std::string first_awaited(const Finding& finding, const char* otherwise) {
  const std::string awaited =
      finding.participants.empty() ? "" : report::awaited_by(finding.participants.front());
  return awaited.empty() ? otherwise : awaited;
}

std::string cycle_fix(const Finding& finding) {
  const std::string cycle = report::wait_for_cycle(finding);
  const std::vector<std::string> objects = awaited_objects(finding);
  const bool joins = std::any_of(
      finding.participants.begin(), finding.participants.end(), [&](const Participant& part) {
        const bool in_cycle = cycle.find(part.thread + " -> ") != std::string::npos;
        const std::string awaited = report::awaited_by(part);
        return in_cycle && part.what.ends_with(" to end") &&
               cycle.find(fmt::format("{} -> {}", part.thread, awaited)) != std::string::npos;
      });
  if (joins) {
    return fmt::format("Give back {} before waiting for the thread that needs it.",
                       objects.empty() ? "the lock" : joined(objects, "and"));
  }
  const bool locks = std::all_of(objects.begin(), objects.end(), [](const std::string& object) {
    return object.starts_with("mutex") || object.find("lock") != std::string::npos;
  });
  if (locks && objects.size() > 1 && std::set(objects.begin(), objects.end()).size() > 1) {
    return fmt::format(
        "Take {} in the same order in every thread, or at once with std::scoped_lock, or under "
        "one lock that stands for both.",
        joined(objects, "and"));
  }
  return "Break the cycle: let one of these threads give back what it holds before it waits.";
}

/// A waiter that was there when the notification came, but was not the one that it woke.
bool woke_another(const Finding& finding) {
  return finding.message.find("woke another thread") != std::string::npos;
}

std::string deadlock_wrong(const Finding& finding) {
  const std::string awaited = first_awaited(finding, "something");
  const std::string who =
      finding.participants.empty() ? "A thread" : finding.participants.front().thread;
  switch (finding.cause) {
    case DeadlockCause::kCycle:
      return fmt::format("Each waits for what another one holds, so nobody can go on: {}.",
                         report::wait_for_cycle(finding).empty() ? finding.message
                                                                 : report::wait_for_cycle(finding));
    case DeadlockCause::kSelf:
      return fmt::format("{} waits for {}, which it holds itself.", who, awaited);
    case DeadlockCause::kLostWakeup:
      if (woke_another(finding)) {
        return fmt::format(
            "{} waits on {}; the notification that came woke another thread, and there is no "
            "other, so it waits for ever.",
            who, awaited);
      }
      return fmt::format(
          "{} waits on {} after the notification that was meant for it: a notification is "
          "not remembered, so it waits for ever.",
          who, awaited);
    case DeadlockCause::kMissingSignal:
      return fmt::format("{} waits for {}, and no thread is left that would end the wait.", who,
                         awaited);
    case DeadlockCause::kBarrier:
      return fmt::format("{} waits at {} for threads that do not come.", who, awaited);
    case DeadlockCause::kJoin:
      return fmt::format("{} waits for {} to end, which it cannot.", who, awaited);
    case DeadlockCause::kNone:
      break;
  }
  return "Threads wait for each other for ever.";
}

std::string deadlock_fix(const Finding& finding) {
  const std::string awaited = first_awaited(finding, "it");
  switch (finding.cause) {
    case DeadlockCause::kCycle:
      return cycle_fix(finding);
    case DeadlockCause::kSelf:
      return fmt::format(
          "Do not take {} where it is held already: split off a function that expects it held, or "
          "give it back first.",
          awaited);
    case DeadlockCause::kLostWakeup:
      if (woke_another(finding)) {
        return fmt::format(
            "Notify {} each time that a waiter may go on, not only the first; or notify all.",
            awaited);
      }
      return fmt::format(
          "Change and test what {} stands for under one mutex, and wait with a predicate; if "
          "several kinds of waiters share it, notify all.",
          awaited);
    case DeadlockCause::kMissingSignal:
      return awaited.starts_with("condition") || awaited.starts_with("futex")
                 ? fmt::format("Notify {} on every path after which its waiter should go on.",
                               awaited)
                 : fmt::format(
                       "Give {} back on every path, exceptions and early returns included "
                       "(a guard object does).",
                       awaited);
    case DeadlockCause::kBarrier:
      return fmt::format(
          "Let as many threads arrive at {} as it counts: one that leaves early must arrive all "
          "the same, or drop out.",
          awaited);
    case DeadlockCause::kJoin:
    case DeadlockCause::kNone:
      return fmt::format("Make sure that {} can end whatever the others do.", awaited);
  }
  return {};
}

bool has_several_threads(const std::vector<TraceStep>& trace) {
  return std::any_of(trace.begin(), trace.end(),
                     [&](const TraceStep& step) { return step.thread != trace.front().thread; });
}

/// An atomic load that returned something older than the newest store before it; -1: none.
std::int64_t stale_step(const std::vector<TraceStep>& trace) {
  const auto found = std::find_if(trace.begin(), trace.end(), [](const TraceStep& step) {
    return step.note.starts_with("reads ") &&
           step.note.find(", not the newer ") != std::string::npos &&
           !report::order_of(step).empty();
  });
  return found == trace.end() ? -1 : found - trace.begin();
}

/// What the passing execution shows about a failed check, a crash and the like.
std::string failure_fix(const Finding& finding) {
  const std::vector<TraceStep>& trace = finding.trace;
  if (const auto lost = report::lost_update(trace)) {
    const TraceStep& write = trace[lost->overwriting];
    return fmt::format(
        "Make reading and writing {} one step: {} overwrites{} what {} wrote{} after both had read "
        "the same value; hold a lock around both, or use one atomic operation.",
        write.object, write.thread, in_brackets(line_of(trace, lost->overwriting)),
        trace[lost->lost].thread, in_brackets(line_of(trace, lost->lost)));
  }
  if (const std::int64_t stale = stale_step(trace); stale >= 0) {
    const auto at = static_cast<std::size_t>(stale);
    return fmt::format(
        "Forbid {} the old value of {}{}: a release and an acquire on what orders the two, or "
        "seq_cst "
        "on both sides where each writes one thing and then reads the other.",
        trace[at].thread, trace[at].object, in_brackets(line_of(trace, at)));
  }
  const Decision& decision = finding.decision;
  if (decision.kind.empty() || decision.step < 0 ||
      decision.step >= static_cast<std::int64_t>(trace.size())) {
    if (!has_several_threads(trace)) {
      return {};
    }
    return "Order the steps shown so that this execution is impossible: a lock around what belongs "
           "together, or a wait for what must come first.";
  }
  const auto at = static_cast<std::size_t>(decision.step);
  const TraceStep& step = trace[at];
  return fmt::format(
      "Do not leave to chance what {} meets at {}{}: keep what it does before and after together "
      "under one lock, or let it wait for what must come first.",
      step.thread, step.object.empty() ? "this point" : step.object,
      in_brackets(line_of(trace, at)));
}

std::string failure_wrong(const Finding& finding, const char* what) {
  const std::string who =
      finding.participants.empty() ? "The program" : finding.participants.front().thread;
  if (const auto lost = report::lost_update(finding.trace)) {
    const TraceStep& first = finding.trace[lost->lost];
    const TraceStep& second = finding.trace[lost->overwriting];
    return fmt::format(
        "{} {}: {} and {} read the same value of {}, and the later write undoes the "
        "earlier one.",
        who, what, first.thread, second.thread, first.object);
  }
  if (const std::int64_t stale = stale_step(finding.trace); stale >= 0) {
    const auto at = static_cast<std::size_t>(stale);
    const TraceStep& step = finding.trace[at];
    return fmt::format(
        "{} {} after {} has got an old value of {}{}, which the memory model allows.", who, what,
        step.thread, step.object, in_brackets(line_of(finding.trace, at)));
  }
  return finding.decision.kind.empty()
             ? fmt::format("{} {} in this order of steps.", who, what)
             : fmt::format("{} {} only because of one thing that could have gone otherwise.", who,
                           what);
}

std::string freed_object(const Finding& finding) {
  return finding.participants.empty() ? "the memory" : object_of(finding.participants.back());
}

}  // namespace

std::string what_went_wrong(const Finding& finding) {
  const auto who = [&](std::size_t i) {
    return i < finding.participants.size() ? finding.participants[i].thread : "a thread";
  };
  switch (finding.kind) {
    case FindingKind::kDataRace:
      return race_wrong(finding);
    case FindingKind::kDeadlock:
      return deadlock_wrong(finding);
    case FindingKind::kSpin:
      return "A thread waits in a loop for a value that no other thread will write any more.";
    case FindingKind::kLivelock:
      return "Threads keep acting and undo or refuse each other's work: the marked steps repeat "
             "for "
             "ever and nobody gets anywhere.";
    case FindingKind::kStarvation:
      return "The marked steps repeat for ever: others get on each time round, one thread never.";
    case FindingKind::kAssertion:
      return failure_wrong(finding, "fails its check");
    case FindingKind::kAbort:
      return failure_wrong(finding, "gives up (abort)");
    case FindingKind::kException:
      return failure_wrong(finding, "lets an exception escape");
    case FindingKind::kCrash:
      return failure_wrong(finding, "crashes");
    case FindingKind::kUseAfterFree:
      return fmt::format(
          "{} uses {} which {} may have released by then.", who(0),
          finding.participants.empty() ? "memory" : object_of(finding.participants.front()),
          who(1));
    case FindingKind::kDoubleFree:
      return fmt::format("{} is released twice.", freed_object(finding));
    case FindingKind::kBadFree:
      return "Something is released that was never allocated that way.";
    case FindingKind::kLeak:
      return "Memory is left that nothing points to any more.";
    case FindingKind::kLockMisuse:
      return "A lock is used in a way that its contract forbids.";
    case FindingKind::kThreadLeak:
      return "A thread is neither joined nor detached.";
    case FindingKind::kNondeterminism:
      return "The program depends on something that Heddle does not control.";
    case FindingKind::kStateOutlivesExecution:
      return "An execution changes what the next one finds.";
    case FindingKind::kUnsupported:
      return "The program does something that Heddle does not model.";
    case FindingKind::kUninstrumented:
      return "A thread ran no code that Heddle can see.";
    case FindingKind::kForeignThread:
      return "A thread that Heddle did not start runs explored code.";
    case FindingKind::kNoVisibleOperation:
      return "A thread runs on without any step that others could see, perhaps for ever.";
  }
  return {};
}

std::string what_would_fix(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::kDataRace:
      return race_fix(finding);
    case FindingKind::kDeadlock:
      return deadlock_fix(finding);
    case FindingKind::kSpin:
      return "Write that value on every path, or let the loop end on another condition.";
    case FindingKind::kLivelock:
      return "Break the symmetry: a fixed order or priority, so that one of them insists, or a "
             "limit "
             "on how often one gives way.";
    case FindingKind::kStarvation:
      return "Serve those who wait in the order in which they came, or limit how often others may "
             "go "
             "first.";
    case FindingKind::kAssertion:
    case FindingKind::kAbort:
    case FindingKind::kException:
    case FindingKind::kCrash:
      return failure_fix(finding);
    case FindingKind::kUseAfterFree:
      return "Release it only when the last user is done: join that thread first, or share the "
             "ownership (std::shared_ptr, or a scheme that defers the release).";
    case FindingKind::kDoubleFree:
      return "Let exactly one thread own it, or decide by one atomic step who releases it.";
    case FindingKind::kBadFree:
      return "Release it the way it was allocated, with the pointer that was returned.";
    case FindingKind::kLeak:
      return "Release it on every path: an owning object (std::unique_ptr, a container) does.";
    case FindingKind::kLockMisuse:
      return "Let the thread that takes a lock give it back, once, while the lock lives: a guard "
             "object does.";
    case FindingKind::kThreadLeak:
      return "Join it (std::jthread does), or detach it.";
    case FindingKind::kStateOutlivesExecution:
      return "Make it anew inside the body, or do it in heddle::outside.";
    case FindingKind::kUnsupported:
      return "Leave that call out of what is explored, or do it in heddle::outside.";
    case FindingKind::kUninstrumented:
      return "Compile that code with -fsanitize=thread.";
    case FindingKind::kForeignThread:
      return "Start threads inside of what is explored.";
    case FindingKind::kNoVisibleOperation:
      return "Make what the loop waits for a std::atomic, or wait on a condition variable.";
    case FindingKind::kNondeterminism:
      break;
  }
  return {};
}

}  // namespace heddle
