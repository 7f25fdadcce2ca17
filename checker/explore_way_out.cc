// SPDX-License-Identifier: Apache-2.0
// Runs ways out of lassos, and says where they leave them.
#include "checker/explore_way_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "checker/explore_judge.h"
#include "checker/explore_lasso.h"
#include "checker/explore_names.h"
#include "checker/report/explain_facts.h"
#include "checker/search/way_out.h"

namespace heddle {
namespace {

using report::step_words;
using search::Decision;
using search::DecisionSearch;
using search::StateGraph;
using search::StepRef;
using search::WayOut;

constexpr std::size_t kLongest = 2000;  ///< Steps, from the beginning: nobody reads more.

Decision decision_of(const StateGraph& states, const StepRef& ref) {
  const search::Step& step = states.step(ref.step);
  return {step.thread, step.outcome, step.choice};
}

const StepRef& step_of(const search::Lasso& lasso, std::size_t at) {
  return at < lasso.stem.size() ? lasso.stem[at] : lasso.cycle[at - lasso.stem.size()];
}

/// The lasso up to where the way leaves it, and the way.
std::vector<Decision> decisions_of(const StateGraph& states, const search::Lasso& lasso,
                                   const WayOut& way) {
  std::vector<Decision> decisions;
  for (std::size_t at = 0; at < way.from; ++at) {
    decisions.push_back(decision_of(states, step_of(lasso, at)));
  }
  for (const StepRef& ref : way.steps) {
    decisions.push_back(decision_of(states, ref));
  }
  return decisions;
}

/// Whether the program has come to its end, and well. REQUIRES: nobody could go on.
bool ended_well(const Exploring& in, const DecisionSearch& walk, const runtime::RunEnd& end) {
  const NameObject name = [&in](std::uint64_t address) {
    return object_name(in.symbols, in.engine, address);
  };
  const Judgement judgement = judge(in.engine, end, walk.graph(), name);
  return (end.all_ended || end.process_ended) && judgement.run_class == RunClass::kComplete &&
         !judgement.finding.has_value();
}

/// Whether the run took the way through the states that the graph has, and nothing was wrong.
bool went_as_known(const Exploring& in, const StateGraph& states, const WayOut& way,
                   const DecisionSearch& walk, const runtime::RunEnd& end) {
  const auto& seen = walk.seen();
  if (walk.diverged() || seen.size() != way.steps.size() + 1) {
    return false;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const search::StateId state =
        i == 0 ? way.steps[0].from : states.step(way.steps[i - 1].step).to;
    if (!(seen[i].state == states.fingerprint(state))) {
      return false;
    }
  }
  const auto is_hidden = [&](const runtime::RawFinding& found) {
    return is_library_race(found, in.symbols) || in.suppressions.hides(found);
  };
  const std::vector<runtime::RawFinding>& found = in.engine.findings();
  if (end.failed || end.stop_everything || end.limit_reached ||
      !std::all_of(found.begin(), found.end(), is_hidden)) {
    return false;
  }
  return way.to != WayOut::To::kEnd || ended_well(in, walk, end);
}

/// Whether the order of the two steps can matter: both are about one object, and do not only read.
bool conflict(const TraceStep& a, const TraceStep& b) {
  const auto only_reads = [](const TraceStep& step) {
    return report::is_read(step) && !report::is_write(step);
  };
  return !a.object.empty() && a.object == b.object && !(only_reads(a) && only_reads(b));
}

/// The way as it was run: its trace, and the step of each of its decisions there.
struct Ran {
  RecordedTrace recorded;
  std::vector<std::int64_t> steps;

  const TraceStep* step(std::size_t decision) const {
    const std::int64_t at = decision < steps.size() ? steps[decision] : -1;
    return at < 0 ? nullptr : &recorded.trace[static_cast<std::size_t>(at)];
  }
};

class Words {
 public:
  Words(const Exploring& in, const StateGraph& states, const search::Lasso& lasso,
        const WayOut& way, const Ran& ran)
      : in_(in), states_(states), lasso_(lasso), way_(way), ran_(ran) {}

  /// `at`: the lasso's step in the finding's trace that the way is taken instead of.
  void fill(std::int64_t at, const std::vector<TraceStep>& trace,
            heddle::Decision* decision) const {
    const Decision taken = decision_of(states_, way_.steps.front());
    const Decision usual = decision_of(states_, step_of(lasso_, way_.from));
    decision->step = at;
    std::string how;
    if (taken.thread == usual.thread) {
      decision->kind = "choice";
      decision->passing_step = ran_.steps[way_.from];
      how = fmt::format("{} gives {} instead of {}", step_words(trace, at), taken.outcome,
                        usual.outcome);
    } else {
      const std::size_t first = deciding(usual.thread, trace[static_cast<std::size_t>(at)]);
      decision->kind = "schedule";
      decision->passing_step = ran_.steps[first];
      how =
          fmt::format("{} comes before {}", step_words(ran_.recorded.trace, decision->passing_step),
                      step_words(trace, at));
    }
    decision->message = sentence(how);
  }

