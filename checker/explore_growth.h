// SPDX-License-Identifier: Apache-2.0
// Why a state space does not end: which variables never come back to a value.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checker/explore_judge.h"
#include "checker/runtime/engine.h"
#include "checker/search/cycle_search.h"

namespace heddle {

/// Sentences about what grew on the way to the states that were met last: variables with another
/// value at every place looked at, the heap, time. Walks there once; a heuristic, for warnings.
std::vector<std::string> what_grew(const search::CycleSearch& search, runtime::Engine& engine,
                                   const std::function<void()>& body, const NameObject& name);

}  // namespace heddle
