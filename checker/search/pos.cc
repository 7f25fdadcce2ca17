// SPDX-License-Identifier: Apache-2.0
// Priorities of pending events.
#include "checker/search/pos.h"

namespace heddle::search {
namespace {

bool races(const graph::Operation& a, const graph::Operation& b) {
  const bool both_load = a.kind == graph::OpKind::kLoad && b.kind == graph::OpKind::kLoad;
  return a.location != base::kNoLocation && a.location == b.location && !both_load;
}

}  // namespace

bool Pos::begin(std::uint64_t seed) {
  random_ = Random(seed);
  priority_.fill(0);
  done_by_ = kNoThread;
  return true;
}

base::ThreadId Pos::choose(std::span<const PendingOperation> enabled) {
  base::ThreadId best = kNoThread;
  for (const PendingOperation& candidate : enabled) {
    std::uint64_t& priority = priority_[candidate.thread];
    const bool anew = done_by_ != kNoThread && races(done_, *candidate.operation);
    if (priority == 0 || anew) priority = random_.next() | 1;
    if (best == kNoThread || priority > priority_[best]) best = candidate.thread;
  }
  done_by_ = kNoThread;
  return best;
}

void Pos::executed(base::ThreadId thread, const graph::Operation& operation) {
  priority_[thread] = 0;
  done_ = operation;
  done_by_ = thread;
}

}  // namespace heddle::search
