// SPDX-License-Identifier: Apache-2.0
// How long threads wait for lock-like objects: how often others get one meanwhile, and how many
// steps others take.
//
// A wait of a thread for an object is a stretch of steps of a run that all start in states where
// the profile has it among `waits`. The largest number over all stretches of the graph is that of a
// longest path: the part of the graph in which the thread waits is split into strongly connected
// components. If a step that counts stays within one it can be repeated, and there is no bound;
// otherwise the components are a graph without cycles, and its longest path is found backwards.
//
// Fairness changes nothing in it and is not asked for: it restricts infinite runs only, and each
// finite run, however often it repeats a cycle, goes on to a fair one. So steps of others have no
// bound wherever another thread may spin meanwhile; with declared priorities it may not, since
// `enabled` holds the most urgent threads only, and bounds on steps say something. Choices likewise
// take all their outcomes. On a graph that is cut short, numbers are lower bounds.
//
// When a wait begins matters: a ticket lock is fair to those who have drawn a ticket, and others
// may pass by a thread without end that is about to draw one (the doorway of Lamport's bakery).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "checker/search/state_graph.h"

namespace heddle::search {

/// A largest number; empty if there is none.
using Bound = std::optional<std::uint64_t>;

/// Over all waits of one thread for one object.
struct WaitBound {
  ObjectId object = 0;
  base::ThreadId thread = 0;
  Bound bypasses = 0;  ///< Steps in which another thread acquires the object.
  Bound steps = 0;     ///< Steps of other threads.
  Bound inverted = 0;  ///< Of these, steps of threads that are less urgent than the waiting one.
};

/// For each pair of object and thread that waits for it somewhere, by object, then thread. Linear
/// in the part of the graph in which the thread waits, for each pair. Takes up to 30 bytes a state
/// of working memory.
std::vector<WaitBound> find_wait_bounds(const StateGraph& graph);

/// For each object the largest numbers of any thread, and the thread that is passed by most often
/// (or else sees the most steps).
std::vector<WaitBound> worst_by_object(const std::vector<WaitBound>& bounds);

}  // namespace heddle::search
