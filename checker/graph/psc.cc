// SPDX-License-Identifier: Apache-2.0
// The relation psc as rows of bits, and its cycles.
#include "checker/graph/psc.h"

#include <algorithm>
#include <cstdint>
#include <vector>

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
      if (is_sync(event) && !is_futex(event.operation.sync)) continue;
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

  /// psc's part without mo, rb and eco: [SC | F;hb?] ; (sb | sb!=loc;hb;sb!=loc | hb|loc) ; [SC |
  /// hb?;F], and [F];hb;[F].
  bool by_happens_before(const Node& x, const Node& y) const {
    if (!before(x.id, y.id)) return false;
    if (x.fence && y.fence) return true;
    if (x.id.thread() == y.id.thread()) return true;
    if (x.fence) return fence_to_access(x, y);
    if (y.fence) return access_to_fence(x, y);
    return same_location(x.id, y.id) || through_other_locations(x.id, y.id);
  }

  /// x hb? e sb y, or x hb p hb y with p an access of y's location.
  bool fence_to_access(const Node& x, const Node& y) const {
    if (base::clock_contains(graph_->hb(y.id), x.id)) return true;
    const base::LocationId location = graph_->event(y.id).location;
    for (ThreadId u = 0; u < graph_->thread_count(); ++u) {
      const EventId p = last_access_before(location, u, y.id);
      if (p.is_event() && before(x.id, p)) return true;
    }
    return false;
  }

  /// x sb e hb? y, or x hb q hb? y with q an access of x's location.
  bool access_to_fence(const Node& x, const Node& y) const {
    if (graph_->known(y.id, x.id.thread()) > x.id.index() + 1) return true;
    const base::LocationId location = graph_->event(x.id).location;
    for (ThreadId u = 0; u < graph_->thread_count(); ++u) {
      const EventId q = last_access_before(location, u, y.id);
      if (q.is_event() && before(x.id, q)) return true;
    }
    return false;
  }

  /// The last access of thread `u` to the location that is hb-before `y`.
  EventId last_access_before(base::LocationId location, ThreadId u, EventId y) const {
    const std::uint32_t count = graph_->known(y, u);
    EventId p = graph_->last_access(location, u);
    while (p.is_event() && (p.index() >= count || p == y)) {
      p = graph_->event(p).previous_same_location;
    }
    return p;
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
    if (access.node != kNoNode) join(row(access.node), later);
    for (const std::uint32_t x : fences_) {
      if (!before(nodes_[x].id, access.id)) continue;
      join(row(x), later);
      join(row(x), later_eco);
      if (!access.is_read) join(row(x), readers_);
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
  /// fences after writes. `later_eco_`: fences after writes and their readers. `readers_`: fences
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
        add_fences_after(accesses_[group], later_);
        add_fences_after(accesses_[group], later_eco_);
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
  return graph.sc_count() < 2 || relation_->acyclic(graph);
}

bool psc_acyclic(const ExecutionGraph& graph) { return PscChecker().acyclic(graph); }

}  // namespace heddle::graph
