// SPDX-License-Identifier: Apache-2.0
// Two jobs beside one, measured.
#pragma once

namespace bench {

/// Prints how much sooner two jobs explore the body than one does, in turns and by the least of a
/// few, and what processor time it costs them. False if the counts differ.
bool measure_jobs(void (*body)());

}  // namespace bench
