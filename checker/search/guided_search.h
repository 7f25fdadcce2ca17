// SPDX-License-Identifier: Apache-2.0
// An execution near to another one: follows its schedule as far as it goes.
//
// A guide is a list of blocks (a thread and how many operations it takes in a row) and what was not
// default in the execution it comes from: sources of reads, places of writes, outcomes of choices.
// Where a block's thread cannot go on, the next block begins; behind the last block the thread that
// ran last goes on while it can. What is not default is taken over where it is still consistent.
// For making failing schedules simpler: reduce() tries guides with fewer blocks.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "checker/graph/psc.h"
#include "checker/search/search.h"
#include "heddle/options.h"

namespace heddle::search {

struct Guide {
  struct Block {
    base::ThreadId thread = 0;
    std::uint32_t count = 0;
  };
  struct Exception {
    base::EventId at;     ///< The read, write or choice.
    base::EventId event;  ///< The source, or the predecessor in mo; none() for a choice.
    std::uint64_t outcome = 0;
  };
  std::vector<Block> blocks;
  std::vector<Exception> exceptions;  ///< By `at`.
};

/// The guide that leads to `graph` again.
Guide guide_to(const graph::ExecutionGraph& graph);

class GuidedSearch : public Search {
 public:
  GuidedSearch(Model model, Guide guide) : model_(model), guide_(std::move(guide)) {}

  bool begin() override { return !std::exchange(started_, true); }
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const PendingOperation> pending,
                               base::ThreadId current) override;
  Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override {}

  /// Switches from a thread that could go on.
  std::uint32_t preemptions() const { return preemptions_; }
  const Guide& guide() const { return guide_; }

 private:
  const Guide::Exception* exception(base::EventId at) const;
  void redirect(base::EventId id, const Guide::Exception& exception);

  const Model model_;
  Guide guide_;
  graph::ExecutionGraph graph_;
  graph::PscChecker psc_;
  bool started_ = false;
  std::size_t block_ = 0;
  std::uint32_t taken_ = 0;  ///< Of the block.
  base::ThreadId last_ = 0;
  std::uint32_t preemptions_ = 0;
};

struct Reduced {
  std::unique_ptr<GuidedSearch> search;  ///< Has run the simplest failing execution; null: none.
  std::uint32_t runs = 0;
};

/// Whether the execution that the search begins fails as the one at hand did.
using FailsAgain = std::function<bool(GuidedSearch&)>;

/// Tries simpler schedules than that of `graph`: the default one, ones in which a preempted thread
/// goes on, and ones with fewer exceptions. Keeps what fails again with fewer preemptions, or as
/// many and fewer exceptions; at most `most` runs. A local minimum, not the fewest for certain.
Reduced reduce(const graph::ExecutionGraph& graph, Model model, std::uint32_t most,
               const FailsAgain& fails_again);

}  // namespace heddle::search
