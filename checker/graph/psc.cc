// SPDX-License-Identifier: Apache-2.0
// The relation psc as rows of bits, and its cycles.
#include "checker/graph/psc.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "checker/base/mutant.h"

namespace heddle::graph {
namespace {

using base::EventId;
using base::ThreadId;

constexpr std::uint32_t kNoNode = 0xffffffff;

struct Node {
  EventId id;
  bool fence = false;
};

/// An access in the order of its location: writes by place in mo, reads behind their source.
struct Access {
  base::LocationId location;
  bool is_read;
  std::uint64_t label;
  EventId id;
  std::uint32_t node;  ///< Or kNoNode.
};

/// A set of nodes.
using Row = std::vector<std::uint64_t>;

void set(std::uint64_t* row, std::size_t bit) { row[bit / 64] |= std::uint64_t{1} << (bit % 64); }

}  // namespace

class PscChecker::Relation {
 public:
  bool acyclic(const ExecutionGraph& graph) {
    graph_ = &graph;
    collect();
    words_ = (nodes_.size() + 63) / 64;
    rows_.assign(nodes_.size() * words_, 0);
    for (std::size_t x = 0; x < nodes_.size(); ++x) {
      for (std::size_t y = 0; y < nodes_.size(); ++y) {
        if (x != y && by_happens_before(nodes_[x], nodes_[y])) set(row(x), y);
      }
    }
    add_by_coherence();
    return !has_cycle();
  }

 private:
  void collect() {
    nodes_.clear();
    fences_.clear();
    accesses_.clear();
    for (std::uint32_t stamp = 0; stamp < graph_->stamps(); ++stamp) {
      const EventId id = graph_->by_stamp(stamp);
      const Event& event = graph_->event(id);
      const auto node = static_cast<std::uint32_t>(nodes_.size());
      const bool sc = is_sc(event);
      if (sc) {
        nodes_.push_back({id, is_sc_fence(event)});
        if (nodes_.back().fence) fences_.push_back(node);
      }
      if (event.location == base::kNoLocation) continue;
      const bool is_object = is_sync(event) && !is_futex(event.operation.sync);
      if (is_object && HEDDLE_CLAUSE("psc.sync_objects")) continue;
      const bool is_read = event.kind == EventKind::kRead;
      const std::uint64_t label = graph_->mo_label(is_read ? event.rf : id);
      accesses_.push_back({event.location, is_read, label, id, sc ? node : kNoNode});
    }
    std::sort(accesses_.begin(), accesses_.end(), [](const Access& a, const Access& b) {
      if (a.location != b.location) return a.location < b.location;
      if (a.label != b.label) return a.label < b.label;
      return a.is_read < b.is_read;
    });
  }

  bool before(EventId x, EventId y) const { return graph_->happens_before(x, y); }

  /// psc's part without mo, rb and eco, between accesses: sb | sb|!=loc ; hb ; sb|!=loc | hb|loc.
  ///
  /// What the definition adds for fences, [F] ; hb ; [F] and scb within hb from or to a fence,
  /// closes no cycle and is left out. hb has no cycle, so one of psc has edges by mo, rb or eco;
  /// between two of these lies a run of edges by hb. If the run ends at a fence, or passes through
  /// one, the edge by coherence before it leads to that fence as well: it comes to a write (or a
  /// read of it) that is hb-before the fence. If the run begins at or passes through a fence, the
  /// edge behind it begins at that fence as well. So both edges meet at the fence.
  bool by_happens_before(const Node& x, const Node& y) const {
    if (x.fence || y.fence || !before(x.id, y.id)) return false;
    if (x.id.thread() == y.id.thread()) return HEDDLE_CLAUSE("psc.sb");
    if (!HEDDLE_CLAUSE("psc.no_other_hb")) return true;
    return (same_location(x.id, y.id) && HEDDLE_CLAUSE("psc.hb_same_location")) ||
           (through_other_locations(x.id, y.id) && HEDDLE_CLAUSE("psc.sb_hb_sb"));
  }

  /// x sb p hb q sb y with p, q at other locations than x and y.
  bool through_other_locations(EventId x, EventId y) const {
    EventId p(x.thread(), x.index() + 1);
    while (p.index() < graph_->size(p.thread()) && same_location(p, x)) {
      p = EventId(p.thread(), p.index() + 1);
    }
    if (p.index() >= graph_->size(p.thread())) return false;
    std::uint32_t q = y.index();
    while (q > 0 && same_location(EventId(y.thread(), q - 1), y)) --q;
    return q > 0 && before(p, EventId(y.thread(), q - 1));
  }
  bool same_location(EventId a, EventId b) const {
    return graph_->event(a).location == graph_->event(b).location;
  }

