// SPDX-License-Identifier: Apache-2.0
// Rules of mutexes and reader-writer locks: who may have them, and what their unlocking releases.
#include <pthread.h>

#include <cerrno>

#include "checker/base/mutant.h"
#include "checker/graph/sync_rules.h"

namespace heddle::graph {
namespace {

bool is_try(SyncOp op) {
  return op == SyncOp::kMutexTryLock || op == SyncOp::kTryReadLock || op == SyncOp::kTryWriteLock;
}

/// A lock that somebody has: the three forms differ only here.
SyncOutcome not_free(SyncOp op) {
  const std::uint8_t nothing = HEDDLE_CLAUSE("sync.failed_lock") ? 0 : kBankA | kBankB;
  if (is_try(op)) {
    return sync_read(EBUSY, nothing);
  }
  return is_timed(op) ? sync_read(ETIMEDOUT, nothing) : sync_blocked();
}

Robust robust(const SyncStep& step) { return static_cast<Robust>(step.words.get(kRobustWord)); }
void set_robust(SyncStep& step, Robust state) {
  step.words.set(kRobustWord, static_cast<std::uint64_t>(state));
}

/// Its owner has died: whoever comes gets it, and is told.
SyncOutcome lock_after_death(SyncStep& step) {
  step.words.set(kOwnerWord, step.thread + 1);
  step.words.set(kDepthWord, 1);
  set_robust(step, Robust::kInconsistent);
  return sync_update(step, EOWNERDEAD, kBankA);
}

SyncOutcome die_as_owner(SyncStep& step) {
  if (step.words.get(kOwnerWord) != step.thread + 1) {
    return sync_read(EPERM);
  }
  step.words.truncate(0);
  set_robust(step, Robust::kOwnerDied);
  return sync_update(step, 0, 0, kBankA);
}

SyncOutcome make_consistent(SyncStep& step) {
  if (robust(step) != Robust::kInconsistent || step.words.get(kOwnerWord) != step.thread + 1) {
    return sync_read(EINVAL);
  }
  set_robust(step, Robust::kSound);
  return sync_update(step, 0);
}

SyncOutcome lock_mutex(SyncStep& step) {
  const std::uint64_t self = step.thread + 1;
  const std::uint64_t owner = step.words.get(kOwnerWord);
  step.argument &= ~kRobustMutex;
  if (robust(step) == Robust::kOwnerDied) {
    return lock_after_death(step);
  }
  if (robust(step) == Robust::kLost) {
    return sync_read(ENOTRECOVERABLE);
  }
  if (owner == 0 || !HEDDLE_CLAUSE("guard.mutex")) {
    step.words.set(kOwnerWord, self);
    step.words.set(kDepthWord, 1);
    return sync_update(step, 0, HEDDLE_CLAUSE("sync.mutex.lock") ? kBankA : 0);
  }
  if (owner == self && step.argument == PTHREAD_MUTEX_RECURSIVE) {
    step.words.set(kDepthWord, step.words.get(kDepthWord) + 1);
    return sync_update(step, 0);
  }
  if (owner == self && step.argument == PTHREAD_MUTEX_ERRORCHECK && !is_try(step.op)) {
    return sync_read(EDEADLK);
  }
  return not_free(step.op);
}

SyncOutcome unlock_mutex(SyncStep& step) {
  if (step.words.get(kOwnerWord) != step.thread + 1 && HEDDLE_CLAUSE("guard.mutex_owner")) {
    return sync_read(EPERM);
  }
  const std::uint64_t depth = step.words.get(kDepthWord);
  if (depth > 1) {
    step.words.set(kDepthWord, depth - 1);
    return sync_update(step, 0);
  }
  const bool is_lost = robust(step) == Robust::kInconsistent;
  step.words.truncate(0);
  if (is_lost) {
    set_robust(step, Robust::kLost);
  }
  return sync_update(step, 0, 0, HEDDLE_CLAUSE("sync.mutex.unlock") ? kBankA : 0);
}

std::uint64_t reader_depth(const SyncWords& words, base::ThreadId thread) {
  return words.get(kReaderWords + thread / 8) >> (thread % 8 * 8) & 0xff;
}

void set_reader_depth(SyncWords& words, base::ThreadId thread, std::uint64_t depth) {
  const std::uint32_t index = kReaderWords + thread / 8;
  const std::uint32_t shift = thread % 8 * 8;
  words.set(index, (words.get(index) & ~(std::uint64_t{0xff} << shift)) | depth << shift);
}

bool has_readers(const SyncWords& words) {
  for (std::uint32_t i = kReaderWords; i < words.size(); ++i) {
    if (words.get(i) != 0) {
      return true;
    }
  }
  return false;
}

SyncOutcome lock_shared(SyncStep& step) {
  const std::uint64_t writer = step.words.get(kOwnerWord);
  if (writer == step.thread + 1 && !is_try(step.op)) {
    return sync_read(EDEADLK);
  }
  if (writer != 0 && HEDDLE_CLAUSE("guard.reader_waits_for_writer")) {
    return not_free(step.op);
  }
  const std::uint64_t depth = reader_depth(step.words, step.thread);
  if (depth == 0xff) {
    return sync_read(EAGAIN);
  }
  set_reader_depth(step.words, step.thread, depth + 1);
  const std::uint8_t writers = HEDDLE_CLAUSE("sync.rwlock.reader_after_writer") ? kBankA : 0;
  const std::uint8_t readers = HEDDLE_CLAUSE("sync.rwlock.reader_after_reader") ? 0 : kBankB;
  return sync_update(step, 0, writers | readers);
}

SyncOutcome lock_exclusive(SyncStep& step) {
  const std::uint64_t writer = step.words.get(kOwnerWord);
  if (writer == step.thread + 1 && !is_try(step.op)) {
    return sync_read(EDEADLK);
  }
  if ((writer != 0 && HEDDLE_CLAUSE("guard.writer_waits_for_writer")) ||
      (has_readers(step.words) && HEDDLE_CLAUSE("guard.writer_waits_for_readers"))) {
    return not_free(step.op);
  }
  step.words.set(kOwnerWord, step.thread + 1);
  const std::uint8_t writers = HEDDLE_CLAUSE("sync.rwlock.writer_after_writer") ? kBankA : 0;
  const std::uint8_t readers = HEDDLE_CLAUSE("sync.rwlock.writer_after_reader") ? kBankB : 0;
  return sync_update(step, 0, writers | readers);
}

SyncOutcome unlock_rwlock(SyncStep& step) {
  if (step.words.get(kOwnerWord) == step.thread + 1) {
    step.words.set(kOwnerWord, 0);
    return sync_update(step, 0, 0, kBankA);
  }
  const std::uint64_t depth = reader_depth(step.words, step.thread);
  if (depth == 0) {
    return sync_read(EPERM);
  }
  set_reader_depth(step.words, step.thread, depth - 1);
  return sync_update(step, 0, 0, kBankB);
}

SyncOutcome destroy_lock(SyncStep& step) {
  if (step.words.get(kOwnerWord) != 0 || has_readers(step.words)) {
    return sync_read(EBUSY);
  }
  step.words.set(kDestroyedWord, 1);
  return sync_update(step, 0);
}

}  // namespace

SyncOutcome apply_mutex(SyncStep& step) {
  if (step.destroyed()) {
    return sync_read(EINVAL);
  }
  switch (step.op) {
    case SyncOp::kMutexUnlock:
      return unlock_mutex(step);
    case SyncOp::kMutexOwnerDied:
      return die_as_owner(step);
    case SyncOp::kMutexConsistent:
      return make_consistent(step);
    case SyncOp::kMutexDestroy:
      return destroy_lock(step);
    default:
      return lock_mutex(step);
  }
}

SyncOutcome apply_rwlock(SyncStep& step) {
  if (step.destroyed()) {
    return sync_read(EINVAL);
  }
  switch (step.op) {
    case SyncOp::kReadLock:
    case SyncOp::kTryReadLock:
    case SyncOp::kTimedReadLock:
      return lock_shared(step);
    case SyncOp::kRwUnlock:
      return unlock_rwlock(step);
    case SyncOp::kRwDestroy:
      return destroy_lock(step);
    default:
      return lock_exclusive(step);
  }
}

}  // namespace heddle::graph
