// SPDX-License-Identifier: Apache-2.0
// Statement by statement; calls that are several operations of the checker are recognised as a
// whole.
#include "tests/support/native_form.h"

#include <algorithm>
#include <map>

namespace heddle::test {
namespace {

using Code = NativeStep::Code;
using Kind = Statement::Kind;
using graph::SyncOp;
using Statements = std::vector<Statement>;

std::memory_order order_of(MemoryOrder order) {
  switch (order) {
    case MemoryOrder::kRelaxed:
      return std::memory_order_relaxed;
    case MemoryOrder::kConsume:
    case MemoryOrder::kAcquire:
      return std::memory_order_acquire;
    case MemoryOrder::kRelease:
      return std::memory_order_release;
    case MemoryOrder::kAcqRel:
      return std::memory_order_acq_rel;
    case MemoryOrder::kSeqCst:
      break;
  }
  return std::memory_order_seq_cst;
}

const std::map<Kind, Code>& codes() {
  static const std::map<Kind, Code> codes = {
      {Kind::kLoad, Code::kLoad},
      {Kind::kStore, Code::kStore},
      {Kind::kStoreRegister, Code::kStore},
      {Kind::kAdd, Code::kAdd},
      {Kind::kExchange, Code::kExchange},
      {Kind::kCompareExchange, Code::kCompareExchange},
      {Kind::kFence, Code::kFence},
      {Kind::kCreate, Code::kCreate},
      {Kind::kJoin, Code::kJoin},
      {Kind::kChoose, Code::kChoose},
      {Kind::kAwait, Code::kAwait},
      {Kind::kSkipIf, Code::kSkipIf},
      {Kind::kSkipUnless, Code::kSkipUnless},
      {Kind::kClock, Code::kClock},
      {Kind::kSleep, Code::kSleep},
      {Kind::kScratch, Code::kScratch},
  };
  return codes;
}

/// Operations that one call does.
const std::map<SyncOp, Code>& calls() {
  static const std::map<SyncOp, Code> calls = {
      {SyncOp::kMutexLock, Code::kMutexLock},
      {SyncOp::kMutexTryLock, Code::kMutexTryLock},
      {SyncOp::kMutexTimedLock, Code::kMutexTimedLock},
      {SyncOp::kMutexUnlock, Code::kMutexUnlock},
      {SyncOp::kReadLock, Code::kReadLock},
      {SyncOp::kTryReadLock, Code::kTryReadLock},
      {SyncOp::kTimedReadLock, Code::kTimedReadLock},
      {SyncOp::kWriteLock, Code::kWriteLock},
      {SyncOp::kTryWriteLock, Code::kTryWriteLock},
      {SyncOp::kTimedWriteLock, Code::kTimedWriteLock},
      {SyncOp::kRwUnlock, Code::kRwUnlock},
      {SyncOp::kSemaphoreWait, Code::kSemaphoreWait},
      {SyncOp::kSemaphoreTryWait, Code::kSemaphoreTryWait},
      {SyncOp::kSemaphoreTimedWait, Code::kSemaphoreTimedWait},
      {SyncOp::kSemaphorePost, Code::kSemaphorePost},
      {SyncOp::kSemaphoreValue, Code::kSemaphoreValue},
      {SyncOp::kConditionSignal, Code::kConditionSignal},
      {SyncOp::kConditionBroadcast, Code::kConditionBroadcast},
  };
  return calls;
}

class Translation {
 public:
  explicit Translation(const RandomProgram& program) : program_(program) {}

  std::optional<NativeProgram> translate() {
    if (program_.threads.size() > kNativeThreads) return std::nullopt;
    for (const auto& [location, value] : program_.initial) {
      if (location < kNativeCells) native_.initial[location] = value;
    }
    native_.bytes = program_.native.bytes;
    native_.checkpoints = program_.native.checkpoints;
    native_.observed = program_.native.observed;
    if (program_.native.on_stack) native_.room = NativeRoom::kStack;
    if (program_.native.on_heap) native_.room = NativeRoom::kHeap;
    for (std::size_t t = 0; t < program_.threads.size(); ++t) {
      if (!translate_thread(program_.threads[t], &native_.threads[t])) return std::nullopt;
    }
    if (!threads_are_certain()) return std::nullopt;
    return std::move(native_);
  }

 private:
  bool translate_thread(const Statements& statements, std::vector<NativeStep>* steps) {
    std::vector<bool> inside(statements.size() + 1, false);
    for (std::size_t i = 0; i < statements.size();) {
      NativeStep step;
      if (!whole_call(statements, i, &step) && !single(statements, i, &step)) return false;
      step.target = static_cast<std::int8_t>(step.target);
      for (std::size_t k = 1; k < step.length; ++k) inside[i + k] = true;
      steps->insert(steps->end(), step.length, step);
      if (step.code == Code::kOnce || step.code == Code::kOnceThrowing) {
        if (!single(statements, i + 2, &(*steps)[i + 2])) return false;
      }
      i += step.length;
    }
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const bool skips =
          statements[i].kind == Kind::kSkipIf || statements[i].kind == Kind::kSkipUnless;
      if (skips && !inside[i] && inside[landing(statements, i)]) return false;
    }
    return true;
  }

