// SPDX-License-Identifier: Apache-2.0
// Depth-first search over states.
#include "checker/search/cycle_search.h"

#include <algorithm>
#include <limits>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/search/extension.h"

namespace heddle::search {

using base::ThreadId;
using graph::OpKind;

bool CycleSearch::begin() {
  over_ = false;
  if (!started_) {
    started_ = true;
    return true;
  }
  if (diverged_ || limited_) {
    return false;
  }
  while (!frames_.empty() && frames_.back().next == frames_.back().end) {
    states_.mark_expanded(frames_.back().state);
    decisions_.resize(frames_.back().first);
    frames_.pop_back();
  }
  if (frames_.empty()) {
    return next_root();
  }
  graph_.cut(frames_.back().stamps);
  unchanged_ = graph_.stamps();
  at_frame_ = true;
  return true;
}

/// Goes on from a state that was put off. False if there is none.
bool CycleSearch::next_root() {
  if (put_off_.empty()) {
    return false;
  }
  const StateId root = put_off_.front();
  put_off_.pop_front();
  if (root >= origins_.size()) {
    origins_ = breadth_first();
  }
  path_ = way(origins_, root, &path_states_);
  followed_ = 0;
  graph_.clear();
  unchanged_ = 0;
  return true;
}

std::vector<CycleSearch::Origin> CycleSearch::breadth_first() const {
  std::vector<Origin> origins(states_.state_count());
  std::vector<StateId> queue{kInitialState};
  std::vector<bool> seen(states_.state_count());
  seen[kInitialState] = true;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for_each_step(states_, queue[i], [&](StepId id, const Step& step) {
      if (!seen[step.to]) {
        seen[step.to] = true;
        origins[step.to] = {queue[i], id};
        queue.push_back(step.to);
      }
    });
  }
  return origins;
}

std::vector<Decision> CycleSearch::way(const std::vector<Origin>& origins, StateId state,
                                       std::vector<StateId>* states) const {
  std::vector<Decision> decisions;
  std::vector<StateId> passed{state};
  for (; state != kInitialState; state = origins[state].from) {
    const Step& step = states_.step(origins[state].step);
    decisions.push_back({step.thread, step.outcome, step.choice});
    passed.push_back(origins[state].from);
  }
  std::reverse(decisions.begin(), decisions.end());
  if (states != nullptr) {
    states->assign(passed.rbegin(), passed.rend());
  }
  return decisions;
}

std::vector<Decision> CycleSearch::way_to(StateId state) const {
  return way(breadth_first(), state);
}

bool CycleSearch::wants_state() { return !over_ && !at_frame_; }

bool CycleSearch::arrive(const Arrival& arrival) {
  if (frames_.empty() && !path_.empty()) {
    const StateId expected = path_states_[followed_];
    diverged_ = states_.fingerprint(expected) != arrival.state;
    over_ = diverged_;
    return !diverged_ && (followed_ < path_.size() || open(expected, arrival));
  }
  const auto [state, added] = states_.intern(arrival.state);
  if (!frames_.empty()) {
    add_step(state, arrival);
  }
  if (!added) {
    over_ = true;
    return false;
  }
  states_.set_profile(state, arrival.profile);
  if ((limits_.states != 0 && states_.state_count() >= limits_.states) ||
      (limits_.bytes != 0 && states_.bytes() >= limits_.bytes)) {
    limited_ = over_ = true;
    return false;
  }
  if (frames_.size() >= kDeepest) {
    put_off_.push_back(state);
    over_ = true;
    return false;
  }
  return open(state, arrival);
}

void CycleSearch::add_step(StateId to, const Arrival& arrival) {
  const Frame& from = frames_.back();
  Step step;
  step.to = to;
  step.outcome = taken_.outcome;
  step.thread = static_cast<std::uint8_t>(taken_.thread);
  step.choice = taken_.choice;
  step.progress = arrival.progressed;
  step.writes = from.shared != arrival.shared;
  step.ends = taken_ends_;
  states_.add_step(from.state, step, arrival.acquired);
}

/// Makes the state the last of the path. True: a run that has nothing left to do there ends by
/// itself, so that it can be judged.
bool CycleSearch::open(StateId state, const Arrival& arrival) {
  Frame frame{state, graph_.stamps(), decisions_.size(), decisions_.size(), 0, arrival.shared};
  for (const PendingOperation& pending : arrival.pending) {
    if ((arrival.profile.enabled >> pending.thread & 1) != 0) {
      offer(pending);
    }
  }
  frame.end = decisions_.size();
  frames_.push_back(frame);
  over_ = frame.first == frame.end;
  return true;
}

void CycleSearch::offer(const PendingOperation& pending) {
  const graph::Operation& operation = *pending.operation;
  Decision decision{pending.thread, 0, ChoiceKind::kNone};
  if (operation.kind != OpKind::kChoice) {
    decisions_.push_back(decision);
    return;
  }
  HEDDLE_CHECK(operation.operand <= std::numeric_limits<std::uint16_t>::max());
  const bool drawn = operation.expected == 0;  // By the program itself: heddle::choose.
  for (std::uint64_t outcome = 0; outcome < operation.operand; ++outcome) {
    decision.outcome = static_cast<std::uint16_t>(outcome);
    decision.choice = drawn          ? ChoiceKind::kRandom
                      : outcome == 0 ? ChoiceKind::kDefault
                                     : ChoiceKind::kOther;
    decisions_.push_back(decision);
  }
}

ThreadId CycleSearch::choose_thread(std::span<const PendingOperation> pending,
                                    ThreadId /*current*/) {
  if (over_) {
    return kNoThread;
  }
  const bool follows = followed_ < path_.size();
  taken_ = follows ? path_[followed_] : decisions_[frames_.back().next];
  const bool offered = std::any_of(pending.begin(), pending.end(), [&](const auto& candidate) {
    return candidate.thread == taken_.thread && enabled(graph_, candidate);
  });
  if (!offered) {
    diverged_ = over_ = true;
    return kNoThread;
  }
  return taken_.thread;
}

Result CycleSearch::execute(ThreadId thread, const graph::Operation& operation) {
  at_frame_ = false;
  if (followed_ < path_.size()) {
    ++followed_;
  } else {
    ++frames_.back().next;
  }
  taken_ends_ = operation.kind == OpKind::kThreadEnd;
  return extend_newest(graph_, thread, operation, taken_.outcome);
}

bool CycleSearch::branched() const {
  return !frames_.empty() && frames_.back().next < frames_.back().end;
}

}  // namespace heddle::search
