// SPDX-License-Identifier: Apache-2.0
// RC11's axiom for seq_cst events: acyclic(psc) (Lahav et al., PLDI 2017, section 3).
//
//   scb      = sb | sb|!=loc ; hb ; sb|!=loc | hb|loc | mo | rb
//   psc_base = ([SC] | [F.sc];hb?) ; scb ; ([SC] | hb?;[F.sc])
//   psc_F    = [F.sc] ; (hb | hb;eco;hb) ; [F.sc]
//   psc      = psc_base | psc_F
//
// Nodes are the seq_cst accesses and fences; a futex call counts as a fence. Thread, fence and
// sync-object events have a location that differs from every access's; states of sync objects give
// no mo, rb or eco but for futex queues (a failed try_lock orders nothing). The relation is built
// edge by edge as the definition has it: pairs of nodes for what comes from sb and hb (by clocks),
// and one sweep over each location's accesses in modification order for mo, rb and eco; but for
// edges by hb alone from or to a fence, which close no cycle (argument: psc.cc). README.md lists
// the tests that fail without each part.
#pragma once

#include <memory>

#include "checker/graph/execution_graph.h"

namespace heddle::graph {

/// Tests graphs one after the other and keeps its buffers in between. Not thread-local data: the
/// search runs on fibers that change it.
class PscChecker {
 public:
  PscChecker();
  ~PscChecker();
  /// True iff psc has no cycle. Fewer than two nodes have none at once. O(nodes^2 + accesses
  /// x fences).
  bool acyclic(const ExecutionGraph& graph);

 private:
  class Relation;
  std::unique_ptr<Relation> relation_;
};

/// The same for a single graph.
bool psc_acyclic(const ExecutionGraph& graph);

}  // namespace heddle::graph
