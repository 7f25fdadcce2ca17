// SPDX-License-Identifier: Apache-2.0
// The axioms of RC11 and SC, written down as in the paper over whole executions.
//
// RC11: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI
// 2017, with release sequences of C++20 (P0982). Slow on purpose: every relation is built anew for
// each execution, and nothing of the checker's own axioms is used. Beyond the paper:
//   - create -> start and end -> join synchronise;
//   - an operation on a synchronisation object is a read, or a read and a write, of its state. It
//     synchronises by kinds: what releases as a kind (kExclusive, kShared) with what acquires that
//     kind from a state that came of it by further operations. Its state takes part in coherence
//     and atomicity;
//   - for psc, events that are no access of an atomic or plain location are at a location of their
//     own; the last event of an operation on a futex queue is a seq_cst fence, and of the states of
//     synchronisation objects only futex queues give mo, rb and eco.
#pragma once

#include <optional>
#include <vector>

#include "heddle/options.h"
#include "tests/support/oracle_candidate.h"
#include "tests/support/oracle_relation.h"

namespace heddle::test {

/// The relations of an execution. First come the initialising writes of the locations used.
class OracleAxioms {
 public:
  /// REQUIRES: fits(candidate).
  explicit OracleAxioms(const OracleCandidate& candidate);
  static bool fits(const OracleCandidate& candidate);

  bool consistent(Model model) const;

  bool coherence() const;
  bool atomicity() const;
  bool no_thin_air() const;
  bool psc() const;
  /// acyclic(sb | rf | mo | rb)
  bool one_order() const;
  /// There is a data race; its hb is that of the declared orders under every model.
  bool races() const;

 private:
  template <typename Predicate>
  EventSet where(Predicate predicate) const;
  Relation only(EventSet set) const { return Relation::only(events_.size(), set); }
  Relation none() const { return Relation(events_.size()); }
  std::size_t index_of(base::EventId id, Location location) const;
  bool is_init(std::size_t event) const { return event < locations_.size(); }

  void collect(const OracleCandidate& candidate);
  void relate(const OracleCandidate& candidate);
  Relation synchronises() const;
  Relation synchronises_by_objects() const;
  /// Worked out when first asked for: SC does not need it, nor does what atomicity rules out.
  const Relation& hb() const;
  Relation same_location() const;
  Relation psc_base(const Relation& mo, const Relation& rb) const;
  Relation psc_fences(const Relation& eco) const;

  std::vector<Location> locations_;  ///< Of the initialising writes.
  std::vector<OracleEvent> events_;
  std::vector<std::size_t> first_;  ///< Of each thread.
  Relation sb_;
  Relation rf_;      ///< Of memory and states.
  Relation thread_;  ///< create -> start, end -> join.
  Relation mo_;
  Relation rmw_;  ///< From read part to write part.
  Relation rb_;
  Relation eco_;
  mutable std::optional<Relation> hb_;
  EventSet reads_ = 0;
  EventSet writes_ = 0;
  EventSet fences_ = 0;
  EventSet atomic_ = 0;     ///< Reads and writes that are neither plain nor of a state.
  EventSet sc_ = 0;         ///< E.sc
  EventSet sc_fences_ = 0;  ///< F.sc
  EventSet acquires_ = 0;
  EventSet releases_ = 0;
};

}  // namespace heddle::test
