// SPDX-License-Identifier: Apache-2.0
// Drawing executions.
#include "checker/search/sampling_search.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "checker/base/check.h"
#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"
#include "checker/search/bounded.h"
#include "checker/search/extension.h"
#include "checker/search/pct.h"
#include "checker/search/pos.h"
#include "checker/search/random_walk.h"
#include "checker/search/surw.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::Operation;
using graph::OpKind;

SamplingSearch::SamplingSearch(Model model, std::uint64_t seed, std::uint64_t executions,
                               std::vector<std::unique_ptr<Strategy>> strategies)
    : model_(model),
      seed_(seed),
      most_(executions),
      strategies_(std::move(strategies)),
      turns_(turns_of(strategies_.size())),
      executions_(strategies_.size(), 0) {
  HEDDLE_CHECK(!strategies_.empty());
}

bool SamplingSearch::begin() {
  if (most_ != 0 && begun_ == most_) return false;
  ++begun_;
  graph_.clear();
  Random seeds(seed_ * 0x9e3779b97f4a7c15ULL ^ begun_);
  random_ = Random(seeds.next());
  const std::uint64_t seed = seeds.next();
  // One that has no execution left passes its turn on.
  for (std::size_t tried = 0; tried < turns_.size(); ++tried) {
    now_ = turns_[next_turn_];
    next_turn_ = (next_turn_ + 1) % turns_.size();
    if (strategy().begin(seed)) {
      ++executions_[now_];
      return true;
    }
  }
  --begun_;
  return false;
}

void SamplingSearch::end() {
  strategy().end(graph_);
  distinct_.add(execution_hash(graph_));
}

ThreadId SamplingSearch::choose_thread(std::span<const PendingOperation> pending,
                                       ThreadId /*current*/) {
  enabled_.clear();
  for (const PendingOperation& candidate : pending) {
    if (enabled(graph_, candidate)) enabled_.push_back(candidate);
  }
  return enabled_.empty() ? kNoThread : strategy().choose(enabled_);
}

Result SamplingSearch::execute(ThreadId thread, const Operation& operation) {
  Result result;
  if (graph::reads(operation.kind)) {
    result = execute_access(thread, operation);
  } else if (operation.kind == OpKind::kStore) {
    result.event = graph_.add_store(thread, operation, graph_.mo_last(operation.location));
    if (draws()) draw_place(result.event);
  } else {
    const bool chooses = operation.kind == OpKind::kChoice;
    result = extend_newest(graph_, thread, operation,
                           chooses ? strategy().outcome(operation.operand, random_) : 0);
  }
  strategy().executed(thread, operation);
  return result;
}

/// Whether the access at hand takes another source or place than the newest.
bool SamplingSearch::draws() {
  if (model_ == Model::kSc || !strategy().draws_values()) return false;
  const std::uint32_t events = graph_.stamps();
  if (graph_.sc_count() < 2) return events <= kCheapEvents || random_.below(events) < kCheapEvents;
  return events <= kFreeEvents ||
         (random_.below(events) < kFreeEvents && random_.below(events) < kFreeEvents);
}

Result SamplingSearch::execute_access(ThreadId thread, const Operation& operation) {
  const EventId newest = graph_.mo_last(operation.location);
  const std::uint64_t value = graph_.value_of(newest, operation);
  if (graph::evaluate(operation, thread, value).blocked) {
    return {Result::Status::kBlocked, 0, EventId::none()};
  }
  const EventId read = graph_.add_read(thread, operation, newest);
  if (!operation.newest_only && !newest.is_init() && draws()) draw_source(read);
  const Result result{Result::Status::kDone, graph_.event(read).result, read};
  if (graph_.event(read).has_write) graph_.add_rmw_write(thread);
  return result;
}

EventId SamplingSearch::take_candidate() {
  std::swap(candidates_[random_.below(candidates_.size())], candidates_.back());
  const EventId taken = candidates_.back();
  candidates_.pop_back();
  return taken;
}

/// The newest, and older ones on which the operation can proceed.
void SamplingSearch::collect_sources(EventId read) {
  const Operation& operation = graph_.event(read).operation;
  EventId source = graph_.event(read).rf;
  candidates_.assign(1, source);
  const EventId bound = graph::coherence_bound(graph_, model_, read);
  for (std::size_t seen = 1; source != bound && seen < kMostCandidates; ++seen) {
    source = graph_.event(source).mo_previous;
    if (operation.kind != OpKind::kLoad) {
      const graph::Evaluation evaluation =
          graph::evaluate(operation, read.thread(), graph_.value_of(source, operation));
      if (evaluation.blocked) continue;
      if (evaluation.writes && graph_.taken(operation.location, source)) continue;
    }
    candidates_.push_back(source);
  }
}

void SamplingSearch::draw_source(EventId read) {
  const EventId newest = graph_.event(read).rf;
  collect_sources(read);
  for (std::size_t checks = 0; !candidates_.empty() && checks < kMostChecks; ++checks) {
    const EventId source = take_candidate();
    if (source == newest) break;  // The model is extensible: this one is consistent.
    graph_.set_source(read, source);
    if (graph::recheck(graph_, model_, read, psc_)) return;
  }
  if (graph_.event(read).rf != newest) graph_.set_source(read, newest);
}

void SamplingSearch::draw_place(EventId write) {
  const base::LocationId location = graph_.event(write).location;
  const EventId newest = graph_.event(write).mo_previous;
  if (newest.is_init()) return;
  candidates_.assign(1, newest);
  const EventId bound = graph::coherence_bound(graph_, model_, write);
  EventId place = newest;
  for (std::size_t seen = 1; place != bound && seen < kMostCandidates; ++seen) {
    place = graph_.event(place).mo_previous;
    if (graph::may_place_after(graph_, location, place)) candidates_.push_back(place);
  }
  for (std::size_t checks = 0; !candidates_.empty() && checks < kMostChecks; ++checks) {
    place = take_candidate();
    if (place == newest) break;
    graph_.place_after(write, place);
    if (graph::recheck(graph_, model_, write, psc_)) return;
  }
  if (graph_.event(write).mo_previous != newest) graph_.place_after(write, newest);
}

std::vector<std::unique_ptr<Strategy>> strategies_of(SearchKind kind, const Sampling& sampling,
                                                     bool enumerates) {
  std::vector<std::unique_ptr<Strategy>> result;
  const bool all = kind == SearchKind::kPortfolio;
  if (all && enumerates) result.push_back(std::make_unique<Bounded>(sampling.bound));
  if (all || kind == SearchKind::kPos) result.push_back(std::make_unique<Pos>());
  if (all || kind == SearchKind::kSurw) result.push_back(std::make_unique<Surw>());
  if (all || kind == SearchKind::kPct) {
    result.push_back(std::make_unique<Pct>(sampling.depth, sampling.length));
  }
  if (all || kind == SearchKind::kRandom) result.push_back(std::make_unique<RandomWalk>());
  return result;
}

std::vector<std::size_t> turns_of(std::size_t strategies) {
  if (strategies == 5) return {0, 2, 1, 0, 3, 2, 0, 4, 2, 0, 3, 1};
  if (strategies == 4) return {0, 1, 2, 3, 1, 2};
  std::vector<std::size_t> turns(strategies);
  std::iota(turns.begin(), turns.end(), std::size_t{0});
  return turns;
}

}  // namespace heddle::search
