// SPDX-License-Identifier: Apache-2.0
// Memory as plain accesses of abstract programs see it, kept as the runtime keeps it: an atomic
// write reaches memory unless a newer one of its location has; a plain write begins a new life of
// the location, with an initial value. Races are found by detect/race.h.
#pragma once

#include <map>

#include "checker/detect/race.h"
#include "checker/graph/execution_graph.h"
#include "tests/support/program.h"

namespace heddle::test {

class ProgramMemory {
 public:
  explicit ProgramMemory(const Program& program) : program_(program) {}

  /// True if the program has plain accesses; without them nothing else here need be called.
  bool is_needed() const { return needed_; }
  void begin_execution();
  bool raced() const { return raced_; }
  void note_race() { raced_ = true; }

  /// The location that lives at `x` now, and its initial value.
  Location location(Location x) { return cell(x).location; }
  std::uint64_t initial(Location x) { return cell(x).initial; }

  /// A plain access by a thread that has performed `events` events. Returns what a load reads.
  std::uint64_t plain(const graph::ExecutionGraph& graph, base::ThreadId t, std::uint32_t events,
                      const graph::Operation& operation);
  /// The atomic access at event `index` of thread `t` is performed.
  void atomic(const graph::ExecutionGraph& graph, base::ThreadId t, std::uint32_t index,
              Location x);

 private:
  struct Cell {
    Location location = 0;
    std::uint64_t initial = 0;
    std::uint64_t value = 0;
    std::uint64_t newest_label = 0;
  };

  Cell& cell(Location x);
  void check(const graph::ExecutionGraph& graph, base::ThreadId t, std::uint32_t known,
             std::uint32_t before, Location x, detect::AccessKind kind);

  const Program& program_;
  const bool needed_ = program_.has_plain();
  bool raced_ = false;
  std::map<Location, Cell> cells_;
};

}  // namespace heddle::test
