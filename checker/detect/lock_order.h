// SPDX-License-Identifier: Apache-2.0
// Potential lock inversions: locks nested in opposite orders, also when no execution hung.
//
// An edge a -> b stands for an acquisition of b by a thread that held a. A cycle of edges by
// distinct threads is a warning, unless a common third lock guards all of them (a gate), or two of
// the acquisitions are ordered by thread creation and join alone and so can never overlap. Edges
// between two shared (read) acquisitions of one lock do not block each other: at every lock of the
// cycle the holder or the waiter must be exclusive.
// Entry point: feed a LockHistory in the order of one execution, then lock_order_warnings().
// Pure. Havelund: "Using Runtime Analysis to Guide Model Checking of Java Programs", SPIN 2000;
// Bensalem, Havelund: "Dynamic Deadlock Analysis of Multi-Threaded Programs", HVC 2005.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "checker/base/ids.h"

namespace heddle::detect {

using LockId = std::uint64_t;

struct HeldLock {
  LockId lock = 0;
  bool shared = false;
  std::uintptr_t site = 0;  ///< Where it was acquired.
};

/// One acquisition by a thread that held other locks.
struct Acquisition {
  base::ThreadId thread = 0;
  LockId lock = 0;
  bool shared = false;
  std::uintptr_t site = 0;
  std::vector<HeldLock> held;        ///< In the order of acquisition; never empty.
  std::uint32_t epoch = 0;           ///< Creations and joins seen by the thread before.
  std::vector<std::uint32_t> clock;  ///< Ordered after epoch k of thread u iff clock[u] > k.
};

/// Collects the nested acquisitions of one execution, with clocks of creation and join only.
class LockHistory {
 public:
  void clear();
  void created(base::ThreadId creator, base::ThreadId child);
  void joined(base::ThreadId joiner, base::ThreadId child);
  /// Blocking acquisitions only: a try_lock cannot wait; report it with `may_block` false.
  void acquired(base::ThreadId thread, LockId lock, bool shared, std::uintptr_t site,
                bool may_block = true);
  void released(base::ThreadId thread, LockId lock);
  std::span<const Acquisition> acquisitions() const { return acquisitions_; }

 private:
  struct Thread {
    std::vector<HeldLock> held;
    std::vector<std::uint32_t> clock;
    std::uint32_t epoch = 0;
  };
  std::array<Thread, base::kMaxThreads> threads_;
  std::vector<Acquisition> acquisitions_;
};

/// One edge of a cycle: `thread` held `held` (taken at `held_site`) and acquired `lock`.
struct LockOrderEdge {
  base::ThreadId thread = 0;
  LockId held = 0;
  LockId lock = 0;
  std::uintptr_t held_site = 0;
  std::uintptr_t site = 0;
};

struct LockOrderWarning {
  std::vector<LockOrderEdge> cycle;
  std::string text;  ///< "lock order: T1 takes a, then b; T2 takes b, then a".
};

/// Cycles of at most `longest` locks, one warning for each set of locks. `lock_name` and
/// `thread_name` give the words of the text.
std::vector<LockOrderWarning> lock_order_warnings(
    std::span<const Acquisition> acquisitions, const std::function<std::string(LockId)>& lock_name,
    const std::function<std::string(base::ThreadId)>& thread_name, std::size_t longest = 4);

}  // namespace heddle::detect
