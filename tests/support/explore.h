// SPDX-License-Identifier: Apache-2.0
// Exhaustive exploration of an abstract program, with every execution tested against the axioms.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

#include "checker/search/exhaustive.h"
#include "tests/support/program.h"

namespace heddle::test {

inline Summary explore(const Program& program, Model model = Model::kRc11) {
  search::ExhaustiveSearch search(model);
  RunOptions options;
  options.check = &model;
  return run(program, search, options);
}

/// Counts only: for programs with many executions.
inline Summary count(const Program& program, Model model = Model::kRc11) {
  search::ExhaustiveSearch search(model);
  RunOptions options;
  options.collect = false;
  return run(program, search, options);
}

/// True iff some complete execution leaves these registers: "0 1 | 1 0", a part for each thread.
inline bool allows(const Program& program, const std::string& outcome, Model model = Model::kRc11) {
  const auto bars = static_cast<std::size_t>(std::count(outcome.begin(), outcome.end(), '|'));
  if (bars + 1 != program.threads().size()) throw std::invalid_argument(outcome);
  return explore(program, model).outcomes.contains(outcome);
}

}  // namespace heddle::test
