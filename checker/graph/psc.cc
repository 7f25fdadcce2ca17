// SPDX-License-Identifier: Apache-2.0
// The relation psc as rows of bits, and its cycles.
#include "checker/graph/psc.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace heddle::graph {
namespace {

using base::EventId;
using base::ThreadId;

using Clock = std::array<std::uint32_t, base::kMaxThreads>;

struct Node {
  EventId id;
  bool fence = false;
  std::uint32_t full = 0;  ///< Index into Psc::clocks_: hb with the event's own rf joined.
};

/// An access in the order of its location: writes by place in mo, reads behind their source.
struct Access {
  base::LocationId location;
  std::uint64_t label;
  bool is_read;
  EventId id;
};

/// Set of nodes.
using Row = std::vector<std::uint64_t>;

class Psc {
 public:
  explicit Psc(const ExecutionGraph& graph) : graph_(graph) {}

  bool acyclic() {
    collect();
    words_ = (nodes_.size() + 63) / 64;
    rows_.assign(nodes_.size(), Row(words_, 0));
    for (std::size_t x = 0; x < nodes_.size(); ++x) {
      for (std::size_t y = 0; y < nodes_.size(); ++y) {
        if (x != y && by_happens_before(nodes_[x], nodes_[y])) set(rows_[x], y);
      }
    }
    add_by_coherence();
    return !has_cycle();
  }

 private:
  void collect() {
    for (std::uint32_t stamp = 0; stamp < graph_.stamps(); ++stamp) {
      const EventId id = graph_.by_stamp(stamp);
      const Event& event = graph_.event(id);
      if (event.location != base::kNoLocation &&
          (!is_sync(event) || is_futex(event.operation.sync))) {
        const bool is_read = event.kind == EventKind::kRead;
        accesses_.push_back(
            {event.location, graph_.mo_label(is_read ? event.rf : id), is_read, id});
      }
      if (!is_sc(event)) continue;
      nodes_.push_back({id, is_sc_fence(event), static_cast<std::uint32_t>(clocks_.size())});
      clocks_.emplace_back();
      graph_.thread_clock(id.thread(), id.index() + 1, clocks_.back().data());
    }
    std::sort(accesses_.begin(), accesses_.end(), [](const Access& a, const Access& b) {
      if (a.location != b.location) return a.location < b.location;
      if (a.label != b.label) return a.label < b.label;
      return a.is_read < b.is_read;
    });
  }

  /// hb(x, y), y's own rf included.
  bool before(EventId x, const Node& y) const { return contains(clocks_[y.full].data(), x, y.id); }
  static bool contains(const std::uint32_t* clock, EventId x, EventId self) {
    return x != self && x.index() < clock[x.thread()];
  }
  bool before(EventId x, EventId y) const {
    Clock clock;
    graph_.thread_clock(y.thread(), y.index() + 1, clock.data());
    return contains(clock.data(), x, y);
  }

  /// psc's part without mo, rb and eco: [SC | F;hb?] ; (sb | sb!=loc;hb;sb!=loc | hb|loc) ; [SC |
  /// hb?;F], and [F];hb;[F].
  bool by_happens_before(const Node& x, const Node& y) const {
    if (!before(x.id, y)) return false;
    if (x.fence && y.fence) return true;
    if (x.id.thread() == y.id.thread()) return true;
    if (x.fence) return fence_to_access(x, y);
    if (y.fence) return access_to_fence(x, y);
    const base::LocationId location = graph_.event(x.id).location;
    return location == graph_.event(y.id).location || through_other_locations(x.id, y.id);
  }

  /// x hb? e sb y, or x hb p hb y with p an access of y's location.
  bool fence_to_access(const Node& x, const Node& y) const {
    if (base::clock_contains(graph_.hb(y.id), x.id)) return true;
    const base::LocationId location = graph_.event(y.id).location;
    for (ThreadId u = 0; u < graph_.thread_count(); ++u) {
      const EventId p = last_access_before(location, u, clocks_[y.full].data(), y.id);
      if (p.is_event() && before(x.id, p)) return true;
    }
    return false;
  }

  /// x sb e hb? y, or x hb q hb? y with q an access of x's location.
  bool access_to_fence(const Node& x, const Node& y) const {
    const std::uint32_t* clock = clocks_[y.full].data();
    if (clock[x.id.thread()] > x.id.index() + 1) return true;
    const base::LocationId location = graph_.event(x.id).location;
    for (ThreadId u = 0; u < graph_.thread_count(); ++u) {
      const EventId q = last_access_before(location, u, clock, y.id);
      if (q.is_event() && q != x.id && before(x.id, q)) return true;
    }
    return false;
  }

