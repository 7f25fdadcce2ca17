// SPDX-License-Identifier: Apache-2.0
// What a run that did not end in every thread's end means: a deadlock, an eternal spin, or nothing
// but a redundant branch of the search.
#pragma once

#include <optional>

#include "checker/runtime/engine.h"

namespace heddle {

enum class RunClass {
  kComplete,  ///< Every thread ended, or was stopped by a finding and the others ended or wait for
              ///< it.
  kDeadlocked,
  kBlocked,  ///< Redundant, assumed away, or cut by a bound: never a finding by itself.
};

struct Judgement {
  RunClass run_class = RunClass::kComplete;
  std::optional<runtime::RawFinding> finding;  ///< The deadlock or spin.
};

using NameObject = std::function<std::string(std::uint64_t address)>;

/// Judges the run that `engine` has just finished over `graph`. Names of objects are asked for only
/// when there is a finding.
Judgement judge(const runtime::Engine& engine, const runtime::RunEnd& end,
                const graph::ExecutionGraph& graph, const NameObject& name_object);

}  // namespace heddle
