// SPDX-License-Identifier: Apache-2.0
// A lasso of the state graph, confirmed on the program and put into words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"
#include "checker/search/decision_search.h"
#include "checker/search/fair_cycles.h"

namespace heddle {

/// The steps into a cycle, and once around it.
struct LassoPath {
  std::vector<search::Decision> decisions;
  std::size_t cycle = 0;  ///< So many of the last decisions are the cycle.
  base::ThreadId victim = search::kNoVictim;
};

/// How often the cycle is run before it is believed.
inline constexpr int kLassoRounds = 100;

/// For each decision that `search` has followed the step of a trace that shows it, -1 where none
/// does. `events`: of the steps, as make_finding() gives them.
std::vector<std::int64_t> steps_of_decisions(const search::DecisionSearch& search,
                                             const std::vector<base::EventId>& events);

/// Runs the cycle kLassoRounds times, comparing the states after each; then records it and says
/// what it is. Nothing if the program does not come back to the same state each time. `steps` gets,
/// for each decision of the path, its step in the finding's trace; -1 where it has none.
std::optional<Finding> show_lasso(const LassoPath& path, runtime::Engine& engine,
                                  const std::function<void()>& body, const Options& options,
                                  report::Symbolizer& symbols,
                                  std::vector<std::int64_t>* steps = nullptr);

}  // namespace heddle
