// SPDX-License-Identifier: Apache-2.0
// Rules of what the kernel keeps for processes: pipes and pending signals; and what a forked
// process inherits of an object.
//
// Arguments of pipes, made by pipe_argument() but for the first:
//   kPipeInit    the capacity; each end is open once
//   kPipeShare   the end is open once more: in a forked process
//   kPipeClose   and once less
//   kPipeFlags   sets O_NONBLOCK of the end, for all processes
//   kPipeResize  sets the capacity, which is the result; of 0 bytes: only tells it; -EBUSY if more
//                than that is in the pipe
//   kPipeWrite   waits for room, for all bytes if they are at most PIPE_BUF, else for some; the
//                result is the bytes written; -EPIPE without readers, -EAGAIN instead of waiting
//   kPipeRead    waits for bytes; the result is how many, 0 at the end (no writer is left)
//   kPipeReady   the result is poll's revents, for the events asked for
//   kPipePoll    the same, and waits until there are any; timed: 0
//
// Only the number of bytes is part of the state: their values follow from the order of the writes.
// POSIX promises no happens-before; a read comes after the writes that it reads from in any kernel
// (Linux: the pipe's mutex), so reads acquire what writes and the closing of the writing end
// release. Poll gives nothing.
#include <limits.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "checker/graph/sync_rules.h"

namespace heddle::graph {
namespace {

SyncOutcome fails(int error) { return sync_read(static_cast<std::uint64_t>(-std::int64_t{error})); }

struct Pipe {
  std::uint64_t open;  ///< How often the reading end is open, and in the upper half the other one.
  std::uint64_t room, bytes, value;
  std::uint32_t end;  ///< 0: the reading one.
  bool waits;

  explicit Pipe(const SyncStep& step)
      : open(step.words.get(kPipeOpenWord)),
        room(step.words.get(kPipeCapacityWord) - step.words.get(kPipeBytesWord)),
        bytes(step.words.get(kPipeBytesWord)),
        value(step.argument >> 8),
        end(step.argument & 1),
        waits((step.words.get(kPipeNonBlockingWord) >> end & 1) == 0) {}

