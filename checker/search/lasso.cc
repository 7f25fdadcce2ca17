// SPDX-License-Identifier: Apache-2.0
#include "checker/search/lasso.h"

#include <algorithm>
#include <unordered_set>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::search {
namespace {

constexpr std::size_t kBeginnings = 256;         // At most so many are tried,
constexpr std::uint64_t kEnoughVisits = 500000;  // and none after so many visits of states.

}  // namespace

LassoBuilder::LassoBuilder(const StateGraph& graph, const CycleOptions& options,
                           base::ThreadId victim, const FairComponents& parts)
    : graph_(graph),
      fair_locks_(options.fair_locks),
      victim_(victim),
      parts_(parts),
      seen_(graph.state_count(), 0),
      via_(graph.state_count()) {}

void LassoBuilder::meet(Obligations& met, const StepRef& ref) const {
  const Step& step = graph_.step(ref.step);
  const Profile& profile = graph_.profile(ref.from);
  met.stepped |= std::uint64_t{1} << step.thread;
  met.not_able |= ~profile.able();
  met.strong |= fair_locks_ ? profile.able() & profile.strong : 0;
  met.progress |= victim_ != kNoVictim && parts_.is_progress_of_others(ref.from, step);
  met.writes |= step.writes;
}

Obligations LassoBuilder::met(const std::vector<StepRef>& steps) const {
  Obligations met;
  for (const StepRef& ref : steps) meet(met, ref);
  return met;
}

bool LassoBuilder::is_met(const Obligations& met) const {
  return met.owes_any() == 0 && (met.owes_step() == 0 || !HEDDLE_CLAUSE("lasso.strong")) &&
         (met.progress || victim_ == kNoVictim || !HEDDLE_CLAUSE("lasso.progress")) &&
         (met.writes || !must_write_);
}

bool LassoBuilder::helps(const Obligations& met, const StepRef& ref) const {
  Obligations more = met;
  meet(more, ref);
  const std::uint64_t served = met.owes_step() & more.stepped;
  return served != 0 || more.owes_any() != met.owes_any() || (more.writes && !met.writes) ||
         (more.progress && !met.progress);
}

template <class Goal>
LassoBuilder::Walk LassoBuilder::nearest(StateId from, Goal goal) {
  ++search_;
  queue_.assign(1, from);
  seen_[from] = search_;
  for (std::size_t head = 0; head < queue_.size(); ++head) {
    const StateId state = queue_[head];
    ++visited_;
    for (StepId id = graph_.first_step(state); id != kNoStep; id = graph_.step(id).next) {
      const Step& step = graph_.step(id);
      if (!parts_.in_part(state, id, step)) continue;
      if (goal(StepRef{state, id})) {
        Walk walk(1, {state, id});
        while (walk.back().from != from) walk.push_back(via_[walk.back().from]);
        std::reverse(walk.begin(), walk.end());
        return walk;
      }
      if (seen_[step.to] == search_) continue;
      seen_[step.to] = search_;
      via_[step.to] = {state, id};
      queue_.push_back(step.to);
    }
  }
  HEDDLE_CHECK(!"a fair part lacks what it must contain");
}

std::size_t LassoBuilder::latest_start(const Walk& walk) const {
  Obligations met;
  for (std::size_t start = walk.size(); start-- > 0;) {
    meet(met, walk[start]);
    if (is_met(met)) return start;
  }
  return 0;
}

LassoBuilder::Walk LassoBuilder::cycle_from(StateId start) {
  Walk walk;
  StateId here = start;
  const auto append = [&](const Walk& more) {
    walk.insert(walk.end(), more.begin(), more.end());
    here = graph_.step(walk.back().step).to;
  };
  for (bool is_closed = false;; is_closed = true) {
    for (Obligations owed = met(walk); !is_met(owed); owed = met(walk)) {
      append(nearest(here, [&](const StepRef& ref) { return helps(owed, ref); }));
    }
    // Once it was closed it keeps its beginning, so that each round meets more than the last one.
    const std::size_t latest = is_closed ? 0 : latest_start(walk);
    walk = close(walk, latest);
    here = walk.front().from;
    if (is_met(met(walk))) return walk;  // The way home may have met a thread at a lock.
  }
}

LassoBuilder::Walk LassoBuilder::close(const Walk& walk, std::size_t latest) {
  std::unordered_set<StateId> beginnings;
  for (std::size_t at = 0; at <= latest; ++at) beginnings.insert(walk[at].from);
  StateId begin = graph_.step(walk.back().step).to;
  Walk home;
  if (!beginnings.contains(begin)) {
    home = nearest(
        begin, [&](const StepRef& ref) { return beginnings.contains(graph_.step(ref.step).to); });
    begin = graph_.step(home.back().step).to;
  }
  std::size_t first = latest;
  while (walk[first].from != begin) --first;
  Walk cycle(walk.begin() + static_cast<std::ptrdiff_t>(first), walk.end());
  cycle.insert(cycle.end(), home.begin(), home.end());
  return cycle;
}

std::vector<StepRef> LassoBuilder::cycle(const FairComponent& part) {
  must_write_ = part.writes && HEDDLE_CLAUSE("lasso.writes");
  visited_ = 0;
  const std::size_t tries = std::min(part.states.size(), kBeginnings);
  Walk best;
  for (std::size_t i = 0; i < tries && (best.empty() || visited_ < kEnoughVisits); ++i) {
    Walk cycle = cycle_from(part.states[i * part.states.size() / tries]);
    if (best.empty() || cycle.size() < best.size()) best = std::move(cycle);
  }
  return best;
}

}  // namespace heddle::search
