// SPDX-License-Identifier: Apache-2.0
// What the exhaustive search says stays the same from one execution to the next, against a
// comparison of the two graphs: on random programs it never says too much, and seldom too little.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
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

/// An execution at its end, and how many of its first events can still be met again.
struct Aside {
  std::uint32_t level = 0;
  std::uint32_t valid = 0;
  ExecutionGraph graph;
};

class Comparing : public search::ExhaustiveSearch {
 public:
  using ExhaustiveSearch::ExhaustiveSearch;

  bool begin() override {
    if (began_) set_aside();
    began_ = true;
    if (!ExhaustiveSearch::begin()) return false;
    const search::Kept now = kept();
    while (!asides_.empty() && asides_.back()->level > now.lowest) asides_.pop_back();
    if (!asides_.empty() && asides_.back()->level == now.lowest) {
      asides_.back()->valid = std::min(asides_.back()->valid, now.unchanged);
    }
    compare();
    return true;
  }

  std::uint64_t said = 0;
  std::uint64_t possible = 0;

 private:
  void set_aside() {
    const std::uint32_t level = kept().level;
    if (asides_.empty() || asides_.back()->level != level) {
      asides_.push_back(std::make_unique<Aside>());
    }
    asides_.back()->level = level;
    asides_.back()->valid = graph().stamps();
    asides_.back()->graph.copy_from(graph());
  }

  void compare() {
    std::uint32_t most_said = 0;
    std::uint32_t most = 0;
    for (const auto& aside : asides_) {
      const std::uint32_t really = common(aside->graph, graph());
      const std::uint32_t claimed = std::min(aside->valid, shared(aside->level));
      EXPECT_LE(claimed, really);
      most_said = std::max(most_said, claimed);
      most = std::max(most, really);
    }
    said += most_said;
    possible += most;
  }

  bool began_ = false;
  std::vector<std::unique_ptr<Aside>> asides_;
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