  bool has_readers() const { return (open & 0xffffffff) != 0; }
  bool has_writers() const { return open >> 32 != 0; }
  std::uint64_t once() const { return std::uint64_t{1} << 32 * end; }
  std::uint64_t events() const {
    std::uint64_t found = 0;
    if (end == 0) {
      found |= bytes != 0 ? POLLIN : 0;
      found |= has_writers() ? 0 : POLLHUP;
    } else {
      found |= room >= PIPE_BUF ? POLLOUT : 0;
      found |= has_readers() ? 0 : POLLERR;
    }
    return found & (value | POLLHUP | POLLERR);
  }
};

SyncOutcome write(SyncStep& step, const Pipe& pipe) {
  if (!pipe.has_readers()) {
    return fails(EPIPE);
  }
  const std::uint64_t needed = pipe.value <= PIPE_BUF ? pipe.value : 1;
  if (pipe.room < needed) {
    return pipe.waits ? sync_blocked() : fails(EAGAIN);
  }
  const std::uint64_t written = std::min(pipe.value, pipe.room);
  step.words.set(kPipeBytesWord, pipe.bytes + written);
  return sync_update(step, written, 0, kBankA);
}

SyncOutcome read(SyncStep& step, const Pipe& pipe) {
  const std::uint64_t got = std::min(pipe.value, pipe.bytes);
  if (got != 0) {
    step.words.set(kPipeBytesWord, pipe.bytes - got);
    return sync_update(step, got, kBankA);
  }
  if (pipe.value == 0 || !pipe.has_writers()) {
    return sync_read(0, kBankA);
  }
  return pipe.waits ? sync_blocked() : fails(EAGAIN);
}

SyncOutcome set_flags(SyncStep& step, const Pipe& pipe) {
  const std::uint64_t bit = std::uint64_t{1} << pipe.end;
  const std::uint64_t others = step.words.get(kPipeNonBlockingWord) & ~bit;
  step.words.set(kPipeNonBlockingWord, others | (pipe.value != 0 ? bit : 0));
  return sync_update(step, 0);
}

SyncOutcome set_capacity(SyncStep& step, const Pipe& pipe) {
  if (pipe.value == 0) {
    return sync_read(step.words.get(kPipeCapacityWord));
  }
  if (pipe.value < pipe.bytes) {
    return fails(EBUSY);
  }
  step.words.set(kPipeCapacityWord, pipe.value);
  return sync_update(step, pipe.value);
}

}  // namespace

SyncOutcome apply_pipe(SyncStep& step) {
  if (step.op == SyncOp::kPipeInit) {
    step.words.truncate(0);
    step.words.set(kPipeCapacityWord, step.argument);
    step.words.set(kPipeOpenWord, std::uint64_t{1} << 32 | 1);
    return sync_update(step, 0);
  }
  const Pipe pipe(step);
  switch (step.op) {
    case SyncOp::kPipeShare:
      step.words.set(kPipeOpenWord, pipe.open + pipe.once());
      return sync_update(step, 0);
    case SyncOp::kPipeClose:
      step.words.set(kPipeOpenWord, pipe.open - pipe.once());
      return sync_update(step, 0, 0, kBankA);
    case SyncOp::kPipeFlags:
      return set_flags(step, pipe);
    case SyncOp::kPipeResize:
      return set_capacity(step, pipe);
    case SyncOp::kPipeWrite:
      return write(step, pipe);
    case SyncOp::kPipeRead:
      return read(step, pipe);
    default:
      break;
  }
  if (const std::uint64_t events = pipe.events(); events != 0 || step.op == SyncOp::kPipeReady) {
    return sync_read(events);
  }
  return is_timed(step.op) ? sync_read(0) : sync_blocked();
}

/// Signals give no happens-before.
SyncOutcome apply_signals(SyncStep& step) {
  if (step.op == SyncOp::kSignalChange) {
    return sync_update(step, 0);
  }
  const std::uint32_t own = kSignalsOfThreadsWord + step.thread;
  if (step.op == SyncOp::kSignalSend) {
    const std::uint64_t target = step.argument >> 8;
    const std::uint32_t word = target == 0
                                   ? kSignalsOfAllWord
                                   : kSignalsOfThreadsWord + static_cast<std::uint32_t>(target - 1);
    const std::uint64_t bit = std::uint64_t{1} << ((step.argument & 0xff) - 1);
    if ((step.words.get(word) & bit) != 0) {
      return sync_read(0);
    }
    step.words.set(word, step.words.get(word) | bit);
    return sync_update(step, 0);
  }
  for (const std::uint32_t word : {own, kSignalsOfAllWord}) {
    const std::uint64_t pending = step.words.get(word);
    const std::uint64_t wanted = pending & step.argument;
    if (wanted != 0) {
      step.words.set(word, pending & ~(wanted & -wanted));
      return sync_update(step, static_cast<std::uint64_t>(__builtin_ctzll(wanted)) + 1);
    }
  }
  return step.op == SyncOp::kSignalWait ? sync_blocked() : sync_read(0);
}

/// The child has what the parent's thread held. An update, although nothing changes: what other
/// threads do to the object is then either before or after the fork.
SyncOutcome apply_inherit(const SyncStep& step, SyncState state) {
  const SyncKind kind = kind_of_state(state);
  SyncOutcome outcome;
  outcome.effect = SyncOutcome::Effect::kUpdate;
  outcome.next = outcome.result = state;
  outcome.acquires = outcome.releases = kBankA;
  SyncWords words;
  if (kind == SyncKind::kMutex && load_state(kind, state, &words) &&
      words.get(kOwnerWord) == step.thread + 1) {
    words.set(kOwnerWord, step.argument + 1);
    outcome.result = intern_state(kind, words);
  }
  return outcome;
}

}  // namespace heddle::graph
