// SPDX-License-Identifier: Apache-2.0
// What decides whether a run stays in the cycle of a lasso: the first step of the shortest way out.
//
// The way is found in the graph of states that the search of cycles has (search/way_out.h), and
// run on the program before a word is said about it: each state on it must be the one that the
// graph has, and where the program ends nothing may be wrong. Nothing is said if one is not, nor if
// no way is known of a graph that is not complete.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore_record.h"
#include "checker/search/fair_cycles.h"

namespace heddle {

/// Fills `finding`'s decision. `steps`: of the lasso's steps, stem and cycle, those of the
/// finding's trace, as show_lasso() gives them. `all_known`: the graph has every state of the
/// program. Runs the body three times.
void explain_lasso(const Exploring& in, const search::StateGraph& states,
                   const search::Lasso& lasso, const std::vector<std::int64_t>& steps,
                   bool all_known, Finding* finding);

}  // namespace heddle