  static std::size_t landing(const Statements& statements, std::size_t i) {
    return std::min(i + 1 + static_cast<std::size_t>(statements[i].skip), statements.size());
  }

  bool single(const Statements& statements, std::size_t i, NativeStep* step) {
    const Statement& s = statements[i];
    if (s.non_atomic || s.weak != (s.weak && s.kind == Kind::kCompareExchange)) return false;
    step->order = order_of(s.order);
    step->failure = order_of(s.failure);
    step->value = s.value;
    step->expected = s.expected;
    if (s.kind == Kind::kSync) return single_sync(s, step);
    const auto code = codes().find(s.kind);
    if (code == codes().end()) return false;
    step->code = code->second;
    step->cell = static_cast<std::uint8_t>(s.location);
    // Either form of compare-exchange will do for one that does not fail spuriously.
    step->weak = s.kind == Kind::kCompareExchange && (s.value + s.expected) % 2 == 0;
    const bool reads_register =
        s.kind == Kind::kStoreRegister || s.kind == Kind::kSkipIf || s.kind == Kind::kSkipUnless;
    (reads_register ? step->a : step->target) = static_cast<std::int8_t>(s.target);
    step->skip = static_cast<std::int16_t>(landing(statements, i) - i - 1);
    if (s.plain) step->code = s.kind == Kind::kLoad ? Code::kPlainLoad : Code::kPlainStore;
    if (s.kind == Kind::kCreate && !is_joined(s.value)) step->code = Code::kCreateDetached;
    return true;
  }

  bool single_sync(const Statement& s, NativeStep* step) {
    const auto call = calls().find(s.sync);
    if (call == calls().end() || s.from != kNoRegister) return false;
    step->code = call->second;
    step->target = static_cast<std::int8_t>(s.target);
    return step->code > Code::kMutexUnlock || use_mutex(s, step);
  }

  /// A mutex has one type throughout.
  bool use_mutex(const Statement& s, NativeStep* step) {
    const std::size_t mutex = s.location - kMutexes;
    step->cell = static_cast<std::uint8_t>(mutex);
    if (s.sync == SyncOp::kMutexUnlock) return true;
    const int type = static_cast<int>(s.value);
    if (typed_[mutex] && native_.mutex_types[mutex] != type) return false;
    typed_[mutex] = true;
    native_.mutex_types[mutex] = type;
    return true;
  }

  static bool is_sync(const Statements& statements, std::size_t i, SyncOp op) {
    return i < statements.size() && statements[i].kind == Kind::kSync && statements[i].sync == op;
  }

  bool whole_call(const Statements& statements, std::size_t i, NativeStep* step) {
    return condition_wait(statements, i, step) || barrier_wait(statements, i, step) ||
           call_once(statements, i, step);
  }

  /// Before statement `i`: a choice whether to wake spuriously, in five more statements.
  bool spurious_wait(const Statements& statements, std::size_t i) {
    if (i + 5 >= statements.size() || statements[i].kind != Kind::kChoose) return false;
    const int choice = statements[i].target;
    const auto skips_one = [&](std::size_t at, Kind kind) {
      const Statement& s = statements[at];
      return s.kind == kind && s.target == choice && s.value == 1 && s.skip == 1;
    };
    return statements[i].value == 2 && skips_one(i + 1, Kind::kSkipIf) &&
           skips_one(i + 3, Kind::kSkipUnless) &&
           is_sync(statements, i + 4, SyncOp::kConditionLeave) &&
           statements[i + 4].target == kNoRegister && statements[i + 5].kind == Kind::kClear &&
           statements[i + 5].target == choice && statements[i + 2].target != choice;
  }

