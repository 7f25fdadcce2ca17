// SPDX-License-Identifier: Apache-2.0
// Rules of condition variables and futex queues: who is in the queue, and whom a notification may
// wake.
//
// A notification wakes one of the threads that are in the queue at that moment, any of them, and
// none that comes later. It is therefore kept as a token: the mask of those threads. A waiter that
// goes takes the oldest token that names it and its name out of the others. Tokens are nested (the
// queue only grows between two of them), so by Hall's theorem k tokens that name only k waiters
// wake all of them: these waiters are moved to the notified ones, and the tokens go. This makes
// equal situations equal states, and a notification that can wake nobody more changes nothing.
#include <bit>
#include <cerrno>

#include "checker/base/mutant.h"
#include "checker/graph/sync_rules.h"

namespace heddle::graph {
namespace {

std::uint64_t bit_of(base::ThreadId thread) { return std::uint64_t{1} << thread; }

/// Writes the tokens anew: without the threads of `gone`, without `consumed` (an index, or the size
/// for none) and without empty ones; moves waiters that are certain to wake.
void normalise(SyncWords& words, std::uint64_t gone, std::uint32_t consumed) {
  SyncWords old = words;
  std::uint64_t waiting = old.get(kWaitingWord) & ~gone;
  std::uint64_t notified = old.get(kNotifiedWord) & ~gone;
  words.truncate(kTokenWords);
  for (std::uint32_t i = kTokenWords; i < old.size(); ++i) {
    const std::uint64_t names = old.get(i) & waiting;
    if ((i == consumed && HEDDLE_CLAUSE("guard.queue.token_is_spent")) || names == 0) {
      continue;
    }
    const std::uint32_t kept = words.size() > kTokenWords ? words.size() - kTokenWords : 0;
    if (static_cast<std::uint32_t>(std::popcount(names)) > kept + 1) {
      words.set(kTokenWords + kept, names);
      continue;
    }
    notified |= names;
    waiting &= ~names;
    words.truncate(kTokenWords);  // The kept ones name only threads in `names`.
  }
  words.set(kDestroyedWord, old.get(kDestroyedWord));
  words.set(kWaitingWord, waiting);
  words.set(kNotifiedWord, notified);
}

SyncOutcome enqueue(SyncStep& step, std::uint8_t banks) {
  step.words.set(kWaitingWord, step.words.get(kWaitingWord) | bit_of(step.thread));
  return sync_update(step, 0, banks, banks);
}

SyncOutcome leave(SyncStep& step, std::uint32_t consumed, std::uint64_t result,
                  std::uint8_t banks) {
  normalise(step.words, bit_of(step.thread), consumed);
  return sync_update(step, result, banks, banks);
}

SyncOutcome wait(SyncStep& step, std::uint8_t banks) {
  const std::uint64_t self = bit_of(step.thread);
  if (step.words.get(kNotifiedWord) & self) {
    return leave(step, step.words.size(), 0, banks);
  }
  for (std::uint32_t i = kTokenWords; i < step.words.size(); ++i) {
    if (step.words.get(i) & self || !HEDDLE_CLAUSE("guard.queue.token_names_waiter")) {
      return leave(step, i, 0, banks);
    }
  }
  if (is_timed(step.op)) {
    return leave(step, step.words.size(), ETIMEDOUT, banks);
  }
  return HEDDLE_CLAUSE("guard.queue.wait") ? sync_blocked()
                                           : leave(step, step.words.size(), 0, banks);
}

/// Wakes at most `count` more threads of the queue; the result is how many.
SyncOutcome notify(SyncStep& step, std::uint64_t count, bool counted, std::uint8_t banks) {
  const std::uint64_t waiting = step.words.get(kWaitingWord);
  const std::uint32_t tokens =
      step.words.size() > kTokenWords ? step.words.size() - kTokenWords : 0;
  const std::uint64_t asleep = static_cast<std::uint64_t>(std::popcount(waiting)) - tokens;
  const std::uint64_t woken = count < asleep ? count : asleep;
  if (woken == 0) {
    return sync_read(0, banks);
  }
  const bool all = woken == asleep && HEDDLE_CLAUSE("guard.queue.certain_wakes");
  if (all) {
    step.words.set(kNotifiedWord, step.words.get(kNotifiedWord) | waiting);
    step.words.set(kWaitingWord, 0);
    step.words.truncate(kTokenWords);
  }
  for (std::uint64_t i = 0; !all && i < woken; ++i) {
    step.words.set(kTokenWords + tokens + static_cast<std::uint32_t>(i), waiting);
  }
  return sync_update(step, counted ? woken : 0, banks, banks);
}

SyncOutcome destroy_condition(SyncStep& step) {
  if (step.words.get(kWaitingWord) != 0) {
    return sync_read(EBUSY);
  }
  if (step.words.get(kNotifiedWord) != 0) {
    return sync_blocked();
  }
  step.words.set(kDestroyedWord, 1);
  return sync_update(step, 0);
}

}  // namespace

SyncOutcome apply_queue(SyncStep& step) {
  if (step.destroyed()) {
    return sync_read(EINVAL);
  }
  const bool orders =
      is_futex(step.op) ? HEDDLE_CLAUSE("sync.futex") : !HEDDLE_CLAUSE("sync.condition");
  const std::uint8_t banks = orders ? kBankA : 0;
  switch (step.op) {
    case SyncOp::kConditionEnqueue:
    case SyncOp::kFutexEnqueue:
      return enqueue(step, banks);
    case SyncOp::kConditionLeave:
    case SyncOp::kFutexLeave:
      return leave(step, step.words.size(), 0, banks);
    case SyncOp::kConditionSignal:
      return notify(step, 1, false, banks);
    case SyncOp::kConditionBroadcast:
      return notify(step, base::kMaxThreads, false, banks);
    case SyncOp::kFutexWake:
      return notify(step, step.argument, true, banks);
    case SyncOp::kConditionDestroy:
      return destroy_condition(step);
    default:
      return wait(step, banks);
  }
}

}  // namespace heddle::graph
