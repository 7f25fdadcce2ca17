// SPDX-License-Identifier: Apache-2.0
// Confirms, records and describes lassos.
#include "checker/explore_lasso.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "checker/explore_finding.h"
#include "checker/explore_token.h"

namespace heddle {
namespace {

using runtime::Engine;
using runtime::RawFinding;
using search::Decision;
using search::DecisionSearch;

/// What one round of the cycle was seen to do.
struct Round {
  std::array<std::uint32_t, base::kMaxThreads> steps{};  ///< Of each thread.
  std::uint64_t progressing = 0;
  std::uint64_t unfinished = 0;
  std::uint64_t sometimes_disabled = 0;
  std::vector<search::Waiting> waits;  ///< What is waited for where the thread is disabled.
  bool writes = false;
};

bool has(std::uint64_t mask, base::ThreadId thread) { return (mask >> thread & 1) != 0; }

/// REQUIRES: `seen` holds the states before each step of the cycle and the one after the last.
Round look_at(const std::vector<DecisionSearch::Seen>& seen, std::span<const Decision> cycle) {
  Round round;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const base::ThreadId thread = cycle[i].thread;
    ++round.steps[thread];
    round.progressing |= seen[i + 1].progressed ? std::uint64_t{1} << thread : 0;
    round.writes = round.writes || seen[i].shared != seen[i + 1].shared;
    const search::Profile& profile = seen[i].profile;
    round.unfinished |= profile.unfinished;
    round.sometimes_disabled |= profile.unfinished & ~profile.enabled;
    for (const search::Waiting& waiting : profile.waits) {
      if (std::find(round.waits.begin(), round.waits.end(), waiting) == round.waits.end()) {
        round.waits.push_back(waiting);
      }
    }
  }
  return round;
}

/// Runs the cycle many times. Nothing if it is none.
std::optional<Round> confirm(const LassoPath& path, Engine& engine,
                             const std::function<void()>& body) {
  const std::size_t stem = path.decisions.size() - path.cycle;
  const auto begin = path.decisions.begin() + static_cast<std::ptrdiff_t>(stem);
  std::vector<Decision> decisions = path.decisions;
  for (int i = 1; i < kLassoRounds; ++i) {
    decisions.insert(decisions.end(),
                     path.decisions.end() - static_cast<std::ptrdiff_t>(path.cycle),
                     path.decisions.end());
  }
  DecisionSearch often(std::move(decisions), stem);
  engine.watch_states(&often);
  often.begin();
  engine.run(often, body);
  engine.watch_states(nullptr);
  const auto& seen = often.seen();
  if (often.diverged() || path.cycle == 0 || seen.size() != path.cycle * kLassoRounds + 1) {
    return std::nullopt;
  }
  for (std::size_t i = path.cycle; i < seen.size(); i += path.cycle) {
    if (seen[i].state != seen.front().state) {
      return std::nullopt;
    }
  }
  return look_at(seen, {begin, path.decisions.end()});
}

std::string names_of(std::uint64_t threads, const Engine& engine) {
  std::vector<std::string> names;
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    if (has(threads, id)) {
      names.push_back(engine.thread_name(id));
    }
  }
  if (names.size() < 2) {
    return names.empty() ? "nobody" : names.front();
  }
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

std::string steps(std::size_t count) {
  return fmt::format("{} step{}", count, count == 1 ? "" : "s");
}

std::string message_of(const RawFinding& raw, const LassoPath& path, const Round& round,
                       const Engine& engine, const std::string& awaited) {
  std::uint64_t stepping = 0;
  for (base::ThreadId id = 0; id < base::kMaxThreads; ++id) {
    stepping |= round.steps[id] != 0 ? std::uint64_t{1} << id : 0;
  }
  const bool several = (stepping & (stepping - 1)) != 0;
  switch (raw.kind) {
    case FindingKind::kStarvation:
      return fmt::format(
          "{} can be passed by for ever{}: a cycle of {} repeats in which {} make{} progress and "
          "{} "
          "does not, though the scheduler is fair",
          engine.thread_name(path.victim), awaited, steps(path.cycle),
          names_of(round.progressing, engine),
          (round.progressing & (round.progressing - 1)) != 0 ? "" : "s",
          engine.thread_name(path.victim));
    case FindingKind::kSpin:
      return fmt::format(
          "{} spin{} for ever: a cycle of {} repeats that changes nothing, and nobody else will",
          names_of(stepping, engine), several ? "" : "s", steps(path.cycle));
    default:
      return fmt::format(
          "{} run{} in circles: a cycle of {} repeats in which nobody makes progress, though the "
          "scheduler is fair",
          names_of(stepping, engine), several ? "" : "s", steps(path.cycle));
  }
}

std::string role(const LassoPath& path, const Round& round, base::ThreadId id) {
  const std::string waits = "waits where it cannot go on";
  if (round.steps[id] == 0) {
    return id == path.victim ? waits + ", and is passed by" : waits;
  }
  const std::string share = fmt::format("takes {} of the cycle", steps(round.steps[id]));
  if (id == path.victim) {
    return share + ", and is passed by";
  }
  return share + (has(round.progressing, id) ? ", with progress" : ", without progress");
}

/// ", waiting for `gate`": the lock-like object that the thread waits for in the cycle, if any.
std::string awaited_by(base::ThreadId thread, const Round& round, Engine& engine,
                       report::Symbolizer& symbols) {
  for (const search::Waiting& waiting : round.waits) {
    if (waiting.thread == thread) {
      const std::uintptr_t address = engine.lock_objects()[waiting.object - 1];
      return fmt::format(" while it waits for {}",
                         object_name(symbols, engine, address & ~runtime::kObjectBit));
    }
  }
  return {};
}

search::Plan plan_of_decisions(const std::vector<Decision>& decisions) {
  search::Plan plan;
  for (std::uint32_t i = 0; i < decisions.size(); ++i) {
    plan.schedule.push_back(decisions[i].thread);
    if (decisions[i].outcome != 0) {
      plan.exceptions.push_back({i, search::Plan::Exception::Kind::kOutcome, base::EventId::none(),
                                 decisions[i].outcome});
    }
  }
  return plan;
}

}  // namespace