  /// Enter the queue, unlock, wait, lock; the mutex is held for sure.
  bool condition_wait(const Statements& statements, std::size_t i, NativeStep* step) {
    if (i == 0 || !is_sync(statements, i - 1, SyncOp::kMutexLock) ||
        !is_sync(statements, i, SyncOp::kConditionEnqueue) ||
        !is_sync(statements, i + 1, SyncOp::kMutexUnlock)) {
      return false;
    }
    const bool spurious = spurious_wait(statements, i + 2);
    if (waits_ && native_.spurious_wakeups != spurious) return false;
    waits_ = true;
    native_.spurious_wakeups = spurious;
    const std::size_t wait = spurious ? i + 4 : i + 2;
    const std::size_t lock = spurious ? i + 8 : i + 3;
    if (!is_sync(statements, lock, SyncOp::kMutexLock)) return false;
    const bool timed = is_sync(statements, wait, SyncOp::kConditionTimedWait);
    if (!timed && !is_sync(statements, wait, SyncOp::kConditionWait)) return false;
    const Location mutex = statements[i - 1].location;
    if (statements[i + 1].location != mutex || statements[lock].location != mutex) return false;
    for (std::size_t j = 0; j + 1 < i; ++j) {
      const bool skips =
          statements[j].kind == Kind::kSkipIf || statements[j].kind == Kind::kSkipUnless;
      if (skips && landing(statements, j) == i) return false;
    }
    if (!use_mutex(statements[lock], step)) return false;
    step->code = timed ? Code::kConditionTimedWait : Code::kConditionWait;
    step->target = static_cast<std::int8_t>(statements[wait].target);
    step->length = static_cast<std::uint16_t>(lock + 1 - i);
    return statements[lock].target == kNoRegister && statements[i].target == kNoRegister;
  }

  /// Arrive; leave, but for the last to come; forget which generation it was.
  static bool barrier_wait(const Statements& statements, std::size_t i, NativeStep* step) {
    if (!is_sync(statements, i, SyncOp::kBarrierArrive) || i + 4 > statements.size()) return false;
    const int target = statements[i].target;
    const Statement& skip = statements[i + 1];
    const Statement& clear = statements[i + 3];
    if (!is_sync(statements, i + 2, SyncOp::kBarrierLeave)) return false;
    if (target == kNoRegister || statements[i + 2].from != target) return false;
    if (skip.kind != Kind::kSkipIf || skip.target != target || skip.skip != 2) return false;
    if (clear.kind != Kind::kClear || clear.target != target) return false;
    step->code = Code::kBarrierWait;
    step->target = static_cast<std::int8_t>(target);
    step->length = 4;
    return skip.value == graph::kBarrierSerial;
  }

  /// Begin; unless it has been done, one access and the end.
  static bool call_once(const Statements& statements, std::size_t i, NativeStep* step) {
    if (!is_sync(statements, i, SyncOp::kOnceBegin) || i + 4 > statements.size()) return false;
    const int target = statements[i].target;
    const Statement& skip = statements[i + 1];
    const Statement& access = statements[i + 2];
    const bool done = is_sync(statements, i + 3, SyncOp::kOnceDone);
    if (!done && !is_sync(statements, i + 3, SyncOp::kOnceAbort)) return false;
    if (skip.kind != Kind::kSkipIf || skip.target != target || skip.value != 1) return false;
    if (skip.skip != 2 || access.kind != Kind::kStore || access.plain) return false;
    step->code = done ? Code::kOnce : Code::kOnceThrowing;
    step->target = static_cast<std::int8_t>(target);
    step->length = 4;
    return target != kNoRegister && statements[i + 3].target == kNoRegister;
  }

  bool is_joined(std::uint64_t thread) const {
    const Statements& first = program_.threads[0];
    return std::any_of(first.begin(), first.end(), [&](const Statement& s) {
      return s.kind == Kind::kJoin && s.value == thread;
    });
  }

  /// The first thread creates all others, in order, on every path, and joins only what it has
  /// created; cells of its own outlive their users.
  bool threads_are_certain() const {
    const Statements& first = program_.threads[0];
    std::size_t created = 0;
    std::size_t joined = 0;
    std::size_t skipped_until = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const Statement& s = first[i];
      const bool certain = i >= skipped_until;
      if (s.kind == Kind::kSkipIf || s.kind == Kind::kSkipUnless) {
        skipped_until = std::max(skipped_until, landing(first, i));
      }
      if (s.kind == Kind::kCreate && (!certain || s.value != ++created)) return false;
      if (s.kind == Kind::kJoin && (!certain || s.value > created)) return false;
      joined += s.kind == Kind::kJoin ? 1 : 0;
    }
    for (std::size_t t = 1; t < program_.threads.size(); ++t) {
      const Statements& other = program_.threads[t];
      const bool starts_more = std::any_of(other.begin(), other.end(), [](const Statement& s) {
        return s.kind == Kind::kCreate || s.kind == Kind::kJoin;
      });
      if (starts_more) return false;
    }
    const bool global = !program_.native.on_stack && !program_.native.on_heap;
    return created + 1 == program_.threads.size() && (global || joined == created);
  }

  const RandomProgram& program_;
  NativeProgram native_;
  std::array<bool, kNativeMutexes> typed_{};
  bool waits_ = false;
};

}  // namespace

std::optional<NativeProgram> native_form(const RandomProgram& program) {
  return Translation(program).translate();
}

}  // namespace heddle::test
