// SPDX-License-Identifier: Apache-2.0
// Internal to graph/: the rules of each kind of synchronisation object, on loaded words. Word 0 of
// every kind says whether the object was destroyed; the layout of the others stands here.
#pragma once

#include <cstdint>

#include "checker/base/ids.h"
#include "checker/graph/sync_op.h"
#include "checker/graph/sync_state.h"

namespace heddle::graph {

inline constexpr std::uint32_t kDestroyedWord = 0;

/// Mutex.
inline constexpr std::uint32_t kOwnerWord = 1;  ///< Thread + 1; also a writer, a running once.
inline constexpr std::uint32_t kDepthWord = 2;
/// Of a robust one, else 0.
inline constexpr std::uint32_t kRobustWord = 3;
enum class Robust : std::uint64_t { kSound, kOwnerDied, kInconsistent, kLost };

/// Rwlock: kOwnerWord, then one byte a thread: how often it holds a shared lock.
inline constexpr std::uint32_t kReaderWords = 2;

/// Condition variable and futex queue: masks of threads, then tokens. A token is the mask of the
/// waiters that a notification may wake. Tokens are nested, older ones within newer ones, and the
/// first k of them together name more than k waiters: otherwise all of those are certain to wake
/// and stand in kNotifiedWord instead.
inline constexpr std::uint32_t kWaitingWord = 1;
inline constexpr std::uint32_t kNotifiedWord = 2;
inline constexpr std::uint32_t kTokenWords = 3;

/// Barrier.
inline constexpr std::uint32_t kBarrierCountWord = 1;
inline constexpr std::uint32_t kBarrierArrivedWord = 2;
inline constexpr std::uint32_t kBarrierGenerationWord = 3;

inline constexpr std::uint32_t kSemaphoreValueWord = 1;

/// Once: kOwnerWord while running.
inline constexpr std::uint32_t kOnceDoneWord = 2;

/// Pipe: how often the reading end is open and, in the upper half, the writing one; capacity and
/// contents are in bytes.
inline constexpr std::uint32_t kPipeCapacityWord = 1;
inline constexpr std::uint32_t kPipeOpenWord = 2;
inline constexpr std::uint32_t kPipeBytesWord = 3;
inline constexpr std::uint32_t kPipeNonBlockingWord = 4;  ///< One bit an end.

/// Signals of a process: those for any thread, then one word for each thread.
inline constexpr std::uint32_t kSignalsOfAllWord = 1;
inline constexpr std::uint32_t kSignalsOfThreadsWord = 2;

/// Everything a rule needs. A rule edits `words` and returns update(), or leaves them alone.
struct SyncStep {
  SyncOp op;
  base::ThreadId thread;
  std::uint64_t argument;
  SyncWords words;

  bool destroyed() const { return words.get(kDestroyedWord) != 0; }
};

inline SyncOutcome sync_blocked() { return {}; }
inline SyncOutcome sync_read(std::uint64_t result, std::uint8_t acquires = 0) {
  SyncOutcome outcome;
  outcome.effect = SyncOutcome::Effect::kRead;
  outcome.result = result;
  outcome.acquires = acquires;
  return outcome;
}
SyncOutcome sync_update(const SyncStep& step, std::uint64_t result, std::uint8_t acquires = 0,
                        std::uint8_t releases = 0);

SyncOutcome apply_mutex(SyncStep& step);
SyncOutcome apply_rwlock(SyncStep& step);
SyncOutcome apply_queue(SyncStep& step);
SyncOutcome apply_barrier(SyncStep& step);
SyncOutcome apply_semaphore(SyncStep& step);
SyncOutcome apply_once(SyncStep& step);
SyncOutcome apply_pipe(SyncStep& step);
SyncOutcome apply_signals(SyncStep& step);
SyncOutcome apply_inherit(const SyncStep& step, SyncState state);

}  // namespace heddle::graph
