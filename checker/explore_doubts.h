// SPDX-License-Identifier: Apache-2.0
// Doubts about a whole exploration, whichever search made it.
#pragma once

#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"
#include "heddle/report.h"

namespace heddle {

/// Adds findings for what ran unseen (uninstrumented and foreign threads), and warnings for what is
/// not put back between executions. True if nothing is proved for the latter.
bool add_doubts(const runtime::Engine& engine, report::Symbolizer& symbols, Report* report);

}  // namespace heddle
