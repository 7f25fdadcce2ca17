// SPDX-License-Identifier: Apache-2.0
// An order of an execution's steps with few context switches, for people to read.
//
// Nodes are given thread by thread: two nodes of one thread keep the order of their indices.
// `hard` edges (reads-from, create to start, end to join) always hold; groups of `soft` edges
// (modification order, then reads-before) hold as far as that leaves an order at all, earlier
// groups and edges first: so a read stands behind the write it reads and, where the memory model
// has not made that impossible, before the next one.
//
// A thread that runs is run as far as it can: that never takes away a later possibility. What is
// left is the choice of thread at each switch, searched breadth first, which is optimal, up to a
// bound on the work, and from there on greedily.
// Entry point: linearise(). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checker/base/ids.h"

namespace heddle::report {

struct OrderEdge {
  std::uint32_t before = 0;  ///< Index of a node.
  std::uint32_t after = 0;
};

/// A permutation of the node indices. `threads[i]` is the thread of node i. REQUIRES: threads'
/// orders and `hard` together have no cycle. O(effort * threads + edges * nodes) at most.
std::vector<std::uint32_t> linearise(std::span<const base::ThreadId> threads,
                                     std::span<const OrderEdge> hard,
                                     std::span<const std::vector<OrderEdge>> soft = {},
                                     std::size_t effort = 20000);

}  // namespace heddle::report
