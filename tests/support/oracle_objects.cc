// SPDX-License-Identifier: Apache-2.0
// Mutexes, reader-writer locks, semaphores, barriers, once flags and queues, each as its manual
// says.
#include "tests/support/oracle_objects.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace heddle::test {
namespace {

using graph::SyncOp;
using State = std::vector<std::uint64_t>;
using Effect = ObjectEffect::Kind;

/// Numbers for states; the empty one is 0.
class States {
 public:
  std::uint64_t number(const State& state) {
    const auto [known, added] = numbers_.try_emplace(state, states_.size());
    if (added) states_.push_back(state);
    return known->second;
  }
  const State& state(std::uint64_t number) const { return states_.at(number); }

 private:
  std::vector<State> states_{State{}};
  std::map<State, std::uint64_t> numbers_{{State{}, 0}};
};

States& states() {
  static States table;
  return table;
}

ObjectEffect waits() { return {}; }

ObjectEffect passes(std::uint64_t result, std::uint8_t acquires = 0) {
  return {Effect::kPasses, 0, result, acquires, 0};
}

ObjectEffect changes(const State& next, std::uint64_t result, std::uint8_t acquires = 0,
                     std::uint8_t releases = 0) {
  return {Effect::kChanges, states().number(next), result, acquires, releases};
}

bool is_one_of(SyncOp op, std::initializer_list<SyncOp> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

/// Somebody else has it: wait, try or wait for a while.
ObjectEffect refused(SyncOp op) {
  if (is_one_of(op, {SyncOp::kMutexTryLock, SyncOp::kTryReadLock, SyncOp::kTryWriteLock})) {
    return passes(EBUSY);
  }
  const bool timed =
      is_one_of(op, {SyncOp::kMutexTimedLock, SyncOp::kTimedReadLock, SyncOp::kTimedWriteLock});
  return timed ? passes(ETIMEDOUT) : waits();
}

/// {} when free, else {owner, times locked}.
ObjectEffect mutex(const ObjectCall& call, const State& state) {
  const bool mine = !state.empty() && state[0] == call.thread;
  if (call.op == SyncOp::kMutexUnlock) {
    if (!mine) return passes(EPERM);
    if (state[1] > 1) return changes({call.thread, state[1] - 1}, 0);
    return changes({}, 0, 0, kExclusive);
  }
  if (state.empty()) return changes({call.thread, 1}, 0, kExclusive);
  if (mine && call.argument == PTHREAD_MUTEX_RECURSIVE) {
    return changes({call.thread, state[1] + 1}, 0);
  }
  const bool may_wait = call.op != SyncOp::kMutexTryLock;
  if (mine && may_wait && call.argument == PTHREAD_MUTEX_ERRORCHECK) return passes(EDEADLK);
  return refused(call.op);
}

constexpr std::uint64_t kNobody = 1000;

/// {writer or kNobody, readers in order, one entry a lock}; {} when free.
ObjectEffect rwlock(const ObjectCall& call, const State& state) {
  const std::uint64_t writer = state.empty() ? kNobody : state[0];
  State readers(state.empty() ? state.end() : state.begin() + 1, state.end());
  const auto after = [](const State& left) {
    State next{kNobody};
    next.insert(next.end(), left.begin(), left.end());
    return left.empty() ? State{} : next;
  };
  if (call.op == SyncOp::kRwUnlock) {
    if (writer == call.thread) return changes({}, 0, 0, kExclusive);
    const auto mine = std::find(readers.begin(), readers.end(), call.thread);
    if (mine == readers.end()) return passes(EPERM);
    readers.erase(mine);
    return changes(after(readers), 0, 0, kShared);
  }
  const bool tries = is_one_of(call.op, {SyncOp::kTryReadLock, SyncOp::kTryWriteLock});
  if (writer == call.thread && !tries) return passes(EDEADLK);
  if (writer != kNobody) return refused(call.op);
  if (is_one_of(call.op, {SyncOp::kReadLock, SyncOp::kTryReadLock, SyncOp::kTimedReadLock})) {
    readers.insert(std::upper_bound(readers.begin(), readers.end(), call.thread), call.thread);
    return changes(after(readers), 0, kExclusive);
  }
  if (!readers.empty()) return refused(call.op);
  return changes({call.thread}, 0, kExclusive | kShared);
}

/// {value}, or {} for 0.
ObjectEffect semaphore(const ObjectCall& call, const State& state) {
  const std::uint64_t value = state.empty() ? 0 : state[0];
  const auto with = [](std::uint64_t left) { return left == 0 ? State{} : State{left}; };
  switch (call.op) {
    case SyncOp::kSemaphorePost:
      return changes(with(value + 1), 0, 0, kExclusive);
    case SyncOp::kSemaphoreValue:
      return passes(value);
    default:
      break;
  }
  if (value > 0) return changes(with(value - 1), 0, kExclusive);
  if (call.op == SyncOp::kSemaphoreTryWait) return passes(EAGAIN);
  return call.op == SyncOp::kSemaphoreTimedWait ? passes(ETIMEDOUT) : waits();
}

/// {arrived in this generation, generations completed}.
ObjectEffect barrier(const ObjectCall& call, const State& state) {
  const std::uint64_t arrived = state.empty() ? 0 : state[0];
  const std::uint64_t generation = state.empty() ? 0 : state[1];
  if (call.op == SyncOp::kBarrierLeave) {
    return generation > call.argument ? passes(0, kExclusive) : waits();
  }
  if (arrived + 1 < call.parties) {
    return changes({arrived + 1, generation}, generation, 0, kShared);
  }
  const auto serial = static_cast<std::uint64_t>(PTHREAD_BARRIER_SERIAL_THREAD);
  return changes({0, generation + 1}, serial, kShared, kExclusive);
}

/// {} before, {1} while somebody runs the function, {2} when it has been run.
ObjectEffect once(const ObjectCall& call, const State& state) {
  if (call.op == SyncOp::kOnceDone) return changes({2}, 0, kExclusive, kExclusive);
  if (call.op == SyncOp::kOnceAbort) return changes({}, 0, 0, kExclusive);
  if (state.empty()) return changes({1}, 0, kExclusive);
  return state[0] == 2 ? passes(1, kExclusive) : waits();
}

/// The threads in a queue, and the sets of them that may have been woken.
struct Queue {
  std::uint64_t inside = 0;
  std::set<std::uint64_t> woken{0};

  explicit Queue(const State& state) {
    if (state.empty()) return;
    inside = state[0];
    woken = {state.begin() + 1, state.end()};
  }
  State state() const {
    State words{inside};
    words.insert(words.end(), woken.begin(), woken.end());
    return inside == 0 ? State{} : words;
  }
  std::uint64_t asleep() const {
    return static_cast<std::uint64_t>(std::popcount(inside) - std::popcount(*woken.begin()));
  }
  void wake_one() {
    std::set<std::uint64_t> next;
    for (const std::uint64_t set : woken) {
      for (std::uint64_t left = inside & ~set; left != 0; left &= left - 1) {
        next.insert(set | (left & -left));
      }
    }
    if (!next.empty()) woken = next;
  }
  bool may_be_woken(std::uint64_t self) const {
    return std::any_of(woken.begin(), woken.end(), [&](auto set) { return (set & self) != 0; });
  }
  /// `self` goes, because it was woken or although it was not. (If it was for certain, the
  /// notification is lost.)
  void leave(std::uint64_t self, bool because_woken) {
    std::set<std::uint64_t> kept;
    for (const std::uint64_t set : woken) {
      if (((set & self) != 0) == because_woken) kept.insert(set & ~self);
    }
    if (kept.empty()) {
      for (const std::uint64_t set : woken) kept.insert(set & ~self);
    }
    woken = kept;
    inside &= ~self;
  }
};

ObjectEffect notify(Queue queue, std::uint64_t most, bool counts, std::uint8_t order) {
  const std::uint64_t count = std::min(most, queue.asleep());
  if (count == 0) return passes(0, order);
  for (std::uint64_t i = 0; i < count; ++i) queue.wake_one();
  return changes(queue.state(), counts ? count : 0, order, order);
}

ObjectEffect queue(const ObjectCall& call, const State& state) {
  Queue queue(state);
  const std::uint64_t self = std::uint64_t{1} << call.thread;
  // A condition variable orders nothing: its mutex does. The kernel's queues are fences.
  const std::uint8_t order = is_futex_call(call.op) ? kExclusive : 0;
  switch (call.op) {
    case SyncOp::kConditionEnqueue:
    case SyncOp::kFutexEnqueue:
      queue.inside |= self;
      return changes(queue.state(), 0, order, order);
    case SyncOp::kConditionLeave:
    case SyncOp::kFutexLeave:
      queue.leave(self, false);
      return changes(queue.state(), 0, order, order);
    case SyncOp::kConditionSignal:
      return notify(queue, 1, false, order);
    case SyncOp::kConditionBroadcast:
      return notify(queue, ~std::uint64_t{0}, false, order);
    case SyncOp::kFutexWake:
      return notify(queue, call.argument, true, order);
    default:
      break;
  }
  const bool woken = queue.may_be_woken(self);
  const bool timed = is_one_of(call.op, {SyncOp::kConditionTimedWait, SyncOp::kFutexTimedWait});
  if (!woken && !timed) return waits();
  queue.leave(self, woken);
  return changes(queue.state(), woken ? 0 : ETIMEDOUT, order, order);
}

}  // namespace

bool is_futex_call(SyncOp op) {
  return is_one_of(op, {SyncOp::kFutexEnqueue, SyncOp::kFutexWait, SyncOp::kFutexTimedWait,
                        SyncOp::kFutexWake, SyncOp::kFutexLeave});
}

ObjectEffect effect_of(const ObjectCall& call, std::uint64_t number) {
  const State state = states().state(number);
  switch (call.op) {
    case SyncOp::kMutexLock:
    case SyncOp::kMutexTryLock:
    case SyncOp::kMutexTimedLock:
    case SyncOp::kMutexUnlock:
      return mutex(call, state);
    case SyncOp::kReadLock:
    case SyncOp::kTryReadLock:
    case SyncOp::kTimedReadLock:
    case SyncOp::kWriteLock:
    case SyncOp::kTryWriteLock:
    case SyncOp::kTimedWriteLock:
    case SyncOp::kRwUnlock:
      return rwlock(call, state);
    case SyncOp::kSemaphoreWait:
    case SyncOp::kSemaphoreTryWait:
    case SyncOp::kSemaphoreTimedWait:
    case SyncOp::kSemaphorePost:
    case SyncOp::kSemaphoreValue:
      return semaphore(call, state);
    case SyncOp::kBarrierArrive:
    case SyncOp::kBarrierLeave:
      return barrier(call, state);
    case SyncOp::kOnceBegin:
    case SyncOp::kOnceDone:
    case SyncOp::kOnceAbort:
      return once(call, state);
    case SyncOp::kConditionEnqueue:
    case SyncOp::kConditionWait:
    case SyncOp::kConditionTimedWait:
    case SyncOp::kConditionLeave:
    case SyncOp::kConditionSignal:
    case SyncOp::kConditionBroadcast:
      return queue(call, state);
    default:
      if (is_futex_call(call.op)) return queue(call, state);
      throw std::invalid_argument("the oracle does not know this operation");
  }
}

}  // namespace heddle::test
