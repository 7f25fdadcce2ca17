// SPDX-License-Identifier: Apache-2.0
// A slow search without any reduction: every order of steps, every source, every place, and each
// graph tested against the axioms as a whole. It shares with the exhaustive search the graph's
// bookkeeping and the axioms, but none of its algorithm; tests compare the sets of graphs.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "checker/graph/execution_graph.h"
#include "checker/search/search.h"
#include "heddle/options.h"

namespace heddle::test {

class NaiveSearch : public search::Search {
 public:
  explicit NaiveSearch(Model model) : model_(model) {}

  bool begin() override;
  const graph::ExecutionGraph& graph() const override { return graph_; }
  base::ThreadId choose_thread(std::span<const search::PendingOperation> pending,
                               base::ThreadId current) override;
  search::Result execute(base::ThreadId thread, const graph::Operation& operation) override;
  void end() override {}

  /// The execution was given up because its graph had been met before; it does not count.
  bool pruned() const { return pruned_; }

 private:
  /// One of the consistent ways to add an operation.
  struct Option {
    base::EventId place;
    std::uint64_t outcome = 0;
    bool spurious = false;
  };
  struct Decision {
    std::size_t taken = 0;
    std::size_t count = 0;
  };

  std::size_t decide(std::size_t count);
  std::vector<Option> options(base::ThreadId thread, const graph::Operation& operation);
  bool add(base::ThreadId thread, const graph::Operation& operation, const Option& option);

  const Model model_;
  graph::ExecutionGraph graph_;
  std::vector<Decision> decisions_;
  std::size_t position_ = 0;
  bool started_ = false;
  bool pruned_ = false;
  std::set<std::string> visited_;
};

}  // namespace heddle::test
