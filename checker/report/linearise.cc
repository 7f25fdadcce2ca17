// SPDX-License-Identifier: Apache-2.0
// Breadth-first search over switches of thread, then greedily.
#include "checker/report/linearise.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>

#include "checker/base/check.h"

namespace heddle::report {
namespace {

using Node = std::uint32_t;

/// The nodes thread by thread, and the edges between threads.
class Graph {
 public:
  Graph(std::span<const base::ThreadId> threads, std::span<const OrderEdge> hard)
      : threads_(threads), after_(threads.size()), before_(threads.size()) {
    for (Node node = 0; node < threads.size(); ++node) {
      HEDDLE_CHECK(threads[node] < base::kMaxThreads);
      lists_.resize(std::max<std::size_t>(lists_.size(), threads[node] + 1));
      position_.push_back(static_cast<Node>(lists_[threads[node]].size()));
      lists_[threads[node]].push_back(node);
    }
    for (const OrderEdge& edge : hard) {
      add(edge);
    }
    HEDDLE_CHECK(!has_cycle());
  }

  /// Adds the edges that close no cycle: all of them, if they can all be had. Else those of the
  /// first that a bounded effort can decide about, or the longest traces would take hours.
  void add_soft(const std::vector<OrderEdge>& edges) {
    for (const OrderEdge& edge : edges) {
      add(edge);
    }
    if (!has_cycle()) {
      return;
    }
    for (auto edge = edges.rbegin(); edge != edges.rend(); ++edge) {
      after_[edge->before].pop_back();
      before_[edge->after].pop_back();
    }
    visits_left_ = kMostVisits;
    for (const OrderEdge& edge : edges) {
      if (visits_left_ == 0) {
        return;
      }
      if (!reaches(edge.after, edge.before)) {
        add(edge);
      }
    }
  }

  std::size_t thread_count() const { return lists_.size(); }
  std::size_t node_count() const { return threads_.size(); }
  const std::vector<Node>& list(std::size_t thread) const { return lists_[thread]; }

  /// Whether the next node of the thread may run when `done[u]` nodes of each thread have.
  bool enabled(std::size_t thread, const std::vector<Node>& done) const {
    if (done[thread] == lists_[thread].size()) {
      return false;
    }
    const auto& sources = before_[lists_[thread][done[thread]]];
    return std::all_of(sources.begin(), sources.end(),
                       [&](Node source) { return position_[source] < done[threads_[source]]; });
  }

 private:
  void add(const OrderEdge& edge) {
    HEDDLE_CHECK(edge.before < threads_.size() && edge.after < threads_.size());
    after_[edge.before].push_back(edge.after);
    before_[edge.after].push_back(edge.before);
  }

  bool has_cycle() const {
    std::vector<Node> done(lists_.size(), 0);
    std::size_t count = 0;
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t thread = 0; thread < lists_.size(); ++thread) {
        for (; enabled(thread, done); ++done[thread], ++count) {
          moved = true;
        }
      }
    }
    return count != threads_.size();
  }

  bool reaches(Node from, Node to) {
    std::vector<bool> seen(threads_.size(), false);
    std::vector<Node> stack{from};
    const auto visit = [&](Node node) {
      if (!seen[node]) {
        seen[node] = true;
        stack.push_back(node);
      }
    };
    while (!stack.empty()) {
      const Node node = stack.back();
      stack.pop_back();
      if (node == to || visits_left_ == 0) {
        return true;
      }
      --visits_left_;
      for (Node next : after_[node]) {
        visit(next);
      }
      const auto& list = lists_[threads_[node]];
      if (position_[node] + 1 < list.size()) {
        visit(list[position_[node] + 1]);
      }
    }
    return false;
  }

  static constexpr std::uint64_t kMostVisits = 100'000'000;  ///< Of nodes.
  std::uint64_t visits_left_ = 0;
  std::span<const base::ThreadId> threads_;
  std::vector<std::vector<Node>> lists_;
  std::vector<Node> position_;
  std::vector<std::vector<Node>> after_;
  std::vector<std::vector<Node>> before_;
};

/// How far each thread has run, and how that was reached.
struct State {
  std::vector<Node> done;
  std::size_t parent = 0;
  std::size_t thread = 0;  ///< Ran last.
  std::size_t total = 0;
};

class SwitchSearch {
 public:
  SwitchSearch(const Graph& graph, std::size_t effort) : graph_(graph), effort_(effort) {}

  std::vector<Node> run() {
    states_.push_back({std::vector<Node>(graph_.thread_count(), 0), 0, 0, 0});
    for (std::size_t at = 0; at < states_.size() && states_.back().total < graph_.node_count();
         ++at) {
      if (states_.size() > effort_) {
        finish_greedily();
        break;
      }
      expand(at);
    }
    return order();
  }

 private:
  /// From the state that has got furthest, always to the one that gets furthest.
  void finish_greedily() {
    auto best = std::max_element(states_.begin(), states_.end(),
                                 [](const State& a, const State& b) { return a.total < b.total; });
    std::size_t at = static_cast<std::size_t>(best - states_.begin());
    while (states_[at].total < graph_.node_count()) {
      State furthest;
      for (std::size_t thread = 0; thread < graph_.thread_count(); ++thread) {
        State next = after(at, thread);
        furthest = next.total > furthest.total ? std::move(next) : furthest;
      }
      HEDDLE_CHECK(furthest.total > states_[at].total);
      at = states_.size();
      states_.push_back(std::move(furthest));  // Only this one: there are as many as switches.
    }
    std::swap(states_[at], states_.back());
  }

  /// The state when the thread has run as far as it can.
  State after(std::size_t at, std::size_t thread) const {
    State next{states_[at].done, at, thread, states_[at].total};
    for (; graph_.enabled(thread, next.done); ++next.done[thread]) {
      ++next.total;
    }
    return next;
  }

  void expand(std::size_t at) {
    for (std::size_t thread = 0; thread < graph_.thread_count(); ++thread) {
      if (!graph_.enabled(thread, states_[at].done)) {
        continue;
      }
      State next = after(at, thread);
      if (is_new(next)) {
        const bool complete = next.total == graph_.node_count();
        states_.push_back(std::move(next));
        if (complete) {
          return;
        }
      }
    }
  }

  bool is_new(const State& state) {
    std::string key(state.done.size() * sizeof(Node), '\0');
    std::memcpy(key.data(), state.done.data(), key.size());
    return seen_.insert(std::move(key)).second;
  }

  std::vector<Node> order() const {
    std::vector<std::size_t> path;
    for (std::size_t at = states_.size() - 1; at != 0; at = states_[at].parent) {
      path.push_back(at);
    }
    std::vector<Node> order;
    for (auto at = path.rbegin(); at != path.rend(); ++at) {
      const State& state = states_[*at];
      const State& parent = states_[state.parent];
      const auto& list = graph_.list(state.thread);
      order.insert(order.end(), list.begin() + parent.done[state.thread],
                   list.begin() + state.done[state.thread]);
    }
    return order;
  }

  const Graph& graph_;
  std::size_t effort_;
  std::vector<State> states_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

std::vector<std::uint32_t> linearise(std::span<const base::ThreadId> threads,
                                     std::span<const OrderEdge> hard,
                                     std::span<const std::vector<OrderEdge>> soft,
                                     std::size_t effort) {
  Graph graph(threads, hard);
  for (const std::vector<OrderEdge>& group : soft) {
    graph.add_soft(group);
  }
  std::vector<std::uint32_t> order = SwitchSearch(graph, effort).run();
  HEDDLE_CHECK(order.size() == threads.size());
  return order;
}

}  // namespace heddle::report
