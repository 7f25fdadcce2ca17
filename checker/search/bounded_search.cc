// SPDX-License-Identifier: Apache-2.0
// Running the schedules: each read takes the newest write.
#include "checker/search/bounded_search.h"

#include "checker/search/extension.h"

namespace heddle::search {

using base::ThreadId;
using graph::Operation;
using graph::OpKind;

bool BoundedSearch::begin() {
  if (!schedules_.next()) return false;
  graph_.clear();
  return true;
}

ThreadId BoundedSearch::choose_thread(std::span<const PendingOperation> pending,
                                      ThreadId /*current*/) {
  enabled_.clear();
  for (const PendingOperation& candidate : pending) {
    if (enabled(graph_, candidate)) enabled_.push_back(candidate);
  }
  return enabled_.empty() ? kNoThread : schedules_.choose(enabled_);
}

Result BoundedSearch::execute(ThreadId thread, const Operation& operation) {
  schedules_.ran(thread);
  if (operation.kind != OpKind::kChoice) return extend_newest(graph_, thread, operation);
  const auto options = static_cast<std::uint32_t>(operation.operand);
  return extend_newest(graph_, thread, operation, schedules_.outcome(options));
}

}  // namespace heddle::search
