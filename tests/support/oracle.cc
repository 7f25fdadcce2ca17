// SPDX-License-Identifier: Apache-2.0
// Enumeration of runs, of orders of writes, and of interleavings.
#include "tests/support/oracle.h"

#include <algorithm>

#include "tests/support/oracle_axioms.h"

namespace heddle::test {
namespace {

using base::EventId;
using base::ThreadId;

class Oracle {
 public:
  Oracle(bool interleave, const OracleLimits& limits) : interleave_(interleave), limits_(limits) {}

  OracleResults run(const Program& program) {
    has_plain_ = program.has_plain();
    visit(OracleCandidate(program));
    for (OracleResult* result : {&results_.rc11, &results_.sc}) {
      result->within_limits = within_limits_;
      result->candidates = candidates_;
    }
    return std::move(results_);
  }

 private:
  /// Goes on from here in every way. What order of steps led here does not matter, only what they
  /// were (and, for interleavings, in which order writes were made).
  void visit(const OracleCandidate& candidate) {
    if (!within_limits_) return;
    if (!visited_.insert(candidate.key(interleave_)).second) return;
    if (visited_.size() > limits_.runs || !OracleAxioms::fits(candidate)) {
      within_limits_ = false;
      return;
    }
    if (candidate.may_be_over()) {
      if (interleave_) {
        if (candidate.is_over()) note(candidate, &results_.sc);
      } else {
        place_writes(candidate, {}, candidate.order().begin());
      }
    }
    for (ThreadId t = 0; t < candidate.threads().size(); ++t) {
      if (!candidate.is_independent(t, interleave_)) continue;
      for (const OracleCandidate& next : candidate.steps(t, interleave_)) visit(next);
      return;
    }
    for (ThreadId t = 0; t < candidate.threads().size(); ++t) {
      for (const OracleCandidate& next : candidate.steps(t, interleave_)) visit(next);
    }
  }

  using Order = OracleCandidate::ModificationOrder;

  /// All orders of all locations' writes; an rmw's write only right after what its read reads,
  /// because of atomicity.
  void place_writes(const OracleCandidate& candidate, const Order& placed,
                    Order::const_iterator next) {
    if (!within_limits_) return;
    if (next == candidate.order().end()) {
      judge(candidate, placed);
      return;
    }
    const auto& [location, writes] = *next;
    Order more = placed;
    std::vector<EventId>& order = more[location];
    place_writes_of(candidate, writes, &more, &order, next);
  }

  void place_writes_of(const OracleCandidate& candidate, const std::vector<EventId>& writes,
                       Order* placed, std::vector<EventId>* order, Order::const_iterator next) {
    if (order->size() == writes.size()) return place_writes(candidate, *placed, std::next(next));
    const EventId last = order->empty() ? EventId::init() : order->back();
    for (const EventId write : writes) {
      if (std::find(order->begin(), order->end(), write) != order->end()) continue;
      const OracleEvent& event = candidate.event(write);
      if (event.rmw_write && event.source != last) continue;
      order->push_back(write);
      place_writes_of(candidate, writes, placed, order, next);
      order->pop_back();
    }
  }

  void judge(OracleCandidate candidate, const Order& order) {
    if (++candidates_ > limits_.candidates) within_limits_ = false;
    candidate.set_order(order);
    const bool over = candidate.is_over();
    if (!over && !has_plain_) return;
    const OracleAxioms axioms(candidate);
    for (const Model model : {Model::kRc11, Model::kSc}) {
      if (!axioms.consistent(model)) continue;
      OracleResult& result = model == Model::kSc ? results_.sc : results_.rc11;
      // Also where a thread reads what it does not wait for: a loop would do so, and read again.
      result.races = result.races || axioms.races();
      if (over) note(candidate, &result);
    }
  }

  static void note(const OracleCandidate& candidate, OracleResult* result) {
    if (!result->graphs.insert(candidate.canonical()).second) return;
    if (candidate.complete()) {
      ++result->complete;
      result->outcomes.insert(candidate.outcome());
    } else {
      ++result->deadlocked;
    }
  }

  const bool interleave_;
  const OracleLimits limits_;
  bool has_plain_ = false;
  bool within_limits_ = true;
  std::uint64_t candidates_ = 0;
  OracleResults results_;
  std::set<std::string> visited_;
};

}  // namespace

OracleResults executions_by_axioms(const Program& program, const OracleLimits& limits) {
  return Oracle(false, limits).run(program);
}

OracleResult executions_by_axioms(const Program& program, Model model, const OracleLimits& limits) {
  return executions_by_axioms(program, limits).of(model);
}

OracleResult interleavings(const Program& program, const OracleLimits& limits) {
  return Oracle(true, limits).run(program).sc;
}

}  // namespace heddle::test
