// SPDX-License-Identifier: Apache-2.0
// What may make a program's executions differ although its schedule is the same.
#pragma once

#include <string>

#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"
#include "heddle/report.h"

namespace heddle {

/// Sources that this process shows, each with where it was first seen and what to do; begins with
/// ". ". Not on a fiber.
std::string sources_of_nondeterminism(const runtime::Engine& engine, report::Symbolizer& symbols);

/// What the executions of a whole program change for those that follow, as a warning; empty if
/// nothing is known.
std::string lasting_changes(const runtime::Engine& engine, report::Symbolizer& symbols);

/// Names the sources in the report's findings. But after a race what plain memory holds may differ
/// from run to run: that is the race's effect.
void explain_nondeterminism(const runtime::Engine& engine, report::Symbolizer& symbols,
                            Report* report);

}  // namespace heddle
