// SPDX-License-Identifier: Apache-2.0
// The end of a program, as far as others must prepare for it.
#pragma once

namespace heddle::intercept {

/// Makes std::terminate in model code a finding instead of the end of the process. Outside the
/// model the handler that was installed before is called. Idempotent.
void install_terminate_handler();

}  // namespace heddle::intercept
