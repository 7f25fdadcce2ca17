// SPDX-License-Identifier: Apache-2.0
#include "checker/search/wait_bounds.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "checker/base/mutant.h"
#include "checker/search/components.h"

namespace heddle::search {
namespace {

constexpr std::size_t kMeasures = 3;  // In the order of WaitBound.
constexpr std::uint64_t kUnbounded = ~std::uint64_t{0};
using Counts = std::array<std::uint64_t, kMeasures>;

Bound to_bound(std::uint64_t count) { return count == kUnbounded ? Bound() : Bound(count); }

/// Larger is worse.
std::uint64_t rank(const Bound& bound) { return bound.value_or(kUnbounded); }

class WaitSearch {
 public:
  explicit WaitSearch(const StateGraph& graph)
      : graph_(graph), components_(graph), longest_(graph.state_count(), kNotYet) {}

  WaitBound find(const Waiting& wait, const std::vector<bool>& waits) {
    std::vector<StateId> states;
    for (StateId state = 0; state < graph_.state_count(); ++state) {
      if (waits[graph_.profile_id(state)]) states.push_back(state);
    }
    const auto stays = [&](StepId, const Step& step) {
      return waits[graph_.profile_id(step.to)] || !HEDDLE_CLAUSE("waits.end");
    };
    table_.clear();
    worst_ = {};
    components_.run(states, stays,
                    [&](std::span<const StateId> found) { add(wait, found, stays); });
    for (const StateId state : states) longest_[state] = kNotYet;
    return {wait.object, wait.thread, to_bound(worst_[0]), to_bound(worst_[1]),
            to_bound(worst_[2])};
  }

 private:
  static constexpr std::uint32_t kNotYet = 0xffffffff;

  /// What one step adds to a wait.
  Counts weight(const Waiting& wait, StateId from, const Step& step) const {
    if (step.thread == wait.thread && HEDDLE_CLAUSE("waits.others")) return {0, 0, 0};
    const auto acquired = graph_.acquired(step);
    const bool passes = std::find(acquired.begin(), acquired.end(), wait.object) != acquired.end();
    const Profile& profile = graph_.profile(from);
    const bool inverted = profile.priority(step.thread) < profile.priority(wait.thread);
    return {passes ? 1u : 0u, 1, inverted ? 1u : 0u};
  }

  /// The longest waits that begin in one component; those of its successors are known.
  template <class Stays>
  void add(const Waiting& wait, std::span<const StateId> states, Stays stays) {
    const auto own = static_cast<std::uint32_t>(table_.size());
    for (const StateId state : states) longest_[state] = own;
    Counts longest{};
    for (const StateId state : states) {
      for_each_step(graph_, state, [&](StepId id, const Step& step) {
        const Counts more = weight(wait, state, step);
        const std::uint32_t next = stays(id, step) ? longest_[step.to] : kNotYet;
        for (std::size_t i = 0; i < kMeasures; ++i) {
          if (next == own) {
            if (more[i] != 0 && HEDDLE_CLAUSE("waits.repeated")) longest[i] = kUnbounded;
          } else {
            const std::uint64_t rest = next == kNotYet ? 0 : table_[next][i];
            const std::uint64_t sum = rest == kUnbounded ? rest : rest + more[i];
            longest[i] = std::max(longest[i], sum);
          }
        }
      });
    }
    table_.push_back(longest);
    for (std::size_t i = 0; i < kMeasures; ++i) worst_[i] = std::max(worst_[i], longest[i]);
  }

  const StateGraph& graph_;
  Components components_;
  std::vector<std::uint32_t> longest_;  ///< Of each state: index into `table_`, by component.
  std::vector<Counts> table_;
  Counts worst_{};
};

}  // namespace

std::vector<WaitBound> find_wait_bounds(const StateGraph& graph) {
  std::map<std::pair<ObjectId, base::ThreadId>, std::vector<bool>> pairs;  // Which profiles wait.
  for (ProfileId id = 0; id < graph.profile_count(); ++id) {
    for (const Waiting& wait : graph.profile_by_id(id).waits) {
      std::vector<bool>& waits = pairs[{wait.object, wait.thread}];
      waits.resize(graph.profile_count());
      waits[id] = true;
    }
  }
  std::vector<WaitBound> bounds;
  WaitSearch search(graph);
  for (const auto& [pair, waits] : pairs) {
    bounds.push_back(search.find({pair.second, pair.first}, waits));
  }
  return bounds;
}

std::vector<WaitBound> worst_by_object(const std::vector<WaitBound>& bounds) {
  const auto badness = [](const WaitBound& bound) {
    return std::pair(rank(bound.bypasses), rank(bound.steps));
  };
  const auto raise = [](Bound& into, const Bound& by) { into = rank(by) > rank(into) ? by : into; };
  struct Worst {
    WaitBound thread;  // The worst thread's own numbers.
    WaitBound most;
  };
  std::map<ObjectId, Worst> objects;
  for (const WaitBound& bound : bounds) {
    Worst& worst = objects.try_emplace(bound.object, Worst{bound, bound}).first->second;
    if (badness(bound) > badness(worst.thread)) worst.thread = bound;
    raise(worst.most.bypasses, bound.bypasses);
    raise(worst.most.steps, bound.steps);
    raise(worst.most.inverted, bound.inverted);
    worst.most.thread = worst.thread.thread;
  }
  std::vector<WaitBound> result;
  for (const auto& [object, worst] : objects) result.push_back(worst.most);
  return result;
}

}  // namespace heddle::search
