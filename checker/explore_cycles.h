// SPDX-License-Identifier: Apache-2.0
// The exploration of a program's states: livelock, starvation, and how long waiting threads are
// passed by. See search/cycle_search.h and search/fair_cycles.h.
#pragma once

#include <functional>

#include "checker/report/token.h"
#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// REQUIRES: the process is taken over; options are valid and ask for SearchKind::kCycles.
Report explore_cycles(const std::function<void()>& body, const Options& options);

/// Runs a lasso again. Throws std::invalid_argument if the token does not fit the body.
Report replay_cycle(const report::TokenData& token, const std::function<void()>& body,
                    const Options& options);

}  // namespace heddle