std::vector<std::int64_t> steps_of_decisions(const DecisionSearch& search,
                                             const std::vector<base::EventId>& events) {
  std::map<std::uint32_t, std::int64_t> by_stamp;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].is_event()) {
      by_stamp[search.graph().event(events[i]).stamp] = static_cast<std::int64_t>(i);
    }
  }
  std::vector<std::int64_t> steps;
  for (const std::uint32_t stamp : search.stamps()) {
    const auto found = by_stamp.find(stamp);
    steps.push_back(found == by_stamp.end() ? -1 : found->second);
  }
  return steps;
}

std::optional<Finding> show_lasso(const LassoPath& path, Engine& engine,
                                  const std::function<void()>& body, const Options& options,
                                  report::Symbolizer& symbols, std::vector<std::int64_t>* steps) {
  const std::optional<Round> round = confirm(path, engine, body);
  if (!round.has_value() ||
      (path.victim != search::kNoVictim && path.victim >= base::kMaxThreads)) {
    return std::nullopt;
  }
  DecisionSearch once(path.decisions);
  once.begin();
  engine.run(once, body);
  engine.recorder().start({});
  engine.run(once, body, true);
  RawFinding raw;
  if (path.victim != search::kNoVictim) {
    raw.kind = FindingKind::kStarvation;
  } else {
    raw.kind = round->writes ? FindingKind::kLivelock : FindingKind::kSpin;
  }
  raw.cycle_from = once.stamps()[path.decisions.size() - path.cycle];
  for (base::ThreadId id = 0; id < engine.thread_count(); ++id) {
    if (!has(round->unfinished, id)) {
      continue;
    }
    runtime::RawParticipant part;
    part.thread = id;
    part.verb = role(path, *round, id);
    part.stack = {engine.thread(id).request.site};
    raw.participants.push_back(std::move(part));
  }
  const std::string awaited =
      path.victim == search::kNoVictim ? "" : awaited_by(path.victim, *round, engine, symbols);
  raw.message = message_of(raw, path, *round, engine, awaited);
  std::vector<base::EventId> events;
  Finding finding = make_finding(raw, engine, once.graph(), symbols, &events);
  if (steps != nullptr) {
    *steps = steps_of_decisions(once, events);
  }
  finding.token = make_cycle_token(
      plan_of_decisions(path.decisions), static_cast<std::uint32_t>(path.cycle),
      path.victim == search::kNoVictim ? report::TokenData::kNoVictim : path.victim, engine,
      options);
  return finding;
}

}  // namespace heddle
