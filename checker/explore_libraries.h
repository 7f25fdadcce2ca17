// SPDX-License-Identifier: Apache-2.0
// Libraries that synchronise where Heddle cannot see it, and what that makes of a report.
//
// An uninstrumented library with locks of its own (absl::Mutex, libtbb) orders accesses without an
// event: races are seen that are none, and what other threads could do within its functions is not
// explored. So a clean report proves nothing, and findings may be the library's doing.
#pragma once

#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// If explored code calls such a library: `ok` and `bounded` become `incomplete`, with a warning
/// that names it; findings get one of kind `uninstrumented` in front. Not if the options say that
/// libraries may be trusted. Call it after the exploration, not on a fiber.
void doubt_unseen_libraries(const Options& options, Report* report);

}  // namespace heddle
