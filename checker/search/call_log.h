// SPDX-License-Identifier: Apache-2.0
// What was asked of a search, to ask it again of another one in the same state.
//
// An execution may run in a process of its own, with a copy of the search. There LoggedSearch notes
// each call that changes the search; repeat_calls() makes the same calls in the process that keeps
// the search, which so comes to the same graph and the same alternatives without the program. What
// the calls return is logged, too, and compared: a search is a function of its calls.
#pragma once

#include <string>
#include <string_view>

#include "checker/base/bytes.h"
#include "checker/search/search.h"

namespace heddle::search {

/// Passes everything on to `under`, which has begun an execution; that one is not ended.
class LoggedSearch final : public Search {
 public:
  explicit LoggedSearch(Search* under) : under_(*under) {}
  std::string& log() { return log_.bytes(); }

  bool begin() override { return under_.begin(); }
  const graph::ExecutionGraph& graph() const override { return under_.graph(); }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  bool follows_plan() const override { return under_.follows_plan(); }
  bool plans(base::ThreadId thread) const override { return under_.plans(thread); }
  bool withdraw_blocked(base::ThreadId thread) override;
  void end() override { under_.end(); }

 private:
  Search& under_;
  base::ByteWriter log_;
};

/// Makes the calls of a log. False, and the search is of no use any more, if one of them returns
/// something else than it did. O(length of the log), without the program.
bool repeat_calls(std::string_view log, Search* search);

}  // namespace heddle::search
