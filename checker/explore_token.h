// SPDX-License-Identifier: Apache-2.0
// Between an execution (a plan, the threads' names, promoted locations, options) and its token.
#pragma once

#include <string>

#include "checker/report/token.h"
#include "checker/runtime/engine.h"
#include "checker/search/replay.h"
#include "heddle/options.h"

namespace heddle {

/// The token of the execution in `graph`, which the engine has run.
std::string make_token(const graph::ExecutionGraph& graph, runtime::Engine& engine,
                       const Options& options);

/// The token of a livelock or starvation: the schedule of `plan`, whose last `cycle` steps can go
/// on for ever while `victim` (or nobody: kNoVictim) starves.
std::string make_cycle_token(const search::Plan& plan, std::uint32_t cycle, std::uint32_t victim,
                             runtime::Engine& engine, const Options& options);

/// The plan that a token holds; gives the engine its threads' names and promoted locations.
search::Plan plan_of(const report::TokenData& token, runtime::Engine& engine);

/// Sets what the token says about the model and the search's policies.
void apply_token(const report::TokenData& token, Options& options);

}  // namespace heddle
