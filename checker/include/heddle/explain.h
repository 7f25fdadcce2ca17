// SPDX-License-Identifier: Apache-2.0
// A finding in two sentences, from its kind, its cause and the objects that take part in it.
#pragma once

#include <string>

#include "heddle/report.h"

namespace heddle {

/// What went wrong, one sentence: "T1 and T2 both change hits and nothing orders them: ...".
std::string what_went_wrong(const Finding& finding);

/// What would fix it, one sentence. Several ways if the kind has several; empty where Heddle knows
/// none (an internal limit, nondeterminism).
std::string what_would_fix(const Finding& finding);

}  // namespace heddle
