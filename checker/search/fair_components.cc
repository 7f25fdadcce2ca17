// SPDX-License-Identifier: Apache-2.0
#include "checker/search/fair_components.h"

#include <utility>

#include "checker/base/mutant.h"

namespace heddle::search {
namespace {

constexpr std::uint64_t bit(base::ThreadId thread) { return std::uint64_t{1} << thread; }

bool is_progress(const Step& step) {
  return step.progress || (HEDDLE_CLAUSE("cycles.progress.end") && step.ends);
}

}  // namespace

FairComponents::FairComponents(const StateGraph& graph, const CycleOptions& options,
                               base::ThreadId victim)
    : graph_(graph),
      options_(options),
      victim_(victim),
      components_(graph),
      region_(graph.state_count(), kNowhere) {
  if (options.choices == CycleOptions::Choices::kRandom) {
    dead_.assign(graph.step_count(), false);
  }
}

bool FairComponents::is_draw(const Step& step) const {
  return !dead_.empty() && step.choice == ChoiceKind::kRandom;
}

bool FairComponents::excluded(const Step& step) const {
  if (step.choice == ChoiceKind::kOther && HEDDLE_CLAUSE("cycles.choices.usual")) return true;
  if (step.choice == ChoiceKind::kRandom && step.outcome != 0 && dead_.empty() &&
      HEDDLE_CLAUSE("cycles.choices.first_outcome")) {
    return true;
  }
  if (victim_ == kNoVictim) return is_progress(step) && HEDDLE_CLAUSE("cycles.progress");
  return step.thread == victim_ && is_progress(step) && HEDDLE_CLAUSE("cycles.progress.victim");
}

bool FairComponents::is_progress_of_others(StateId from, const Step& step) const {
  if (step.thread == victim_ || !is_progress(step)) return false;
  const Profile& profile = graph_.profile(from);
  return profile.priority(step.thread) <= profile.priority(victim_) ||
         !HEDDLE_CLAUSE("cycles.others.priority");
}

std::vector<FairComponent> FairComponents::find() {
  std::vector<StateId> states;
  const Region region = ++regions_;
  for (StateId state = 0; state < graph_.state_count(); ++state) {
    if (victim_ != kNoVictim && (graph_.profile(state).unfinished & bit(victim_)) == 0 &&
        HEDDLE_CLAUSE("cycles.victim.unfinished")) {
      continue;
    }
    region_[state] = region;
    states.push_back(state);
  }
  split(std::move(states));
  while (!todo_.empty()) {
    std::vector<StateId> next = std::move(todo_.back());
    todo_.pop_back();
    examine(std::move(next));
  }
  return std::move(fair_);
}

void FairComponents::split(std::vector<StateId> states) {
  if (states.empty()) return;
  const Region whole = region_[states.front()];
  const auto follow = [&](StepId id, const Step& step) { return follows(whole, id, step); };
  components_.run(states, follow, [&](std::span<const StateId> component) {
    bool is_cycle = component.size() > 1;
    if (!is_cycle) {
      const StateId only = component.front();
      for_each_step(graph_, only, [&](StepId id, const Step& step) {
        is_cycle |= step.to == only && follow(id, step);
      });
    }
    const Region region = is_cycle ? ++regions_ : kNowhere;
    for (const StateId state : component) region_[state] = region;
    if (is_cycle) todo_.emplace_back(component.begin(), component.end());
  });
}

void FairComponents::examine(std::vector<StateId> states) {
  if (!dead_.empty() && remove_open_draws(states)) {
    split(std::move(states));
    return;
  }
  const Summary summary = summarise(states);
  if ((summary.always_able & ~summary.stepping) != 0 && HEDDLE_CLAUSE("cycles.weak")) return;
  const std::uint64_t unserved = summary.strongly_able & ~summary.stepping;
  if (options_.fair_locks && unserved != 0 && HEDDLE_CLAUSE("cycles.strong")) {
    keep_out(std::move(states), unserved);
    return;
  }
  if (victim_ != kNoVictim && !summary.progress_of_others && HEDDLE_CLAUSE("cycles.others")) return;
  fair_.push_back({std::move(states), summary.stepping, summary.writes});
}

bool FairComponents::remove_open_draws(const std::vector<StateId>& states) {
  bool removed = false;
  for (const StateId state : states) {
    const Region region = region_[state];
    std::uint64_t open = 0;  // Threads whose draw in this state does not stay here.
    for_each_step(graph_, state, [&](StepId id, const Step& step) {
      if (!is_draw(step) || follows(region, id, step)) return;
      open |= HEDDLE_CLAUSE("cycles.random.closed") ? bit(step.thread) : 0;
    });
    if (!graph_.expanded(state) && HEDDLE_CLAUSE("cycles.random.expanded"))
      open = ~std::uint64_t{0};
    if (open == 0) continue;
    for_each_step(graph_, state, [&](StepId id, const Step& step) {
      if (!is_draw(step) || (open & bit(step.thread)) == 0 || !follows(region, id, step)) return;
      dead_[id] = true;
      removed = true;
    });
  }
  return removed;
}

FairComponents::Summary FairComponents::summarise(const std::vector<StateId>& states) const {
  Summary summary;
  for (const StateId state : states) {
    const Profile& profile = graph_.profile(state);
    if (HEDDLE_CLAUSE("cycles.weak.not_able")) summary.always_able &= profile.able();
    summary.strongly_able |= profile.able() & profile.strong;
    for_each_step(graph_, state, [&](StepId id, const Step& step) {
      if (!in_part(state, id, step)) return;
      summary.stepping |= bit(step.thread);
      summary.writes |= step.writes;
      summary.progress_of_others |= is_progress_of_others(state, step);
    });
  }
  return summary;
}

void FairComponents::keep_out(std::vector<StateId> states, std::uint64_t threads) {
  std::erase_if(states, [&](StateId state) {
    const Profile& profile = graph_.profile(state);
    const bool out = (profile.able() & profile.strong & threads) != 0;
    if (out) region_[state] = kNowhere;
    return out;
  });
  if (HEDDLE_CLAUSE("cycles.strong.rest")) split(std::move(states));
}

}  // namespace heddle::search
