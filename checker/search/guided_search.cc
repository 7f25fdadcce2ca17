// SPDX-License-Identifier: Apache-2.0
// Following a guide, and making one shorter.
#include "checker/search/guided_search.h"

#include <algorithm>
#include <utility>

#include "checker/graph/coherence.h"
#include "checker/graph/consistency.h"
#include "checker/search/extension.h"
#include "checker/search/replay.h"

namespace heddle::search {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

Guide guide_to(const ExecutionGraph& graph) {
  std::vector<EventId> order;
  const Plan plan = make_plan(graph, &order);
  std::vector<EventId> steps;  // The first event of each.
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!graph.event(order[i]).rmw_write) steps.push_back(order[i]);
  }
  Guide guide;
  for (const ThreadId thread : plan.schedule) {
    if (guide.blocks.empty() || guide.blocks.back().thread != thread) {
      guide.blocks.push_back({thread, 0});
    }
    ++guide.blocks.back().count;
  }
  for (const Plan::Exception& exception : plan.exceptions) {
    if (exception.kind == Plan::Exception::Kind::kSpurious) continue;
    guide.exceptions.push_back({steps[exception.step], exception.event, exception.outcome});
  }
  std::sort(guide.exceptions.begin(), guide.exceptions.end(),
            [](const Guide::Exception& a, const Guide::Exception& b) {
              return a.at.packed() < b.at.packed();
            });
  return guide;
}

ThreadId GuidedSearch::choose_thread(std::span<const PendingOperation> pending,
                                     ThreadId /*current*/) {
  const auto can_go = [&](ThreadId thread) {
    return std::any_of(pending.begin(), pending.end(), [&](const PendingOperation& candidate) {
      return candidate.thread == thread && enabled(graph_, candidate);
    });
  };
  while (block_ < guide_.blocks.size() &&
         (taken_ == guide_.blocks[block_].count || !can_go(guide_.blocks[block_].thread))) {
    ++block_;
    taken_ = 0;
  }
  const bool goes_on = can_go(last_);
  ThreadId chosen = kNoThread;
  if (block_ < guide_.blocks.size()) {
    chosen = guide_.blocks[block_].thread;
    ++taken_;
  } else if (goes_on) {
    chosen = last_;
  } else {
    for (const PendingOperation& candidate : pending) {
      if (candidate.thread < chosen && enabled(graph_, candidate)) chosen = candidate.thread;
    }
  }
  if (chosen == kNoThread) return chosen;
  preemptions_ += goes_on && chosen != last_ ? 1 : 0;
  last_ = chosen;
  return chosen;
}

const Guide::Exception* GuidedSearch::exception(EventId at) const {
  const auto found = std::lower_bound(guide_.exceptions.begin(), guide_.exceptions.end(), at,
                                      [](const Guide::Exception& exception, EventId id) {
                                        return exception.at.packed() < id.packed();
                                      });
  return found != guide_.exceptions.end() && found->at == at ? &*found : nullptr;
}

Result GuidedSearch::execute(ThreadId thread, const Operation& operation) {
  last_ = thread;
  const Guide::Exception* exception = this->exception({thread, graph_.size(thread)});
  if (exception == nullptr || operation.newest_only) {
    return extend_newest(graph_, thread, operation);
  }
  if (operation.kind == OpKind::kChoice) {
    return extend_newest(graph_, thread, operation,
                         exception->outcome < operation.operand ? exception->outcome : 0);
  }
  if (operation.kind == OpKind::kStore) {
    const EventId write = graph_.add_store(thread, operation, graph_.mo_last(operation.location));
    redirect(write, *exception);
    return {Result::Status::kDone, 0, write};
  }
  if (!graph::reads(operation.kind)) return extend_newest(graph_, thread, operation);
  const EventId newest = graph_.mo_last(operation.location);
  if (graph::evaluate(operation, thread, graph_.value_of(newest, operation)).blocked) {
    return {Result::Status::kBlocked, 0, EventId::none()};
  }
  const EventId read = graph_.add_read(thread, operation, newest);
  redirect(read, *exception);
  const Result result{Result::Status::kDone, graph_.event(read).result, read};
  if (graph_.event(read).has_write) graph_.add_rmw_write(thread);
  return result;
}

