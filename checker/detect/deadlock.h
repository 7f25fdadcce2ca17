// SPDX-License-Identifier: Apache-2.0
// Why a set of threads can never go on: from what each waits for to a cause and a sentence.
//
// The caller has established that the execution ended with these threads waiting and that no wait
// can be served. Each wait names its object, the threads that could serve it (owner of a mutex,
// holders of a rwlock, joined thread), and how notifications on the object fell in time. The cause
// is the first that applies:
//   cycle           threads wait for each other, through owners and joins
//   self            a thread waits for what it holds itself
//   barrier         somebody waits at a barrier for threads that do not come
//   lost_wakeup     a notification came before the wait began and found nobody, or woke another
//   missing_signal  nobody notifies, posts, or (an owner that has ended) unlocks any more
//   join            somebody only waits for the end of a thread
// The last four are looked for among the roots: waits that are not for another waiting thread.
// Entry point: explain_deadlock(). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checker/base/ids.h"
#include "heddle/report.h"

namespace heddle::detect {

enum class WaitKind : std::uint8_t {
  kMutex,
  kReadLock,
  kWriteLock,
  kCondition,
  kSemaphore,
  kBarrier,
  kFutex,
  kOnce,    ///< Another thread's initialisation; it is in `holders`.
  kJoin,    ///< The joined thread is in `holders`.
  kPipe,    ///< For bytes in it, room in it, or the closing of its other end.
  kSignal,  ///< For a signal to its process.
};

/// One thread that can take no step, and what it waits for.
struct Wait {
  base::ThreadId thread = 0;
  WaitKind kind = WaitKind::kMutex;
  std::string object;  ///< Name of the object, "a"; empty if unknown. Not used for joins.
  /// Threads that would have to act first: owner, holders, joined thread. For a semaphore, threads
  /// that took a unit and did not give it back, if known. May contain `thread` itself.
  std::vector<base::ThreadId> holders;
  /// Notifications on the object before this wait began that found no thread waiting.
  std::uint32_t signals_unheard = 0;
  std::uint32_t signals_while_waiting = 0;  ///< Since it waits; they woke another thread.
  std::uint32_t signals = 0;                ///< All notifications on the object.
  std::uint32_t arrived = 0;                ///< Barriers: threads that are there ...
  std::uint32_t expected = 0;               ///< ... and how many it takes.
};

struct StuckThread {
  base::ThreadId thread = 0;
  std::string what;  ///< "waits for mutex b, held by T2".
};

struct Deadlock {
  DeadlockCause cause = DeadlockCause::kNone;
  std::string message;  ///< "T1 holds mutex a and waits for mutex b; T2 holds ...".
  /// Every waiting thread: those of the cycle first, in its order, then roots, then the others.
  std::vector<StuckThread> threads;
};

/// `waits` holds at most one wait a thread and at least one; `names` is indexed by thread.
Deadlock explain_deadlock(std::span<const Wait> waits, std::span<const std::string> names);

}  // namespace heddle::detect
