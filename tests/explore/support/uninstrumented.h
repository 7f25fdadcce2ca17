// SPDX-License-Identifier: Apache-2.0
// Code that the explored tests call and that is compiled without instrumentation.
#pragma once

#include "heddle/heddle.h"

namespace uninstrumented {

/// Explores a body without a single hook.
heddle::Report explore_quiet_body();
/// Never returns and calls nothing.
void spin_for_ever();

}  // namespace uninstrumented