/// Gives the last event the source or place of the exception, if that is consistent.
void GuidedSearch::redirect(EventId id, const Guide::Exception& exception) {
  const bool reads = graph_.event(id).kind == graph::EventKind::kRead;
  const Operation operation = graph_.event(id).operation;
  const EventId newest = reads ? graph_.event(id).rf : graph_.event(id).mo_previous;
  const EventId bound = graph::coherence_bound(graph_, model_, id);
  EventId source = newest;
  while (source != exception.event && source != bound) source = graph_.event(source).mo_previous;
  if (source != exception.event || source == newest) return;
  if (!reads) {
    if (!graph::may_place_after(graph_, operation.location, source)) return;
    graph_.place_after(id, source);
    if (!graph::recheck(graph_, model_, id, psc_)) graph_.place_after(id, newest);
    return;
  }
  const graph::Evaluation evaluation =
      graph::evaluate(operation, id.thread(), graph_.value_of(source, operation));
  const bool taken = evaluation.writes && graph_.taken(operation.location, source);
  if (evaluation.blocked || taken) return;
  graph_.set_source(id, source);
  if (!graph::recheck(graph_, model_, id, psc_)) graph_.set_source(id, newest);
}

namespace {

class Reducer {
 public:
  Reducer(Model model, std::uint32_t most, const FailsAgain& fails_again)
      : model_(model), most_(most), fails_again_(fails_again) {}

  Reduced run(const ExecutionGraph& graph) {
    Guide guide = guide_to(graph);
    // The same execution first, for what it costs.
    if (!attempt(guide)) return std::move(best_);
    attempt(Guide{});
    while (merge_blocks() || drop_exceptions()) {
    }
    return std::move(best_);
  }

 private:
  /// True, and kept, if it fails again and is simpler.
  bool attempt(const Guide& guide) {
    if (best_.runs >= most_) return false;
    ++best_.runs;
    auto search = std::make_unique<GuidedSearch>(model_, guide);
    search->begin();
    if (!fails_again_(*search) || !simpler(*search)) return false;
    best_.search = std::move(search);
    return true;
  }

  bool simpler(const GuidedSearch& search) const {
    if (best_.search == nullptr) return true;
    return std::pair(search.preemptions(), search.guide().exceptions.size()) <
           std::pair(best_.search->preemptions(), best_.search->guide().exceptions.size());
  }

  /// Lets a thread that is switched away from go on: its next block comes right behind this one, or
  /// this one right before the next; or everything behind goes by default.
  bool merge_blocks() {
    const Guide guide = best_.search->guide();
    for (std::size_t i = guide.blocks.size(); i-- > 0;) {
      Guide shorter = guide;
      shorter.blocks.resize(i);
      if (attempt(shorter)) return true;
    }
    for (std::size_t i = 0; i < guide.blocks.size(); ++i) {
      std::size_t j = i + 1;
      while (j < guide.blocks.size() && guide.blocks[j].thread != guide.blocks[i].thread) ++j;
      if (j >= guide.blocks.size()) continue;
      if (attempt(merged(guide, i, j)) || attempt(merged(guide, j, i))) return true;
    }
    return false;
  }

  /// Block `from` is joined to block `to` of the same thread.
  static Guide merged(const Guide& guide, std::size_t to, std::size_t from) {
    Guide result = guide;
    result.blocks[to].count += result.blocks[from].count;
    result.blocks.erase(result.blocks.begin() + static_cast<std::ptrdiff_t>(from));
    return result;
  }

  bool drop_exceptions() {
    const Guide guide = best_.search->guide();
    for (std::size_t i = 0; i < guide.exceptions.size(); ++i) {
      Guide fewer = guide;
      fewer.exceptions.erase(fewer.exceptions.begin() + static_cast<std::ptrdiff_t>(i));
      if (attempt(fewer)) return true;
    }
    return false;
  }

  const Model model_;
  const std::uint32_t most_;
  const FailsAgain& fails_again_;
  Reduced best_;
};

}  // namespace

Reduced reduce(const ExecutionGraph& graph, Model model, std::uint32_t most,
               const FailsAgain& fails_again) {
  return most == 0 ? Reduced{} : Reducer(model, most, fails_again).run(graph);
}

}  // namespace heddle::search
