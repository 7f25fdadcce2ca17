// SPDX-License-Identifier: Apache-2.0
// Builds the graph of nested acquisitions and looks for cycles that could close.
#include "checker/detect/lock_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::detect {

void LockHistory::clear() {
  for (Thread& thread : threads_) {
    thread.held.clear();
    thread.clock.clear();
    thread.epoch = 0;
  }
  acquisitions_.clear();
}

namespace {

void join_clock(std::vector<std::uint32_t>& into, const std::vector<std::uint32_t>& from,
                base::ThreadId thread, std::uint32_t known) {
  into.resize(std::max({into.size(), from.size(), std::size_t{thread} + 1}));
  for (std::size_t i = 0; i < from.size(); ++i) {
    into[i] = std::max(into[i], from[i]);
  }
  into[thread] = std::max(into[thread], known);
}

bool before(const Acquisition& a, const Acquisition& b) {
  return a.thread < b.clock.size() && b.clock[a.thread] > a.epoch;
}

/// Whether one thread can hold all that `a` holds while another holds all that `b` holds.
bool can_overlap(const Acquisition& a, const Acquisition& b) {
  if (a.thread == b.thread && HEDDLE_CLAUSE("lock_order.two_threads")) {
    return false;
  }
  if ((before(a, b) || before(b, a)) && HEDDLE_CLAUSE("lock_order.create_join")) {
    return false;
  }
  return std::none_of(a.held.begin(), a.held.end(), [&](const HeldLock& mine) {
    return std::any_of(b.held.begin(), b.held.end(), [&](const HeldLock& theirs) {
      const bool both_shared = mine.shared && theirs.shared;
      return mine.lock == theirs.lock && HEDDLE_CLAUSE("lock_order.gate") &&
             !(both_shared && HEDDLE_CLAUSE("lock_order.shared_gate"));
    });
  });
}

struct Edge {
  const Acquisition* acquisition;
  const HeldLock* held;
};

class CycleSearch {
 public:
  CycleSearch(std::span<const Acquisition> acquisitions, std::size_t longest) : longest_(longest) {
    for (const Acquisition& acquisition : acquisitions) {
      for (const HeldLock& held : acquisition.held) {
        edges_.push_back({&acquisition, &held});
      }
    }
  }

  template <class Report>
  void run(const Report& report) {
    for (const Edge& edge : edges_) {
      path_.assign(1, edge);
      extend(report);
    }
  }

 private:
  static constexpr std::size_t kEffort = 1000000;

  /// Every cycle is looked for from the edge that holds its smallest lock only.
  template <class Report>
  void extend(const Report& report) {
    const Edge last = path_.back();
    for (const Edge& next : edges_) {
      if (++steps_ > kEffort) {
        return;
      }
      if (next.held->lock != last.acquisition->lock || !blocks(last, next)) {
        continue;
      }
      if (next.held == path_.front().held) {
        if (path_.size() > 1 && HEDDLE_CLAUSE("lock_order.cycle")) {
          report(path_);
        }
        continue;
      }
      const bool fits = path_.size() < longest_ && next.held->lock > path_.front().held->lock &&
                        std::all_of(path_.begin(), path_.end(), [&](const Edge& edge) {
                          return can_overlap(*edge.acquisition, *next.acquisition);
                        });
      if (fits) {
        path_.push_back(next);
        extend(report);
        path_.pop_back();
      }
    }
  }

  static bool blocks(const Edge& waiter, const Edge& holder) {
    return !(waiter.acquisition->shared && holder.held->shared) ||
           !HEDDLE_CLAUSE("lock_order.readers");
  }

  std::vector<Edge> edges_;
  std::vector<Edge> path_;
  std::size_t longest_;
  std::size_t steps_ = 0;
};

}  // namespace

void LockHistory::created(base::ThreadId creator, base::ThreadId child) {
  HEDDLE_CHECK(creator < base::kMaxThreads && child < base::kMaxThreads);
  Thread& from = threads_[creator];
  join_clock(threads_[child].clock, from.clock, creator, from.epoch + 1);
  ++from.epoch;
}

void LockHistory::joined(base::ThreadId joiner, base::ThreadId child) {
  HEDDLE_CHECK(joiner < base::kMaxThreads && child < base::kMaxThreads);
  const Thread& from = threads_[child];
  join_clock(threads_[joiner].clock, from.clock, child, from.epoch + 1);
}

void LockHistory::acquired(base::ThreadId thread, LockId lock, bool shared, std::uintptr_t site,
                           bool may_block) {
  HEDDLE_CHECK(thread < base::kMaxThreads);
  Thread& state = threads_[thread];
  // Acquired again, a lock is among those held, and so is a gate to all who hold it.
  if ((may_block || !HEDDLE_CLAUSE("lock_order.try_lock")) && !state.held.empty()) {
    acquisitions_.push_back({thread, lock, shared, site, state.held, state.epoch, state.clock});
  }
  state.held.push_back({lock, shared, site});
}

void LockHistory::released(base::ThreadId thread, LockId lock) {
  HEDDLE_CHECK(thread < base::kMaxThreads);
  auto& held = threads_[thread].held;
  const auto found = std::find_if(held.rbegin(), held.rend(),
                                  [&](const HeldLock& entry) { return entry.lock == lock; });
  if (found != held.rend()) {
    held.erase(std::next(found).base());
  }
}

std::vector<LockOrderWarning> lock_order_warnings(
    std::span<const Acquisition> acquisitions, const std::function<std::string(LockId)>& lock_name,
    const std::function<std::string(base::ThreadId)>& thread_name, std::size_t longest) {
  std::vector<LockOrderWarning> warnings;
  std::set<std::set<LockId>> seen;
  CycleSearch(acquisitions, longest).run([&](const std::vector<Edge>& path) {
    std::set<LockId> locks;
    for (const Edge& edge : path) {
      locks.insert(edge.held->lock);
    }
    if (!seen.insert(locks).second && HEDDLE_CLAUSE("lock_order.once")) {
      return;
    }
    LockOrderWarning warning;
    for (const Edge& edge : path) {
      const Acquisition& acquisition = *edge.acquisition;
      warning.cycle.push_back({acquisition.thread, edge.held->lock, acquisition.lock,
                               edge.held->site, acquisition.site});
      warning.text += fmt::format(
          "{} {} takes {}, then {}", warning.text.empty() ? "lock order:" : ";",
          thread_name(acquisition.thread), lock_name(edge.held->lock), lock_name(acquisition.lock));
    }
    warnings.push_back(std::move(warning));
  });
  return warnings;
}

}  // namespace heddle::detect
