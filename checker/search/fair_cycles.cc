// SPDX-License-Identifier: Apache-2.0
// From fair parts to the lasso that is reported: the part that is nearest to the initial state.
#include "checker/search/fair_cycles.h"

#include <algorithm>
#include <span>
#include <utility>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/search/lasso.h"

namespace heddle::search {
namespace {

/// A shortest path from the initial state to one of the goals.
std::vector<StepRef> shortest_path(const StateGraph& graph, const std::vector<bool>& goals) {
  std::vector<StepRef> via(graph.state_count(), {0, kNoStep});
  std::vector<StateId> queue(1, kInitialState);
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const StateId state = queue[head];
    if (goals[state]) {
      std::vector<StepRef> path;
      for (StateId at = state; at != kInitialState; at = via[at].from) path.push_back(via[at]);
      std::reverse(path.begin(), path.end());
      return path;
    }
    for_each_step(graph, state, [&](StepId id, const Step& step) {
      if (step.to == kInitialState || via[step.to].step != kNoStep) return;
      via[step.to] = {state, id};
      queue.push_back(step.to);
    });
  }
  HEDDLE_CHECK(!"every state has a path from the initial one");
}

StateId end_of(const StateGraph& graph, const std::vector<StepRef>& path) {
  return path.empty() ? kInitialState : graph.step(path.back().step).to;
}

const FairComponent& nearest_part(const StateGraph& graph, std::span<const FairComponent> parts) {
  std::vector<bool> goals(graph.state_count(), false);
  for (const FairComponent& part : parts) {
    for (const StateId state : part.states) goals[state] = true;
  }
  const StateId entry = end_of(graph, shortest_path(graph, goals));
  return *std::find_if(parts.begin(), parts.end(), [&](const FairComponent& part) {
    return std::find(part.states.begin(), part.states.end(), entry) != part.states.end();
  });
}

std::optional<Lasso> find(const StateGraph& graph, const CycleOptions& options,
                          base::ThreadId victim) {
  if (graph.state_count() == 0) return std::nullopt;
  FairComponents search(graph, options, victim);
  std::vector<FairComponent> parts = search.find();
  if (parts.empty()) return std::nullopt;
  const auto spins = std::stable_partition(parts.begin(), parts.end(),
                                           [](const FairComponent& part) { return part.writes; });
  const bool any_writes = spins != parts.begin() && HEDDLE_CLAUSE("cycles.writes_first");
  const FairComponent& part =
      nearest_part(graph, any_writes ? std::span(parts.begin(), spins) : std::span(parts));

  LassoBuilder builder(graph, options, victim, search);
  Lasso lasso;
  lasso.victim = victim;
  lasso.cycle = builder.cycle(part);
  std::vector<bool> goals(graph.state_count(), false);
  std::uint64_t unfinished = 0;
  for (const StepRef& ref : lasso.cycle) {
    goals[ref.from] = true;
    unfinished |= graph.profile(ref.from).unfinished;
    const Step& step = graph.step(ref.step);
    if (step.progress || step.ends) lasso.progressing |= std::uint64_t{1} << step.thread;
  }
  lasso.stem = shortest_path(graph, goals);
  const StateId begin = end_of(graph, lasso.stem);
  std::rotate(lasso.cycle.begin(),
              std::find_if(lasso.cycle.begin(), lasso.cycle.end(),
                           [&](const StepRef& ref) { return ref.from == begin; }),
              lasso.cycle.end());
  const Obligations met = builder.met(lasso.cycle);
  lasso.fair_by_steps = met.stepped;
  lasso.fair_by_disabled = met.not_able & ~met.stepped & unfinished;
  lasso.writes = met.writes;
  return lasso;
}

}  // namespace

std::optional<Lasso> find_livelock(const StateGraph& graph, const CycleOptions& options) {
  return find(graph, options, kNoVictim);
}

std::optional<Lasso> find_starvation(const StateGraph& graph, const CycleOptions& options,
                                     base::ThreadId victim) {
  return find(graph, options, victim);
}

}  // namespace heddle::search
