// SPDX-License-Identifier: Apache-2.0
// The states of a program and the steps between them, as a search of cycles finds them.
//
// Whoever drives the program names each state by a fingerprint, says once what fairness must know
// of it (its profile) and adds a step for each way to go on. There are millions of states but few
// distinct profiles, so these are stored once each; a state takes 32 bytes and 5 to 10 of hash
// table, a step 16. A fingerprint stands for the state: two states that share one are the same.
//
//   auto [state, added] = graph.intern(fingerprint);   // state 0 is the initial one
//   if (added) graph.set_profile(state, profile);
//   for each way to go on from `state`: graph.add_step(state, step);
//   graph.mark_expanded(state);                        // all its steps are there
//
// Invariants: the first step into a state is added from a state that has a path from the initial
// one already, as it is for whoever runs the program; steps are never removed.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "checker/base/ids.h"
#include "checker/base/paged.h"

namespace heddle::search {

using StateId = std::uint32_t;
using StepId = std::uint32_t;
using ProfileId = std::uint32_t;
/// A lock-like object, numbered by the caller from 1 to 2^31 - 1; 0 is none.
using ObjectId = std::uint32_t;

inline constexpr StateId kInitialState = 0;
inline constexpr StepId kNoStep = 0xffffffff;

/// Stands for a state: equal fingerprints, equal states. Any value is allowed.
struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const Fingerprint&) const = default;
};

/// `thread` waits for `object`.
struct Waiting {
  base::ThreadId thread = 0;
  ObjectId object = 0;
  auto operator<=>(const Waiting&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// What fairness and wait bounds must know of a state. Masks have a bit for each thread.
struct Profile {
  std::uint64_t unfinished = 0;  ///< Exists and has not ended.
  std::uint64_t enabled = 0;     ///< Can take a step; under priorities: may be chosen to.
  /// Waits at a blocking lock or semaphore, whether it could go on or not: strongly fair.
  std::uint64_t strong = 0;
  std::vector<Waiting> waits;  ///< In any order, each once; set_profile() sorts them.
  /// Of each thread, larger is more urgent. Empty, or too short: 0.
  std::vector<std::int32_t> priorities;

  std::uint64_t able() const { return enabled & unfinished; }
  std::int32_t priority(base::ThreadId thread) const {
    return thread < priorities.size() ? priorities[thread] : 0;
  }
  auto operator<=>(const Profile&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// Whether a step had alternatives of the same thread.
enum class ChoiceKind : std::uint8_t {
  kNone,
  kDefault,  ///< The usual outcome of a choice.
  kOther,    ///< Another outcome of it, taken though the usual one was possible.
  kRandom,   ///< An outcome of heddle::choose; 0 is the usual one.
};

/// One thread goes on by one operation.
struct Step {
  StateId to = 0;
  ObjectId acquired = 0;      ///< Read by StateGraph::acquired(); set by add_step().
  StepId next = kNoStep;      ///< Another step of the same state; set by add_step().
  std::uint16_t outcome = 0;  ///< Of a choice.
  std::uint8_t thread = 0;
  ChoiceKind choice : 2 = ChoiceKind::kNone;
  bool progress : 1 = false;  ///< The thread called heddle::progress().
  bool writes : 1 = false;    ///< Changed memory beside the thread's own stack and registers.
  bool ends : 1 = false;      ///< The thread has ended.
};
static_assert(sizeof(Step) == 16);

/// A step together with where it starts.
struct StepRef {
  StateId from = 0;
  StepId step = 0;
  bool operator==(const StepRef&) const = default;
};

class StateGraph {
 public:
  struct Interned {
    StateId state;
    bool added;  ///< It was not known before.
  };

  StateGraph();

  /// The state with this fingerprint, a new one if there is none. Constant time on average.
  Interned intern(const Fingerprint& fingerprint);

  /// REQUIRES: nothing else than this profile was ever set for the state. Logarithmic in the number
  /// of distinct profiles. A state without one has an empty profile.
  void set_profile(StateId state, Profile profile);

  /// Adds a step; `step.acquired` and `step.next` are ignored. `acquired`: the objects that the
  /// thread has got by it. The first step into a state is its parent for path_to().
  StepId add_step(StateId from, Step step, std::span<const ObjectId> acquired = {});

  /// All steps of the state have been added. Of a state that is not expanded no random choice is
  /// taken for complete.
  void mark_expanded(StateId state) { states_[state].expanded = true; }
  bool expanded(StateId state) const { return states_[state].expanded; }

  std::size_t state_count() const { return states_.size(); }
  std::size_t step_count() const { return steps_.size(); }
  std::size_t profile_count() const { return profiles_.size(); }
  /// Memory taken, in bytes: for a limit. Constant time.
  std::size_t bytes() const;

  Fingerprint fingerprint(StateId state) const { return states_[state].fingerprint; }
  ProfileId profile_id(StateId state) const { return states_[state].profile; }
  const Profile& profile_by_id(ProfileId id) const { return *profiles_[id]; }
  const Profile& profile(StateId state) const { return *profiles_[states_[state].profile]; }
  /// The newest step of a state or kNoStep; the others follow by Step::next.
  StepId first_step(StateId state) const { return states_[state].first_step; }
  const Step& step(StepId id) const { return steps_[id]; }
  /// The objects that the step's thread has got by it. `step` must be one of this graph.
  std::span<const ObjectId> acquired(const Step& step) const;

  /// The steps from the initial state to this one along parents. It is a shortest path if steps
  /// were added breadth-first.
  std::vector<StepRef> path_to(StateId state) const;

  /// Threads that make progress or end in some step: those that can be said to starve.
  std::uint64_t progressing_threads() const { return progressing_; }

 private:
  struct State {
    Fingerprint fingerprint;
    ProfileId profile : 31 = 0;
    bool expanded : 1 = false;
    StepId first_step = kNoStep;
    StepId parent_step = kNoStep;
    StateId parent = 0;
  };
  static_assert(sizeof(State) == 32);

  void grow();
  /// Where in the table the state is, or where it would go.
  std::size_t slot_of(const Fingerprint& fingerprint) const;
  ObjectId store_acquired(std::span<const ObjectId> acquired);

  base::Paged<State> states_;
  base::Paged<Step> steps_;
  std::vector<std::uint32_t> table_;  ///< Open addressing: state + 1, 0 where free.
  std::map<Profile, ProfileId> profile_ids_;
  std::vector<const Profile*> profiles_;  ///< Keys of the map: their addresses stay.
  std::map<std::vector<ObjectId>, std::uint32_t> list_ids_;
  std::vector<std::span<const ObjectId>> lists_;  ///< Of steps that acquire several objects.
  std::size_t shared_bytes_ = 0;                  ///< Of profiles and lists.
  std::uint64_t progressing_ = 0;
};

/// Visits the steps of a state: visit(StepId, const Step&).
template <class Visit>
void for_each_step(const StateGraph& graph, StateId state, Visit visit) {
  for (StepId id = graph.first_step(state); id != kNoStep; id = graph.step(id).next) {
    visit(id, graph.step(id));
  }
}

}  // namespace heddle::search
