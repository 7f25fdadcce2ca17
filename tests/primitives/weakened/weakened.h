// SPDX-License-Identifier: Apache-2.0
// Weakens the memory orders of a primitive one by one, at run time, so that each program is
// compiled once for all of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "heddle/heddle.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {

/// In place of primitives::AsWritten: `site` has the order `kept`, all others what is written.
struct Weakened {
  static std::memory_order at(int at_site, std::memory_order written) {
    return at_site == site ? kept : written;
  }

  inline static int site = -1;
  inline static std::memory_order kept = std::memory_order_seq_cst;
};

struct Mutant {
  int site;
  std::memory_order kept;
};

inline bool fails(const Suite& suite) {
  for (const Program& program : suite) {
    if (heddle::explore(program.body).verdict == heddle::Verdict::kBug) {
      return true;
    }
  }
  return false;
}

/// `suite` fails if the order of any site below `sites` is relaxed; for those that `instead` names,
/// if it is any of what stands there (the halves of acq_rel, what is next below seq_cst).
inline void needs_each_order(const Suite& suite, int sites,
                             const std::vector<Mutant>& instead = {}) {
  Weakened::site = -1;
  EXPECT_FALSE(fails(suite));
  std::vector<Mutant> mutants = instead;
  for (int site = 0; site < sites; ++site) {
    if (std::none_of(instead.begin(), instead.end(),
                     [&](const Mutant& mutant) { return mutant.site == site; })) {
      mutants.push_back({site, std::memory_order_relaxed});
    }
  }
  for (const Mutant& mutant : mutants) {
    Weakened::site = mutant.site;
    Weakened::kept = mutant.kept;
    EXPECT_TRUE(fails(suite)) << "site " << mutant.site << " needs no more than order "
                              << static_cast<int>(mutant.kept);
  }
  Weakened::site = -1;
}

/// For a site whose order is acq_rel: neither half is enough.
inline std::vector<Mutant> halves(int site) {
  return {{site, std::memory_order_acquire}, {site, std::memory_order_release}};
}

}  // namespace primitive_tests
