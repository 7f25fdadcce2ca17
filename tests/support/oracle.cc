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
  Oracle(Model model, bool interleave, const OracleLimits& limits)
      : model_(model), interleave_(interleave), limits_(limits) {}

  OracleResult run(const Program& program) {
    has_plain_ = program.has_plain();
    visit(OracleCandidate(program));
    return std::move(result_);
  }

 private:
  /// Goes on from here in every way. What order of steps led here does not matter, only what they
  /// were (and, for interleavings, in which order writes were made).
  void visit(const OracleCandidate& candidate) {
    if (!result_.within_limits) return;
    if (!visited_.insert(candidate.key(interleave_)).second) return;
    if (visited_.size() > limits_.runs || !OracleAxioms::fits(candidate)) {
      result_.within_limits = false;
      return;
    }
    if (candidate.may_be_over()) {
      if (interleave_) {
        note(candidate);
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
    if (!result_.within_limits) return;
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
    if (++result_.candidates > limits_.candidates) result_.within_limits = false;
    candidate.set_order(order);
    const bool over = candidate.is_over();
    if (!over && !has_plain_) return;
    const OracleAxioms axioms(candidate);
    if (!axioms.consistent(model_)) return;
    // Also where a thread reads what it does not wait for: a loop would do so, and read again.
    result_.races = result_.races || axioms.races();
    if (over) note(candidate);
  }

  void note(const OracleCandidate& candidate) {
    if (!candidate.is_over()) return;
    if (!result_.graphs.insert(candidate.canonical()).second) return;
    if (candidate.complete()) {
      ++result_.complete;
      result_.outcomes.insert(candidate.outcome());
    } else {
      ++result_.deadlocked;
    }
  }

  const Model model_;
  const bool interleave_;
  const OracleLimits limits_;
  bool has_plain_ = false;
  OracleResult result_;
  std::set<std::string> visited_;
};

}  // namespace

OracleResult executions_by_axioms(const Program& program, Model model, const OracleLimits& limits) {
  return Oracle(model, false, limits).run(program);
}

OracleResult interleavings(const Program& program, const OracleLimits& limits) {
  return Oracle(Model::kSc, true, limits).run(program);
}

}  // namespace heddle::test
