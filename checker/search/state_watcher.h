// SPDX-License-Identifier: Apache-2.0
// The contract between the runtime and a search over the states of a program.
//
// A search of executions (search.h) needs to know what threads ask for; a search of states must
// also know when the program is where it was before. So between two steps, when every thread waits
// for an answer, the runtime tells the watcher what state it sees, before the search is asked which
// thread goes next. The watcher may end the run there. Making out a state costs more than a step:
// the runtime asks first whether the watcher wants it.
#pragma once

#include <cstdint>
#include <span>

#include "checker/search/search.h"
#include "checker/search/state_graph.h"

namespace heddle::search {

/// A state of the program, and the marks of the step that led to it.
struct Arrival {
  Fingerprint state;   ///< Of everything that what comes next can depend on.
  Fingerprint shared;  ///< Of the part that threads share: globals, heap, objects, atomics.
  Profile profile;
  std::span<const PendingOperation> pending;  ///< Of the threads in `profile.enabled`, and others.
  bool progressed = false;                    ///< heddle::progress() was called.
  std::span<const std::uint32_t> acquired;    ///< Lock-like objects that the thread has got.
};

class StateWatcher {
 public:
  virtual ~StateWatcher() = default;
  /// Whether arrive() is to be called for the state at hand.
  virtual bool wants_state() = 0;
  /// False: the run ends in this state.
  virtual bool arrive(const Arrival& arrival) = 0;
};

}  // namespace heddle::search