 private:
  /// The decision of the way that has to come before `other`, which it is taken instead of: the
  /// first whose order with it matters, of those before that thread goes on; else the first of all.
  std::size_t deciding(base::ThreadId thread, const TraceStep& other) const {
    for (std::size_t i = 0; i < way_.steps.size(); ++i) {
      if (decision_of(states_, way_.steps[i]).thread == thread) {
        break;
      }
      const TraceStep* const step = ran_.step(way_.from + i);
      if (step != nullptr && conflict(*step, other)) {
        return way_.from + i;
      }
    }
    return way_.from;
  }

  std::string sentence(const std::string& how) const {
    const bool is_in_cycle = way_.from >= lasso_.stem.size();
    const base::ThreadId last = decision_of(states_, way_.steps.back()).thread;
    const std::string who = in_.engine.thread_name(last);
    std::string gain;
    switch (way_.to) {
      case WayOut::To::kEnd:
        gain = fmt::format(": {} step{} from there the program ends", way_.steps.size(),
                           way_.steps.size() == 1 ? "" : "s");
        break;
      case WayOut::To::kProgress:
        gain = fmt::format(": then {} makes progress", who);
        break;
      case WayOut::To::kAwaited:
        gain = fmt::format(": then {} gets what it waits for", who);
        break;
    }
    return is_in_cycle
               ? fmt::format("the loop ends if {}{}.", how, gain)
               : fmt::format("nothing leads out of the loop; it is avoided if {}{}.", how, gain);
  }

  const Exploring& in_;
  const StateGraph& states_;
  const search::Lasso& lasso_;
  const WayOut& way_;
  const Ran& ran_;
};

/// Runs the way and records it. Nothing if it is not what the graph says.
std::optional<Ran> run_way(const Exploring& in, const StateGraph& states,
                           const search::Lasso& lasso, const WayOut& way) {
  DecisionSearch walk(decisions_of(states, lasso, way), way.from);
  in.engine.watch_states(&walk);
  walk.begin();
  const runtime::RunEnd end = in.engine.run(walk, in.body);  // Never forked: states are compared.
  in.engine.watch_states(nullptr);
  if (!went_as_known(in, states, way, walk, end)) {
    return std::nullopt;
  }
  Ran ran;
  ran.recorded = record_trace(in, walk, {}, StepOrder::kAsAdded);
  ran.steps = steps_of_decisions(walk, ran.recorded.events);
  if (way.to != WayOut::To::kEnd) {
    ran.recorded.token.clear();  // A replay would go on, perhaps for ever.
  }
  return ran;
}

std::string none_words(const Exploring& in, const search::Lasso& lasso) {
  const char* const order =
      in.options.cycles.priorities ? "in whatever order the priorities allow" : "in whatever order";
  const std::string outcome =
      lasso.victim == search::kNoVictim
          ? "the program does not end and nobody makes progress"
          : fmt::format("{} does not get on", in.engine.thread_name(lasso.victim));
  return fmt::format("nothing leads out of the loop: whoever goes on, {}, {}.", order, outcome);
}

}  // namespace

void explain_lasso(const Exploring& in, const StateGraph& states, const search::Lasso& lasso,
                   const std::vector<std::int64_t>& steps, bool all_known, Finding* finding) {
  const search::WaysOut ways = search::find_way_out(states, lasso);
  heddle::Decision& decision = finding->decision;
  const bool leads_out = ways.way.has_value() && ways.way->from >= lasso.stem.size();
  if (!leads_out && !(all_known && ways.all_known)) {
    return;
  }
  if (!ways.way.has_value()) {
    decision.message = none_words(in, lasso);
    return;
  }
  const WayOut& way = *ways.way;
  const std::int64_t at = way.from < steps.size() ? steps[way.from] : -1;
  if (at < 0 || at >= static_cast<std::int64_t>(finding->trace.size()) ||
      way.from + way.steps.size() > kLongest) {
    return;
  }
  std::optional<Ran> ran = run_way(in, states, lasso, way);
  if (!ran.has_value() || ran->step(way.from) == nullptr) {
    return;
  }
  decision.tried = 1;
  Words(in, states, lasso, way, *ran).fill(at, finding->trace, &decision);
  decision.passing = std::move(ran->recorded.trace);
  decision.token = std::move(ran->recorded.token);
}

}  // namespace heddle
