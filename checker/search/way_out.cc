// SPDX-License-Identifier: Apache-2.0
// Breadth-first searches from the cycle, then from the states before it.
#include "checker/search/way_out.h"

#include <algorithm>

#include "checker/base/mutant.h"

namespace heddle::search {
namespace {

constexpr std::uint64_t bit(base::ThreadId thread) { return std::uint64_t{1} << thread; }

/// What a way is to lead to.
class Goal {
 public:
  Goal(const StateGraph& graph, const Lasso& lasso, bool end_of_program)
      : graph_(graph), victim_(lasso.victim), end_of_program_(end_of_program) {
    for (const StepRef& ref : lasso.cycle) {
      for (const Waiting& waiting : graph.profile(ref.from).waits) {
        if (waiting.thread == victim_) awaited_.push_back(waiting.object);
      }
    }
    // If it gets that in the cycle it is after something else.
    if (std::any_of(lasso.cycle.begin(), lasso.cycle.end(),
                    [&](const StepRef& ref) { return acquires(graph.step(ref.step)); })) {
      awaited_.clear();
    }
  }

  bool is_state(StateId state) const {
    return end_of_program_ && graph_.expanded(state) && graph_.first_step(state) == kNoStep;
  }
  bool is_step(const Step& step) const {
    const bool of_whom = victim_ == kNoVictim || step.thread == victim_;
    return !end_of_program_ && of_whom && (step.progress || step.ends || acquires(step));
  }
  WayOut::To reached_by(const Step& step) const {
    if (end_of_program_) return WayOut::To::kEnd;
    return acquires(step) ? WayOut::To::kAwaited : WayOut::To::kProgress;
  }

 private:
  bool acquires(const Step& step) const {
    if (step.thread != victim_ || awaited_.empty()) return false;
    const auto got = graph_.acquired(step);
    return std::any_of(got.begin(), got.end(), [&](ObjectId object) {
      return std::find(awaited_.begin(), awaited_.end(), object) != awaited_.end();
    });
  }

  const StateGraph& graph_;
  const base::ThreadId victim_;
  const bool end_of_program_;
  std::vector<ObjectId> awaited_;
};

class WaySearch {
 public:
  WaySearch(const StateGraph& graph, const Lasso& lasso, const Goal& goal)
      : graph_(graph), lasso_(lasso), goal_(goal), via_(graph.state_count()) {}

  /// From any state of the cycle.
  std::optional<WayOut> from_cycle() {
    std::vector<StateId> starts;
    for (const StepRef& ref : lasso_.cycle) starts.push_back(ref.from);
    for (const bool usual_only : {true, false}) {
      seen_.assign(graph_.state_count(), false);
      if (auto way = search(starts, usual_only)) return way;
      if (!left_out_) break;  // The other search would be the same.
    }
    return std::nullopt;
  }

  /// From the last state of the stem from which there is one. REQUIRES: from_cycle() found none.
  std::optional<WayOut> from_stem() {
    const std::vector<bool> of_cycle = seen_;
    for (const bool usual_only : {true, false}) {
      seen_ = of_cycle;
      for (std::size_t at = lasso_.stem.size(); at-- > 0;) {
        // What had been reached before the cycle is not what the cycle keeps the run from.
        if (goal_.is_step(graph_.step(lasso_.stem[at].step))) break;
        if (auto way = search({lasso_.stem[at].from}, usual_only)) return way;
      }
      if (!left_out_) break;
    }
    return std::nullopt;
  }

  bool all_known() const { return all_known_; }

 private:
  const StepRef& step_of_lasso(std::size_t at) const {
    return at < lasso_.stem.size() ? lasso_.stem[at] : lasso_.cycle[at - lasso_.stem.size()];
  }

  /// Breadth first; states that were seen before lead nowhere.
  std::optional<WayOut> search(const std::vector<StateId>& starts, bool usual_only) {
    queue_.clear();
    for (const StateId start : starts) {
      if (!seen_[start]) add(start, {start, kNoStep});
    }
    for (std::size_t head = 0; head < queue_.size(); ++head) {
      const StateId state = queue_[head];
      all_known_ = all_known_ && graph_.expanded(state);
      std::optional<StepRef> last;
      for_each_step(graph_, state, [&](StepId id, const Step& step) {
        const bool left_out =
            usual_only && step.choice == ChoiceKind::kOther && HEDDLE_CLAUSE("way_out.usual");
        left_out_ = left_out_ || left_out;
        if (last.has_value() || left_out) return;
        if (goal_.is_step(step) || (!seen_[step.to] && goal_.is_state(step.to))) {
          last = StepRef{state, id};
        } else if (!seen_[step.to]) {
          add(step.to, {state, id});
        }
      });
      if (last.has_value()) return way_to(*last);
    }
    return std::nullopt;
  }

  void add(StateId state, StepRef via) {
    seen_[state] = true;
    via_[state] = via;
    queue_.push_back(state);
  }

  WayOut way_to(const StepRef& last) const {
    WayOut way;
    way.to = goal_.reached_by(graph_.step(last.step));
    way.steps.push_back(last);
    StateId state = last.from;
    for (; via_[state].step != kNoStep; state = via_[state].from) way.steps.push_back(via_[state]);
    std::reverse(way.steps.begin(), way.steps.end());
    way.from = where_it_leaves(state, graph_.step(way.steps.front().step).thread);
    return way;
  }

  /// A state may be passed more than once: where another thread goes on, if it does somewhere.
  std::size_t where_it_leaves(StateId state, base::ThreadId thread) const {
    const std::size_t count = lasso_.stem.size() + lasso_.cycle.size();
    std::size_t found = count;
    for (std::size_t at = count; at-- > 0;) {
      const StepRef& ref = step_of_lasso(at);
      if (ref.from != state) continue;
      const bool by_another = graph_.step(ref.step).thread != thread;
      if (found == count || by_another) found = at;
      if (by_another) break;
    }
    return found;
  }

  const StateGraph& graph_;
  const Lasso& lasso_;
  const Goal& goal_;
  std::vector<bool> seen_;
  std::vector<StepRef> via_;
  std::vector<StateId> queue_;
  bool all_known_ = true;
  bool left_out_ = false;  ///< Some step, because its outcome is not usual.
};

}  // namespace

WaysOut find_way_out(const StateGraph& graph, const Lasso& lasso) {
  const bool starves = lasso.victim != kNoVictim;
  const Goal end(graph, lasso, true);
  const Goal step(graph, lasso, false);
  WaySearch to_end(graph, lasso, end);
  WaySearch to_step(graph, lasso, step);
  WaysOut ways;
  if (!starves) ways.way = to_end.from_cycle();
  if (!ways.way) ways.way = to_step.from_cycle();
  ways.all_known = to_end.all_known() && to_step.all_known();
  if (ways.way || (!ways.all_known && HEDDLE_CLAUSE("way_out.all_known"))) return ways;
  if (!starves) ways.way = to_end.from_stem();
  if (!ways.way) ways.way = to_step.from_stem();
  ways.all_known = to_end.all_known() && to_step.all_known();
  return ways;
}

}  // namespace heddle::search
