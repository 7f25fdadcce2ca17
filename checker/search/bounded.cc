// SPDX-License-Identifier: Apache-2.0
// Few delays, and patience.
#include "checker/search/bounded.h"

namespace heddle::search {

base::ThreadId Bounded::choose(std::span<const PendingOperation> enabled) {
  if (alone_ < kPatience || enabled.size() == 1) return schedules_.choose(enabled);
  others_.clear();
  for (const PendingOperation& candidate : enabled) {
    if (candidate.thread != last_) others_.push_back(candidate);
  }
  return schedules_.choose(others_);
}

void Bounded::executed(base::ThreadId thread, const graph::Operation& /*operation*/) {
  schedules_.ran(thread);
  alone_ = thread == last_ ? alone_ + 1 : 0;
  last_ = thread;
}

}  // namespace heddle::search
