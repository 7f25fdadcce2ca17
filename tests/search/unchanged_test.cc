// SPDX-License-Identifier: Apache-2.0
// What the exhaustive search says stays the same from one execution to the next, against a
// comparison of the two graphs: on random programs it never says too much, and seldom too little.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/explore.h"
#include "tests/support/random_program.h"

namespace heddle::test {
namespace {

using base::EventId;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;

bool same_event(const Event& a, const Event& b) {
  return a.kind == b.kind && a.location == b.location && a.value == b.value &&
         a.result == b.result && a.blocked == b.blocked && a.spurious == b.spurious &&
         a.has_write == b.has_write && (a.kind == EventKind::kWrite || a.rf == b.rf) &&
         a.operation.head() == b.operation.head() && a.operation.operand == b.operation.operand;
}

/// The writes among the first `count` events, location by location in modification order.
std::vector<EventId> orders(const ExecutionGraph& graph, std::uint32_t count) {
  std::vector<EventId> writes;
  for (std::uint32_t stamp = 0; stamp < count; ++stamp) {
    const EventId id = graph.by_stamp(stamp);
    if (graph.event(id).kind == EventKind::kWrite) writes.push_back(id);
  }
  std::sort(writes.begin(), writes.end(), [&](EventId a, EventId b) {
    const Event& one = graph.event(a);
    const Event& two = graph.event(b);
    return one.location != two.location ? one.location < two.location : one.mo_label < two.mo_label;
  });
  return writes;
}

/// How many of the first events are really the same.
std::uint32_t common(const ExecutionGraph& a, const ExecutionGraph& b) {
  const std::uint32_t most = std::min(a.stamps(), b.stamps());
  std::uint32_t count = 0;
  while (count < most && a.by_stamp(count) == b.by_stamp(count) &&
         same_event(a.event(a.by_stamp(count)), b.event(b.by_stamp(count)))) {
    ++count;
  }
  while (orders(a, count) != orders(b, count)) --count;
  return count;
}

class Comparing : public search::ExhaustiveSearch {
 public:
  using ExhaustiveSearch::ExhaustiveSearch;

  bool begin() override {
    ExecutionGraph before;
    before.copy_from(graph());
    if (!ExhaustiveSearch::begin()) return false;
    const std::uint32_t really = common(before, graph());
    EXPECT_LE(unchanged(), really);
    said += unchanged();
    possible += really;
    return true;
  }

  std::uint64_t said = 0;
  std::uint64_t possible = 0;
};

TEST(Unchanged, IsTrueAndNearlyAllThatIsSo) {
  std::uint64_t said = 0;
  std::uint64_t possible = 0;
  for (const Model model : {Model::kRc11, Model::kSc}) {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      Comparing search(model);
      RunOptions options;
      options.collect = false;
      options.limit = 2000;
      run(draw_program(seed).build(), search, options);
      said += search.said;
      possible += search.possible;
      ASSERT_FALSE(testing::Test::HasFailure()) << seed;
    }
  }
  EXPECT_GT(possible, 100'000u);
  EXPECT_GT(said * 10, possible * 9) << said << " of " << possible;
}

}  // namespace
}  // namespace heddle::test
