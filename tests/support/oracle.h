// SPDX-License-Identifier: Apache-2.0
// The executions of an abstract program by brute force: what every search must find.
//
// executions_by_axioms() runs the program along sb | rf in every way, with every earlier write as
// source of a read; then puts the writes of each location in every order; then keeps what satisfies
// the axioms (oracle_axioms.h). interleavings() is a second definition of the SC model: every
// interleaving, each read takes the newest write. Of the checker both use nothing but the names of
// operations, orders and events. Steps that commute with all others are taken first: that leaves
// out prefixes, never a candidate.
//
// A program has a data race iff some consistent execution has one (oracle_axioms.h). Then only the
// race counts: the rest of the result is what plain accesses do that read whatever is coherent.
//
// An execution counts if it is complete, or deadlocked: each thread that waits would have to wait
// on the newest writes too. Exponential in everything; for programs of about ten operations.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "heddle/options.h"
#include "tests/support/oracle_candidate.h"
#include "tests/support/program.h"

namespace heddle::test {

/// Programs beyond these are too large. A candidate costs microseconds: at the defaults no program
/// takes more than about a tenth of a second, and few are lost. heddle-random takes others.
struct OracleLimits {
  std::uint64_t runs = 10000;       ///< Prefixes of executions that differ.
  std::uint64_t candidates = 5000;  ///< Executions with an order of writes, consistent or not.
};

struct OracleResult {
  bool within_limits = true;  ///< If not, the rest is void.
  std::uint64_t complete = 0;
  std::uint64_t deadlocked = 0;
  std::uint64_t candidates = 0;
  bool races = false;
  std::set<std::string> graphs;    ///< As Summary::graphs.
  std::set<std::string> outcomes;  ///< As Summary::outcomes.
};

struct OracleResults {
  OracleResult rc11;
  OracleResult sc;
  const OracleResult& of(Model model) const { return model == Model::kSc ? sc : rc11; }
};

/// Under both models at once: the candidates are the same.
OracleResults executions_by_axioms(const Program& program, const OracleLimits& limits = {});

OracleResult executions_by_axioms(const Program& program, Model model,
                                  const OracleLimits& limits = {});

/// Under SC.
OracleResult interleavings(const Program& program, const OracleLimits& limits = {});

}  // namespace heddle::test
