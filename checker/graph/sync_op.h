// SPDX-License-Identifier: Apache-2.0
// Synchronisation objects as guarded read-modify-writes over interned abstract states.
//
// A mutex, rwlock, condition variable, barrier, semaphore, once flag or futex queue is a location
// whose value is an abstract state. Each operation reads a state and either cannot proceed on it
// (its guard fails), or proceeds without changing it, or replaces it. This one mechanism gives
// blocking, deadlock and wake-up choice, and lets the search treat locks like atomics.
//
// Happens-before is what the standard gives and no more: a state carries two banks of release
// clocks, A and B (a rwlock: A by unlock, B by unlock_shared), and the outcome of an operation says
// which banks it acquires and which it releases into. The graph accumulates: after an operation
// that releases into X, bank X holds its old clocks joined with the operation's own.
// Entry point: apply_sync(). Pure; thread-compatible (the table of interned states is shared).
#pragma once

#include <cstdint>

#include "checker/base/ids.h"

namespace heddle::graph {

enum class SyncOp : std::uint8_t {
  kNone,
  kMutexLock,
  kMutexTryLock,
  kMutexTimedLock,
  kMutexUnlock,
  kMutexOwnerDied,   ///< Of a robust one, by its owner's thread: it ends with the mutex locked.
  kMutexConsistent,  ///< Of a robust one that was got from an owner that had died.
  kMutexDestroy,
  kReadLock,
  kTryReadLock,
  kTimedReadLock,
  kWriteLock,
  kTryWriteLock,
  kTimedWriteLock,
  kRwUnlock,
  kRwDestroy,
  kConditionEnqueue,
  kConditionWait,
  kConditionTimedWait,
  kConditionLeave,  ///< A spurious wake-up: leaves the queue whether or not it was notified.
  kConditionSignal,
  kConditionBroadcast,
  kConditionDestroy,
  kBarrierInit,
  kBarrierArrive,
  kBarrierLeave,
  kBarrierDestroy,
  kSemaphoreInit,
  kSemaphoreWait,
  kSemaphoreTryWait,
  kSemaphoreTimedWait,
  kSemaphorePost,
  kSemaphoreValue,
  kSemaphoreDestroy,
  kOnceBegin,
  kOnceDone,
  kOnceAbort,
  kFutexEnqueue,
  kFutexWait,
  kFutexTimedWait,
  kFutexWake,
  kFutexLeave,
  kReleaseNote,  ///< Code that says so itself (__tsan_release): releases; never waits.
  kAcquireNote,  ///< Acquires what the releases that it reads from have released.
  kPipeInit,
  kPipeShare,
  kPipeClose,
  kPipeFlags,
  kPipeResize,
  kPipeWrite,
  kPipeRead,
  kPipeReady,
  kPipePoll,
  kPipeTimedPoll,
  kSignalChange,  ///< Of a handler or a mask: orders it with the others.
  kSignalSend,
  kSignalTake,
  kSignalWait,
  kFileCall,  ///< Names of files and what is in them: only the order of the calls is modelled.
  kInherit,   ///< A process is forked: its copy of the object, of any kind, begins in this state.
};

/// An interned abstract state; 0 is the state of a zero-initialised object of any kind.
using SyncState = std::uint64_t;

inline constexpr std::uint8_t kBankA = 1;
inline constexpr std::uint8_t kBankB = 2;

struct SyncOutcome {
  enum class Effect : std::uint8_t {
    kBlocked,  ///< The guard fails: the thread waits for a later operation on the object.
    kRead,     ///< Proceeds; the state stays.
    kUpdate,   ///< Proceeds; the state becomes `next`.
  };
  Effect effect = Effect::kBlocked;
  SyncState next = 0;
  std::uint64_t result =
      0;  ///< What the door returns from: 0 or an errno value, or a count; see the table below.
  std::uint8_t acquires = 0;  ///< Banks.
  std::uint8_t releases = 0;
};

/// What `op` by `thread` does on `state`. Deterministic and pure but for interning.
///
/// `argument` and `result` (0 unless said; a destroyed object or one of another kind gives EINVAL):
///   mutex      argument: the kind, PTHREAD_MUTEX_NORMAL, _RECURSIVE, _ERRORCHECK or _ADAPTIVE_NP.
///              try: EBUSY; timed: ETIMEDOUT; errorcheck relock: EDEADLK; relock of a normal mutex
///              blocks for ever; unlock by another than the owner: EPERM; destroy: EBUSY.
///   rwlock     as a mutex; a writer that locks again gets EDEADLK; too many readers: EAGAIN.
///   condition  timed wait that nobody notified: ETIMEDOUT; destroy with waiters that nobody
///              notified: EBUSY (with notified ones it waits until they left).
///   barrier    kBarrierInit: argument is the count. kBarrierArrive: the completer gets
///              kBarrierSerial, others their generation, to be handed to kBarrierLeave;
///              kBarrierInvalid if it is no barrier.
///   semaphore  kSemaphoreInit: argument is the value. Try: EAGAIN; timed: ETIMEDOUT; post:
///              EOVERFLOW; kSemaphoreValue: the value.
///   once       kOnceBegin: 0 means that the caller must run the function, 1 that it has been run.
///              Robust (kRobustMutex added to the kind): lock and try give EOWNERDEAD, and the
///              mutex, if its owner ended with it; unlocked before kMutexConsistent it gives
///              ENOTRECOVERABLE for ever.
///   pipe       see sync_pipe.cc. An error is the negative errno value.
///   signals    of a process; mask: bit n - 1 is signal n. kSignalSend: the signal, and 256 times
///              (thread + 1), or 0 for any thread. kSignalTake: mask of those to take; the result
///              is the signal taken, or 0. kSignalWait waits for one.
///   kInherit   argument: the child's thread; result: the state of the child's copy.
///   futex      kFutexWake: argument is how many at most, result how many. Timed wait: ETIMEDOUT.
///
/// A timed operation always proceeds: where its blocking form would wait, it times out. A runner
/// that wants the thread to wait instead asks for blocking_form().
SyncOutcome apply_sync(SyncOp op, base::ThreadId thread, std::uint64_t argument, SyncState state);

/// Beside the kind of a mutex: it is robust.
inline constexpr std::uint64_t kRobustMutex = 16;

/// The two ends of a pipe, as their operations name them.
enum class PipeEnd : std::uint64_t { kRead, kWrite };
/// `argument` of an operation on an open end: `value` is a number of bytes or, of kPipeReady and
/// the polls, a mask of poll's events, of kPipeFlags 1 for O_NONBLOCK, of kPipeResize the new
/// one.
constexpr std::uint64_t pipe_argument(PipeEnd end, std::uint64_t value) {
  return value << 8 | static_cast<std::uint64_t>(end);
}

/// Result of the arrival that completes a barrier: PTHREAD_BARRIER_SERIAL_THREAD.
inline constexpr std::uint64_t kBarrierSerial = ~std::uint64_t{0};

/// Result of an arrival at something that is no initialised barrier (EINVAL could be a generation).
inline constexpr std::uint64_t kBarrierInvalid = ~std::uint64_t{1};

/// The operation without its deadline: kMutexLock for kMutexTimedLock; `op` itself if it has none.
SyncOp blocking_form(SyncOp op);
inline bool is_timed(SyncOp op) { return blocking_form(op) != op; }

/// True for operations that take part in psc as seq_cst fences (the kernel's futex calls).
bool is_futex(SyncOp op);

}  // namespace heddle::graph
