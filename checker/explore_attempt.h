// SPDX-License-Identifier: Apache-2.0
// The schedule of one program's failing execution, tried on another program: see heddle/attempt.h.
//
// Steps of the failing trace are wishes: that thread, such an operation, on an object of that name.
// The thread with the earliest wish that is still open goes next; what else it does on the way to
// it is done. If it has to wait, or may not read what was read then, that is a stop, and the others
// go on. Plain accesses of the failing trace are events here too (promoted), or they could not be
// interleaved.
#pragma once

#include "checker/explore_record.h"
#include "heddle/attempt.h"

namespace heddle {

/// REQUIRES: no exploration is running in the engine of `in`.
Attempt attempt_schedule(const Exploring& in, const Finding& failing);

}  // namespace heddle
