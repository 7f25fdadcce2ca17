// SPDX-License-Identifier: Apache-2.0
// The axioms of the memory models, one function each.
//
// A search needs only recheck(): candidates satisfy coherence, atomicity and no-thin-air by
// construction (coherence.h), and the maximal choice satisfies the rest, so what is left is psc
// (or, under SC, the one order) after a choice that was not maximal. The other functions state each
// axiom over a whole graph; tests run them on every execution that a search produces.
//
// RC11: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI
// 2017, Definition 1, with the release sequences of C++20 (P0982).
#pragma once

#include "checker/graph/execution_graph.h"
#include "checker/graph/psc.h"
#include "heddle/options.h"

namespace heddle::graph {

/// RC11 `coherence`: irreflexive(hb; eco?). Fails without it: CoRR, CoRW, CoWR, CoWW, MP rel-acq.
bool coherence_holds(const ExecutionGraph& graph);

/// RC11 `atomicity`: no write mo-between an rmw's source and its write. Fails without it: N threads
/// with one fetch_add each, which then lose updates.
bool atomicity_holds(const ExecutionGraph& graph);

/// RC11 `no-thin-air`: acyclic(sb | rf). Fails without it: load buffering.
bool no_thin_air_holds(const ExecutionGraph& graph);

/// All axioms of the model: the above with `sc` (psc.h) for RC11; acyclic(sb|rf|mo|rb) and
/// atomicity for SC (sc_order.h).
bool is_consistent(const ExecutionGraph& graph, Model model);

/// What is left to check when the rf or the place in mo of `changed` (the last event of its thread)
/// was chosen among its candidates in a graph that was consistent before. After a revisit: the
/// read.
bool recheck(const ExecutionGraph& graph, Model model, base::EventId changed, PscChecker& psc);

}  // namespace heddle::graph
