// SPDX-License-Identifier: Apache-2.0
// Interning of states, profiles and lists of objects.
#include "checker/search/state_graph.h"

#include <algorithm>
#include <utility>

#include "checker/base/check.h"

namespace heddle::search {
namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kNodeBytes = 96;  // Of a map and what points to it, about.
constexpr ObjectId kIsList = 0x80000000;

}  // namespace

StateGraph::StateGraph() : table_(kFirstSlots, 0) {
  profiles_.push_back(&profile_ids_.try_emplace(Profile{}, 0).first->first);
}

std::size_t StateGraph::slot_of(const Fingerprint& fingerprint) const {
  const std::size_t mask = table_.size() - 1;
  // Multiplied, since a caller's fingerprints need not be spread well.
  const std::uint64_t mixed =
      fingerprint.low * 0x9e3779b97f4a7c15ULL + fingerprint.high * 0xc2b2ae3d27d4eb4fULL;
  std::size_t slot = (mixed ^ mixed >> 32) & mask;
  while (table_[slot] != 0 && !(states_[table_[slot] - 1].fingerprint == fingerprint)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void StateGraph::grow() {
  const std::size_t slots = table_.size() * 2;
  table_.clear();
  table_.shrink_to_fit();
  table_.resize(slots, 0);
  for (StateId state = 0; state < states_.size(); ++state) {
    table_[slot_of(states_[state].fingerprint)] = state + 1;
  }
}

StateGraph::Interned StateGraph::intern(const Fingerprint& fingerprint) {
  std::size_t slot = slot_of(fingerprint);
  if (table_[slot] != 0) {
    return {table_[slot] - 1, false};
  }
  if (states_.size() * 5 >= table_.size() * 4) {
    grow();
    slot = slot_of(fingerprint);
  }
  const auto state = static_cast<StateId>(states_.size());
  HEDDLE_CHECK(state < 0xfffffffe);
  State fresh;
  fresh.fingerprint = fingerprint;
  states_.push_back(fresh);
  table_[slot] = state + 1;
  return {state, true};
}

void StateGraph::set_profile(StateId state, Profile profile) {
  std::sort(profile.waits.begin(), profile.waits.end());
  const auto next = static_cast<ProfileId>(profiles_.size());
  const auto [place, added] = profile_ids_.try_emplace(std::move(profile), next);
  if (added) {
    profiles_.push_back(&place->first);
    shared_bytes_ += sizeof(Profile) + kNodeBytes + place->first.waits.size() * sizeof(Waiting) +
                     place->first.priorities.size() * sizeof(std::int32_t);
  }
  HEDDLE_CHECK(states_[state].profile == 0 || states_[state].profile == place->second);
  states_[state].profile = place->second;
}

ObjectId StateGraph::store_acquired(std::span<const ObjectId> acquired) {
  if (acquired.empty()) {
    return 0;
  }
  if (acquired.size() == 1) {
    HEDDLE_CHECK(acquired[0] != 0 && acquired[0] < kIsList);
    return acquired[0];
  }
  const auto next = static_cast<std::uint32_t>(lists_.size());
  const auto [place, added] =
      list_ids_.try_emplace(std::vector<ObjectId>(acquired.begin(), acquired.end()), next);
  if (added) {
    lists_.emplace_back(place->first);
    shared_bytes_ += kNodeBytes + lists_.back().size_bytes();
  }
  return kIsList | place->second;
}

std::span<const ObjectId> StateGraph::acquired(const Step& step) const {
  if ((step.acquired & kIsList) != 0) {
    return lists_[step.acquired & ~kIsList];
  }
  return {&step.acquired, step.acquired == 0 ? 0u : 1u};
}

StepId StateGraph::add_step(StateId from, Step step, std::span<const ObjectId> acquired) {
  HEDDLE_CHECK(from < states_.size() && step.to < states_.size());
  HEDDLE_CHECK(step.thread < base::kMaxThreads && steps_.size() < kNoStep);
  const auto id = static_cast<StepId>(steps_.size());
  step.acquired = store_acquired(acquired);
  step.next = states_[from].first_step;
  states_[from].first_step = id;
  steps_.push_back(step);
  State& target = states_[step.to];
  if (target.parent_step == kNoStep && step.to != kInitialState && step.to != from) {
    target.parent_step = id;
    target.parent = from;
  }
  if (step.progress || step.ends) {
    progressing_ |= std::uint64_t{1} << step.thread;
  }
  return id;
}

std::vector<StepRef> StateGraph::path_to(StateId state) const {
  std::vector<StepRef> path;
  while (state != kInitialState) {
    const State& here = states_[state];
    HEDDLE_CHECK(here.parent_step != kNoStep && path.size() < states_.size());
    path.push_back({here.parent, here.parent_step});
    state = here.parent;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::size_t StateGraph::bytes() const {
  return states_.bytes() + steps_.bytes() + table_.capacity() * sizeof(table_[0]) + shared_bytes_;
}

}  // namespace heddle::search