  EventId last_access_before(base::LocationId location, ThreadId u, const std::uint32_t* clock,
                             EventId self) const {
    EventId p = graph_.last_access(location, u);
    while (p.is_event() && (p.index() >= clock[u] || p == self)) {
      p = graph_.event(p).previous_same_location;
    }
    return p;
  }

  /// x sb p hb q sb y with p, q at other locations than x and y.
  bool through_other_locations(EventId x, EventId y) const {
    EventId p(x.thread(), x.index() + 1);
    while (p.index() < graph_.size(p.thread()) && same_location(p, x)) {
      p = EventId(p.thread(), p.index() + 1);
    }
    if (p.index() >= graph_.size(p.thread())) return false;
    std::uint32_t q = y.index();
    while (q > 0 && same_location(EventId(y.thread(), q - 1), y)) --q;
    return q > 0 && before(p, EventId(y.thread(), q - 1));
  }
  bool same_location(EventId a, EventId b) const {
    return graph_.event(a).location == graph_.event(b).location;
  }

  // mo, rb and eco: one sweep over each location, from the mo-newest access to the oldest.

  /// Nodes x from which `access` may be reached to start an edge: itself, and fences hb-before it.
  template <typename Visit>
  void sources(EventId access, Visit visit) const {
    for (std::size_t x = 0; x < nodes_.size(); ++x) {
      if (nodes_[x].id == access) visit(x, false);
      if (nodes_[x].fence && before(nodes_[x].id, access)) visit(x, true);
    }
  }
  /// Adds the nodes at which an edge into `access` may end: itself, and fences hb-after it.
  void add_targets(EventId access, Row& any, Row& fences, bool by_psc_base) const {
    for (std::size_t y = 0; y < nodes_.size(); ++y) {
      if (nodes_[y].id == access && by_psc_base) set(any, y);
      if (!nodes_[y].fence || !before(access, nodes_[y])) continue;
      if (by_psc_base) set(any, y);
      set(fences, y);
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

  /// `later`: targets of mo and rb from before the current group; `later_eco`: fences that eco;hb
  /// leads to. A group is a write (or init) with its readers.
  void sweep(std::size_t begin, std::size_t end) {
    Row later(words_, 0);
    Row later_eco(words_, 0);
    while (end > begin) {
      std::size_t group = end;
      while (group > begin && accesses_[group - 1].label == accesses_[end - 1].label) --group;
      Row readers(words_, 0);
      Row unused(words_, 0);
      for (std::size_t i = group; i < end; ++i) {
        if (accesses_[i].is_read) add_targets(accesses_[i].id, unused, readers, false);
      }
      for (std::size_t i = group; i < end; ++i) {
        const bool write = !accesses_[i].is_read;
        sources(accesses_[i].id, [&](std::size_t x, bool fence) {
          join(rows_[x], later);
          if (fence) join(rows_[x], later_eco);
          if (fence && write) join(rows_[x], readers);
        });
      }
      for (std::size_t i = group; i < end; ++i) {
        if (!accesses_[i].is_read) add_targets(accesses_[i].id, later, later_eco, true);
      }
      join(later_eco, readers);
      end = group;
    }
  }

  static void set(Row& row, std::size_t bit) { row[bit / 64] |= std::uint64_t{1} << (bit % 64); }
  static bool has(const Row& row, std::size_t bit) { return row[bit / 64] >> (bit % 64) & 1; }
  static void join(Row& into, const Row& from) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
  }

  /// Removes nodes without successors until none is left, or only cycles are.
  bool has_cycle() const {
    std::vector<char> gone(nodes_.size(), 0);
    Row left(words_, 0);
    for (std::size_t x = 0; x < nodes_.size(); ++x) set(left, x);
    std::size_t count = nodes_.size();
    for (bool removed = true; removed;) {
      removed = false;
      for (std::size_t x = 0; x < nodes_.size(); ++x) {
        if (gone[x] || meets(rows_[x], left)) continue;
        gone[x] = 1;
        left[x / 64] &= ~(std::uint64_t{1} << (x % 64));
        removed = true;
        --count;
      }
    }
    return count != 0;
  }
  static bool meets(const Row& a, const Row& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] & b[i]) return true;
    }
    return false;
  }

  const ExecutionGraph& graph_;
  std::vector<Node> nodes_;
  std::vector<Clock> clocks_;
  std::vector<Access> accesses_;
  std::vector<Row> rows_;
  std::size_t words_ = 0;
};

}  // namespace

bool psc_acyclic(const ExecutionGraph& graph) {
  return graph.sc_count() < 2 || Psc(graph).acyclic();
}

}  // namespace heddle::graph