  // mo, rb and eco: one sweep over each location, from the mo-newest access to the oldest.

  /// Adds the edges from `access` to `later`: from itself, and from fences hb-before it. The latter
  /// have edges by eco too.
  void add_edges(const Access& access, const Row& later, const Row& later_eco) {
    const bool leads = access.is_read ? HEDDLE_CLAUSE("psc.rb") : HEDDLE_CLAUSE("psc.mo");
    if (access.node != kNoNode && leads) join(row(access.node), later);
    for (const std::uint32_t x : fences_) {
      if (!before(nodes_[x].id, access.id)) continue;
      if (HEDDLE_CLAUSE("psc.fence_before")) join(row(x), later);
      if (HEDDLE_CLAUSE("psc.eco")) join(row(x), later_eco);
      if (!access.is_read && HEDDLE_CLAUSE("psc.eco_rf")) join(row(x), readers_);
    }
  }
  void add_fences_after(const Access& access, Row& targets) const {
    for (const std::uint32_t y : fences_) {
      if (before(access.id, nodes_[y].id)) set(targets.data(), y);
    }
  }

  void add_by_coherence() {
    std::size_t end = accesses_.size();
    while (end > 0) {
      std::size_t begin = end;
      while (begin > 0 && accesses_[begin - 1].location == accesses_[end - 1].location) --begin;
      sweep(begin, end);
      end = begin;
    }
  }

  /// `later_`: where mo and rb lead to from before the current group: nodes that are writes, and
  /// fences after writes. `later_eco_`: fences after their readers. `readers_`: fences
  /// after the group's reads. A group is a write (or init) with its readers.
  void sweep(std::size_t begin, std::size_t end) {
    later_.assign(words_, 0);
    later_eco_.assign(words_, 0);
    while (end > begin) {
      std::size_t group = end;
      while (group > begin && accesses_[group - 1].label == accesses_[end - 1].label) --group;
      readers_.assign(words_, 0);
      for (std::size_t i = group; i < end; ++i) {
        if (accesses_[i].is_read) add_fences_after(accesses_[i], readers_);
      }
      for (std::size_t i = group; i < end; ++i) add_edges(accesses_[i], later_, later_eco_);
      if (!accesses_[group].is_read) {
        if (accesses_[group].node != kNoNode) set(later_.data(), accesses_[group].node);
        if (HEDDLE_CLAUSE("psc.fence_after")) add_fences_after(accesses_[group], later_);
      }
      join(later_eco_.data(), readers_);
      end = group;
    }
  }

  std::uint64_t* row(std::size_t node) { return rows_.data() + node * words_; }
  void join(std::uint64_t* into, const Row& from) const {
    for (std::size_t i = 0; i < words_; ++i) into[i] |= from[i];
  }

  /// Removes nodes without successors until none is left, or only cycles are.
  bool has_cycle() {
    left_.assign(words_, 0);
    for (std::size_t x = 0; x < nodes_.size(); ++x) set(left_.data(), x);
    std::size_t count = nodes_.size();
    for (bool removed = true; removed && count != 0;) {
      removed = false;
      for (std::size_t x = nodes_.size(); x-- > 0;) {
        const std::uint64_t bit = std::uint64_t{1} << (x % 64);
        if (!(left_[x / 64] & bit) || meets(row(x))) continue;
        left_[x / 64] &= ~bit;
        removed = true;
        --count;
      }
    }
    return count != 0;
  }
  bool meets(const std::uint64_t* successors) const {
    for (std::size_t i = 0; i < words_; ++i) {
      if (successors[i] & left_[i]) return true;
    }
    return false;
  }

  const ExecutionGraph* graph_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> fences_;  ///< Nodes.
  std::vector<Access> accesses_;
  std::vector<std::uint64_t> rows_;  ///< words_ for each node.
  Row later_;
  Row later_eco_;
  Row readers_;
  Row left_;
  std::size_t words_ = 0;
};

PscChecker::PscChecker() : relation_(std::make_unique<Relation>()) {}
PscChecker::~PscChecker() = default;

bool PscChecker::acyclic(const ExecutionGraph& graph) {
  return graph.sc_count() < 2 || relation_->acyclic(graph) || !HEDDLE_CLAUSE("psc.acyclic");
}

bool psc_acyclic(const ExecutionGraph& graph) { return PscChecker().acyclic(graph); }

}  // namespace heddle::graph
