// SPDX-License-Identifier: Apache-2.0
// The relations of an execution, and the axioms.
#include "tests/support/oracle_axioms.h"

#include <set>

namespace heddle::test {

using base::EventId;
using graph::EventKind;

namespace {

bool acquires(MemoryOrder order) { return order == kAcq || order == kAcqRel || order == kSc; }
bool releases(MemoryOrder order) { return order == kRel || order == kAcqRel || order == kSc; }

std::set<Location> locations_of(const OracleCandidate& candidate, std::size_t* events) {
  std::set<Location> locations;
  for (const auto& thread : candidate.threads()) {
    *events += thread.events.size();
    for (const OracleEvent& event : thread.events) {
      if (event.location != base::kNoLocation) locations.insert(event.location);
    }
  }
  return locations;
}

}  // namespace

bool OracleAxioms::fits(const OracleCandidate& candidate) {
  std::size_t events = 0;
  const std::size_t locations = locations_of(candidate, &events).size();
  return events + locations <= Relation::kMaxEvents;
}

OracleAxioms::OracleAxioms(const OracleCandidate& candidate)
    : sb_(0), rf_(0), thread_(0), mo_(0), rmw_(0), rb_(0), eco_(0) {
  collect(candidate);
  sb_ = rf_ = thread_ = mo_ = rmw_ = none();
  relate(candidate);
  rb_ = rf_.inverse().then(mo_);
  eco_ = (rf_ | mo_ | rb_).plus();
}

template <typename Predicate>
EventSet OracleAxioms::where(Predicate predicate) const {
  EventSet set = 0;
  for (std::size_t a = 0; a < events_.size(); ++a) {
    if (predicate(events_[a])) set |= EventSet{1} << a;
  }
  return set;
}

void OracleAxioms::collect(const OracleCandidate& candidate) {
  std::size_t count = 0;
  for (const Location x : locations_of(candidate, &count)) {
    OracleEvent init;
    init.kind = EventKind::kWrite;
    init.location = x;
    init.non_atomic = true;
    locations_.push_back(x);
    events_.push_back(init);
  }
  for (const auto& thread : candidate.threads()) {
    first_.push_back(events_.size());
    events_.insert(events_.end(), thread.events.begin(), thread.events.end());
  }
  reads_ = where([](const OracleEvent& e) { return e.kind == EventKind::kRead; });
  writes_ = where([](const OracleEvent& e) { return e.kind == EventKind::kWrite; });
  fences_ = where([](const OracleEvent& e) { return e.kind == EventKind::kFence; });
  atomic_ =
      where([](const OracleEvent& e) { return !e.non_atomic && !e.sync; }) & (reads_ | writes_);
  sc_fences_ = where([](const OracleEvent& e) { return e.sc_fence; });
  sc_ = sc_fences_ | (atomic_ & where([](const OracleEvent& e) { return e.order == kSc; }));
  acquires_ = (reads_ & atomic_) | fences_;
  acquires_ &= where([](const OracleEvent& e) { return acquires(e.order); });
  releases_ = (writes_ & atomic_) | fences_;
  releases_ &= where([](const OracleEvent& e) { return releases(e.order); });
}

std::size_t OracleAxioms::index_of(EventId id, Location location) const {
  if (id.is_event()) return first_[id.thread()] + id.index();
  std::size_t index = 0;
  while (locations_[index] != location) ++index;
  return index;
}

void OracleAxioms::relate(const OracleCandidate& candidate) {
  for (std::size_t t = 0; t < first_.size(); ++t) {
    const std::size_t end = first_[t] + candidate.threads()[t].events.size();
    for (std::size_t b = first_[t]; b < end; ++b) {
      for (std::size_t init = 0; init < locations_.size(); ++init) sb_.add(init, b);
      for (std::size_t a = first_[t]; a < b; ++a) sb_.add(a, b);
      const OracleEvent& event = events_[b];
      if (event.rmw_write) rmw_.add(b - 1, b);
      if (event.kind == EventKind::kRead) rf_.add(index_of(event.source, event.location), b);
      if (event.kind == EventKind::kThreadStart || event.kind == EventKind::kThreadJoin) {
        thread_.add(index_of(event.source, event.location), b);
      }
    }
  }
  for (const auto& [location, writes] : candidate.order()) {
    for (std::size_t later = 0; later < writes.size(); ++later) {
      const std::size_t b = index_of(writes[later], location);
      mo_.add(index_of(EventId::init(), location), b);
      for (std::size_t i = 0; i < later; ++i) mo_.add(index_of(writes[i], location), b);
    }
  }
}

/// sw = [rel] ; ([F];sb)? ; rs ; rf ; [R, atomic] ; (sb;[F])? ; [acq],
/// rs = [W, atomic] ; (rf ; rmw)*
Relation OracleAxioms::synchronises() const {
  const Relation rs = only(writes_ & atomic_).then((rf_.then(only(atomic_)).then(rmw_)).star());
  const Relation release = only(releases_).then(only(fences_).then(sb_).optional());
  const Relation acquire = sb_.then(only(fences_)).optional().then(only(acquires_));
  return release.then(rs).then(rf_).then(only(reads_ & atomic_)).then(acquire);
}

Relation OracleAxioms::synchronises_by_objects() const {
  const Relation carried = rf_.then(rmw_).star();
  Relation sw = none();
  for (const std::uint8_t kind : {kExclusive, kShared}) {
    const EventSet releases = where([&](const OracleEvent& e) { return e.releases & kind; });
    const EventSet acquires = where([&](const OracleEvent& e) { return e.acquires & kind; });
    sw = sw | only(releases).then(carried).then(rf_).then(only(acquires));
  }
  return sw;
}

/// hb = (sb | sw)+
const Relation& OracleAxioms::hb() const {
  if (!hb_) hb_ = (sb_ | thread_ | synchronises() | synchronises_by_objects()).plus();
  return *hb_;
}

/// irreflexive(hb ; eco?)
bool OracleAxioms::coherence() const { return hb().then(eco_.optional()).irreflexive(); }

/// rmw & (rb ; mo) is empty
bool OracleAxioms::atomicity() const { return (rmw_ & rb_.then(mo_)).empty(); }

/// acyclic(sb | rf)
bool OracleAxioms::no_thin_air() const { return (sb_ | rf_ | thread_).acyclic(); }

Relation OracleAxioms::same_location() const {
  Relation same = none();
  for (std::size_t a = 0; a < events_.size(); ++a) {
    for (std::size_t b = 0; b < events_.size(); ++b) {
      const bool accesses = !events_[a].sync && events_[a].location != base::kNoLocation;
      if (accesses && events_[a].location == events_[b].location) same.add(a, b);
    }
  }
  return same;
}

/// scb      = sb | sb|!=loc ; hb ; sb|!=loc | hb|loc | mo | rb
/// psc_base = ([SC] | [F.sc];hb?) ; scb ; ([SC] | hb?;[F.sc])
Relation OracleAxioms::psc_base(const Relation& mo, const Relation& rb) const {
  const Relation same = same_location();
  const Relation elsewhere = sb_ - same;
  const Relation scb = sb_ | elsewhere.then(hb()).then(elsewhere) | (hb() & same) | mo | rb;
  const Relation from = only(sc_) | only(sc_fences_).then(hb().optional());
  const Relation to = only(sc_) | hb().optional().then(only(sc_fences_));
  return from.then(scb).then(to);
}

/// psc_F = [F.sc] ; (hb | hb;eco;hb) ; [F.sc]
Relation OracleAxioms::psc_fences(const Relation& eco) const {
  const Relation between = hb() | hb().then(eco).then(hb());
  return only(sc_fences_).then(between).then(only(sc_fences_));
}

/// acyclic(psc_base | psc_F)
bool OracleAxioms::psc() const {
  const EventSet counted = where([](const OracleEvent& e) { return !e.sync || e.futex; });
  const auto restricted = [&](const Relation& r) {
    return only(counted).then(r).then(only(counted));
  };
  const Relation rf = restricted(rf_);
  const Relation mo = restricted(mo_);
  const Relation rb = restricted(rb_);
  return (psc_base(mo, rb) | psc_fences((rf | mo | rb).plus())).acyclic();
}

/// Two accesses to one cell by different threads, one of them plain and one a write, neither of
/// which happens before the other.
bool OracleAxioms::races() const {
  const EventSet plain = where([](const OracleEvent& e) { return e.plain; });
  const EventSet promoted = where([](const OracleEvent& e) { return e.non_atomic && !e.plain; });
  if (plain == 0) return false;
  const Relation same = same_location();
  const Relation ordered = hb() | hb().inverse();
  for (std::size_t a = locations_.size(); a < events_.size(); ++a) {
    for (std::size_t b = locations_.size(); b < a; ++b) {
      const EventSet both = EventSet{1} << a | EventSet{1} << b;
      const bool conflict = same.has(a, b) && (both & writes_) != 0 && (both & plain) != 0;
      if (conflict && (both & promoted) == 0 && !ordered.has(a, b)) return true;
    }
  }
  return false;
}

bool OracleAxioms::one_order() const { return (sb_ | thread_ | rf_ | mo_ | rb_).acyclic(); }

bool OracleAxioms::consistent(Model model) const {
  if (!atomicity()) return false;
  if (model == Model::kSc) return one_order();
  return coherence() && no_thin_air() && (sc_ == 0 || psc());
}

}  // namespace heddle::test
