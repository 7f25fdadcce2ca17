// SPDX-License-Identifier: Apache-2.0
// The search of cycles, measured.
#pragma once

namespace bench {

/// Prints, for some programs: states a second, bytes a state, the verdict. False if one of them is
/// not judged as it should be.
bool measure_states();

}  // namespace bench
