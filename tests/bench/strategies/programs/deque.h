// SPDX-License-Identifier: Apache-2.0
// A work-stealing deque after Chase and Lev (SPAA 2005) whose owner takes the last element without
// the compare-exchange that keeps a thief from taking it too.
#pragma once

namespace heddle::bench {

/// The owner pushes four elements and pops them, a thief steals two: none is taken twice.
void stealing_deque();

}  // namespace heddle::bench
