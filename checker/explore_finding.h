// SPDX-License-Identifier: Apache-2.0
// From what the engine found to what a person reads: words, source lines, and the failing execution
// recorded step by step.
#pragma once

#include <vector>

#include "checker/explore_names.h"
#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"

namespace heddle {

/// The addresses whose plain accesses belong into the recording of these findings.
std::vector<runtime::Recorder::Interest> interests_of(
    const std::vector<runtime::RawFinding>& findings);

enum class StepOrder {
  kFewSwitches,  ///< For reading; see report/linearise.h. But that of a cycle is as below.
  kAsAdded,      ///< As the search added the events; without plain accesses.
};

/// The public form of `raw`. The engine has just recorded the failing run over `graph`. `events`
/// gets, for each step of the trace, its event (the read part), or none() for plain accesses.
Finding make_finding(const runtime::RawFinding& raw, runtime::Engine& engine,
                     const graph::ExecutionGraph& graph, report::Symbolizer& symbols,
                     std::vector<base::EventId>* events = nullptr,
                     StepOrder order = StepOrder::kFewSwitches);

/// Equal for findings that show the same thing at the same source lines.
std::string place_key(const runtime::RawFinding& raw, report::Symbolizer& symbols);

/// `raw` with the recorded stacks of its participants, where these had only a position.
runtime::RawFinding with_full_stacks(runtime::RawFinding raw, runtime::Engine& engine);

/// True if both sides of a race lie in libstdc++'s atomic<shared_ptr>, which races by the letter of
/// the standard: a note, not a finding.
bool is_library_race(const runtime::RawFinding& raw, report::Symbolizer& symbols);

}  // namespace heddle
