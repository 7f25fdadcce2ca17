// SPDX-License-Identifier: Apache-2.0
// Potential lock inversions in a recorded execution, for searches that did not see every execution.
#pragma once

#include <string>
#include <vector>

#include "checker/explore_judge.h"
#include "checker/runtime/recorder.h"

namespace heddle {

/// Warnings for locks that the recorded run over `graph` nests in opposite orders, in one sentence
/// each.
std::vector<std::string> lock_order_of(const std::vector<runtime::RecordedStep>& steps,
                                       const graph::ExecutionGraph& graph,
                                       const runtime::Engine& engine,
                                       const NameObject& name_object);

}  // namespace heddle
