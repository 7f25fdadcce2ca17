// SPDX-License-Identifier: Apache-2.0
// Drawing random programs: a profile says which blocks of statements occur and how often.
#include <algorithm>
#include <random>

#include "tests/support/random_program.h"

namespace heddle::test {
namespace {

using graph::SyncOp;
using Kind = Statement::Kind;

enum class Block : std::uint8_t {
  kLoad,
  kStore,
  kRmw,
  kCompareExchange,
  kFence,
  kBranch,
  kChoice,
  kAwait,
  kPlain,
  kPublish,  ///< Writes data, then a flag.
  kRelay,    ///< A read-modify-write of the flag.
  kObserve,  ///< Reads the flag, then data.
  kSignal,   ///< A release store or an acquire load of a location of its own.
  kData,     ///< A plain access.
  kSend,     ///< A plain write, then a flag.
  kReceive,  ///< Reads the flag, and if it is set, the plain data.
  kTime,     ///< Reads the clock, sleeps, or uses an atomic on its stack.
  kMutex,
  kTryMutex,
  kReadWriteLock,
  kSemaphore,
  kCondition,
  kFutex,
  kOnce,
  kBarrier,
  kCount,
};

/// How often each block occurs, in the order of Block, and how orders are drawn.
struct Profile {
  int weights[static_cast<int>(Block::kCount)];
  int seq_cst;  ///< Per cent of accesses and fences.
};

constexpr Profile kProfiles[] = {
    // load store rmw cas | fence branch choice await plain | publish relay observe signal |
    // data send receive time | mutex try rwlock semaphore condition futex once barrier
    {{6, 6, 2, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10},
    {{6, 6, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 70},
    {{4, 4, 2, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 50},
    {{4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 95},
    {{4, 4, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 90},
    {{6, 6, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 60},
    {{4, 4, 1, 0, 4, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 30},
    {{0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10},
    {{1, 1, 0, 0, 2, 0, 0, 0, 1, 3, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 30},
    {{1, 1, 6, 6, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 20},
    {{4, 4, 1, 1, 1, 3, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 20},
    {{3, 3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0}, 20},
    {{4, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 0, 1, 0, 0, 0, 0}, 50},
    {{3, 3, 0, 0, 3, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0}, 30},
    {{3, 3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0}, 20},
    {{2, 2, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 4, 0, 0, 0}, 20},
    {{3, 3, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0}, 50},
    {{2, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 3, 3}, 20},
    {{2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 30},
    {{2, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 4, 1, 3, 3, 0, 0, 0}, 20},
    {{2, 2, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 20},
    {{2, 2, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 2, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 20},
    {{2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 2, 0, 0, 0, 0, 0, 0}, 20},
    {{2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0}, 20},
    {{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 3, 2, 0, 1, 1}, 20},
    {{3, 3, 1, 1, 2, 1, 0, 1, 0, 1, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 30},
};

constexpr int kMostScratches = 3;

class Drawer {
 public:
  Drawer(std::uint64_t seed, const RandomShape& shape)
      : random_(seed), shape_(shape), profile_(kProfiles[below(std::size(kProfiles))]) {
    program_.seed = seed;
    data_in_locks_ = below(2) == 0;
    spurious_ = below(3) == 0;
    // Normal, recursive or errorcheck.
    for (std::uint64_t& type : mutex_types_) type = below(4) == 0 ? below(3) : 0;
  }

  RandomProgram draw() {
    const std::uint64_t threads = 2 + below(shape_.most_threads - 1);
    locations_ = static_cast<Location>(1 + below(3));
    program_.threads.resize(threads);
    const std::uint64_t total =
        shape_.least_statements + below(shape_.most_statements - shape_.least_statements + 1);
    std::size_t drawn = 0;
    for (std::uint64_t tries = 0; drawn < total && tries < 100; ++tries) {
      thread_ = &program_.threads[below(threads)];
      const std::size_t room = total - drawn;
      const std::vector<Statement> block = draw_block();
      const std::size_t size = operations(block);
      if (size > room + 1) continue;
      thread_->insert(thread_->end(), block.begin(), block.end());
      drawn += size;
    }
    if (below(4) == 0) {
      add_creates();
    } else {
      add_first_thread();
    }
    if (below(6) == 0) program_.initial[0] = 1;
    static constexpr int kBytes[] = {1, 2, 4, 8, 8, 8};
    program_.native.bytes = kBytes[below(6)];
    program_.native.checkpoints = below(3) != 0;
    program_.native.observed = below(10) == 0;
    if (program_.has_plain()) promote_nothing();
    return std::move(program_);
  }

 private:
  /// What counts as a statement of the program: not the steering inside a thread.
  static std::size_t operations(const std::vector<Statement>& block) {
    return static_cast<std::size_t>(
        std::count_if(block.begin(), block.end(), [](const Statement& s) {
          return s.kind != Kind::kSkipIf && s.kind != Kind::kSkipUnless && s.kind != Kind::kClear &&
                 s.kind != Kind::kChoose;
        }));
  }

  /// A location's plain accesses are either all events or none.
  void promote_nothing() {
    for (std::vector<Statement>& thread : program_.threads) {
      for (Statement& s : thread) s.non_atomic = false;
    }
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint64_t type_of(Location mutex) const { return mutex_types_[mutex - kMutexes]; }
  Location any_location() { return static_cast<Location>(below(locations_)); }

  template <std::size_t n>
  MemoryOrder any_order(const MemoryOrder (&weak)[n]) {
    return below(100) < static_cast<std::uint64_t>(profile_.seq_cst) ? kSc : weak[below(n)];
  }
  MemoryOrder load_order() { return any_order({kRlx, kAcq}); }
  MemoryOrder store_order() { return any_order({kRlx, kRel}); }
  MemoryOrder rmw_order() { return any_order({kRlx, kAcq, kRel, kAcqRel}); }

  /// A register that nothing in this thread uses yet.
  int fresh_register() const {
    int used = -1;
    for (const Statement& s : *thread_) used = std::max(used, s.target);
    return std::min(used + 1, kRegisters - 1);
  }
  int last_register() const { return std::max(fresh_register() - 1, 0); }

  Statement access(Kind kind, MemoryOrder order, int target = kNoRegister) {
    Statement s;
    s.kind = kind;
    s.location = any_location();
    s.order = order;
    s.target = target;
    s.value = 1 + below(2);
    return s;
  }
  Statement sync(SyncOp op, Location object, std::uint64_t value = 0, int target = kNoRegister) {
    Statement s;
    s.kind = Kind::kSync;
    s.sync = op;
    s.location = object;
    s.value = value;
    s.target = target;
    return s;
  }
  Statement skip(Kind kind, int target, std::uint64_t value, int count) {
    Statement s;
    s.kind = kind;
    s.target = target;
    s.value = value;
    s.skip = count;
    return s;
  }
  Statement plain_access() {
    if (below(3) == 0) return access(Kind::kLoad, load_order(), fresh_register());
    return access(Kind::kStore, store_order());
  }

  Statement data_access() {
    Statement s = plain_access();
    s.plain = true;
    s.order = kRlx;
    return s;
  }
  /// Of what a lock protects.
  Statement protected_access() { return data_in_locks_ ? data_access() : plain_access(); }

  std::vector<Statement> draw_block() {
    std::uint64_t total = 0;
    for (const int weight : profile_.weights) total += static_cast<std::uint64_t>(weight);
    std::uint64_t left = below(total);
    int block = 0;
    while (left >= static_cast<std::uint64_t>(profile_.weights[block])) {
      left -= static_cast<std::uint64_t>(profile_.weights[block++]);
    }
    const auto kind = static_cast<Block>(block);
    if (kind >= Block::kMutex) return draw_sync(kind);
    if (kind >= Block::kData) return draw_data(kind);
    return kind >= Block::kPublish ? draw_message(kind) : draw_accesses(kind);
  }

  std::vector<Statement> draw_accesses(Block block) {
    const int target = fresh_register();
    switch (block) {
      case Block::kLoad:
        return {access(Kind::kLoad, load_order(), target)};
      case Block::kStore:
        if (target > 0 && below(5) == 0) {
          return {access(Kind::kStoreRegister, store_order(), last_register())};
        }
        return {access(Kind::kStore, store_order())};
      case Block::kRmw:
        return {access(below(2) == 0 ? Kind::kAdd : Kind::kExchange, rmw_order(), target)};
      case Block::kCompareExchange: {
        Statement s = access(Kind::kCompareExchange, rmw_order(), target);
        s.failure = load_order();
        s.expected = below(3);
        s.weak = below(4) == 0;
        return {s};
      }
      case Block::kFence:
        return {access(Kind::kFence, any_order({kAcq, kRel, kAcqRel}))};
      case Block::kBranch:
        return {access(Kind::kLoad, load_order(), target),
                skip(below(2) == 0 ? Kind::kSkipIf : Kind::kSkipUnless, target, below(2),
                     static_cast<int>(1 + below(2))),
                plain_access()};
      case Block::kChoice: {
        Statement s = access(Kind::kChoose, kRlx, target);
        s.value = 2 + below(2);
        return {s, skip(Kind::kSkipIf, target, below(2), 1), plain_access()};
      }
      case Block::kAwait:
        return {access(Kind::kAwait, load_order())};
      default: {
        Statement s = plain_access();
        s.order = kRlx;
        s.non_atomic = true;
        return {s};
      }
    }
  }

  /// Parts of message passing: location 0 is the data, 1 the flag.
  std::vector<Statement> draw_message(Block block) {
    const int target = fresh_register();
    const bool by_fence = below(3) == 0;
    if (block == Block::kSignal) {
      const bool load = below(2) == 0;
      Statement signal = access(load ? Kind::kLoad : Kind::kStore, load ? kAcq : kRel);
      signal.location = kSignal;
      if (load) signal.target = target;
      return {signal};
    }
    Statement flag = access(block == Block::kObserve ? Kind::kLoad : Kind::kStore, kRlx, target);
    flag.location = 1;
    if (block == Block::kRelay) {
      flag.kind = below(3) == 0 ? Kind::kCompareExchange : Kind::kAdd;
      flag.expected = 1 + below(2);
      flag.order = rmw_order();
      return {flag};
    }
    Statement data = flag;
    data.location = 0;
    data.non_atomic = below(8) == 0;
    const bool publish = block == Block::kPublish;
    Statement fence = access(Kind::kFence, any_order({kAcqRel, publish ? kRel : kAcq}));
    if (!by_fence) flag.order = any_order({publish ? kRel : kAcq});
    flag.non_atomic = below(12) == 0;
    if (publish) flag.target = data.target = kNoRegister;
    if (!publish) data.target = std::min(target + 1, kRegisters - 1);
    std::vector<Statement> block_of = {flag, data};
    if (publish) std::swap(block_of[0], block_of[1]);
    if (by_fence) block_of.insert(block_of.begin() + 1, fence);
    return block_of;
  }

  Statement draw_scratch(int target) {
    Statement s = access(Kind::kScratch, rmw_order(), target);
    s.failure = load_order();
    s.location = kScratches + static_cast<Location>(2 * scratches_++);
    return s;
  }

  std::vector<Statement> draw_time() {
    const int target = fresh_register();
    if (below(3) == 0 && scratches_ < kMostScratches) return {draw_scratch(target)};
    if (below(4) == 0) return {access(Kind::kSleep, kRlx)};
    const Statement clock = access(Kind::kClock, kRlx, target);
    if (below(2) == 0) return {clock};
    return {clock, access(Kind::kStoreRegister, store_order(), target)};
  }

  /// Plain data, and message passing with it: location 0 is the data, 1 the flag.
  std::vector<Statement> draw_data(Block block) {
    if (block == Block::kTime) return draw_time();
    if (block == Block::kData) return {data_access()};
    const int target = fresh_register();
    const bool send = block == Block::kSend;
    const std::uint64_t message = 1 + below(2);
    Statement data = access(send || below(4) == 0 ? Kind::kStore : Kind::kLoad, kRlx, target + 1);
    data.plain = true;
    data.location = 0;
    if (data.kind == Kind::kStore) data.target = kNoRegister;
    Statement flag = access(send ? Kind::kStore : Kind::kLoad, any_order({send ? kRel : kAcq}));
    flag.location = 1;
    flag.value = message;
    if (below(6) == 0) flag.order = kRlx;
    if (!send) flag.target = target;
    if (below(5) == 0) {  // An atomic access of the data orders itself after plain ones.
      Statement again = access(send ? Kind::kStore : Kind::kLoad, send ? kRel : kAcq);
      again.location = 0;
      if (!send) again.target = target + 1;
      if (!send) return {flag, skip(Kind::kSkipUnless, target, message, 1), again};
      return {data, again, flag};
    }
    if (send) {
      if (below(3) == 0) flag.kind = below(2) == 0 ? Kind::kAdd : Kind::kExchange;
      return {data, flag};
    }
    if (below(4) == 0) {
      flag.kind = Kind::kAwait;
      flag.target = kNoRegister;
      return {flag, data};
    }
    std::vector<Statement> block_of{flag, skip(Kind::kSkipUnless, target, message, 1), data};
    if (flag.order == kRlx && below(2) == 0) {
      block_of.insert(block_of.begin() + 2, access(Kind::kFence, any_order({kAcq, kAcqRel})));
      block_of[1].skip = 2;
    }
    return block_of;
  }

  std::vector<Statement> draw_sync(Block block) {
    switch (block) {
      case Block::kMutex:
        return draw_mutex();
      case Block::kTryMutex:
        return draw_try_mutex();
      case Block::kReadWriteLock:
        return draw_rwlock();
      case Block::kSemaphore: {
        static constexpr SyncOp kOps[] = {SyncOp::kSemaphoreWait,  SyncOp::kSemaphorePost,
                                          SyncOp::kSemaphorePost,  SyncOp::kSemaphoreTryWait,
                                          SyncOp::kSemaphoreValue, SyncOp::kSemaphoreTimedWait};
        return {sync(kOps[below(6)], kSemaphore, 0, fresh_register())};
      }
      case Block::kCondition:
        return draw_condition();
      case Block::kFutex:
        return draw_futex();
      case Block::kOnce: {
        const int target = fresh_register();
        const bool done = below(3) != 0;
        return {sync(SyncOp::kOnceBegin, kOnce, 0, target), skip(Kind::kSkipIf, target, 1, 2),
                access(Kind::kStore, store_order()),
                sync(done ? SyncOp::kOnceDone : SyncOp::kOnceAbort, kOnce)};
      }
      default: {
        const int target = fresh_register();
        Statement leave = sync(SyncOp::kBarrierLeave, kBarrier);
        leave.from = target;
        Statement clear = access(Kind::kClear, kRlx, target);
        return {sync(SyncOp::kBarrierArrive, kBarrier, 0, target),
                skip(Kind::kSkipIf, target, graph::kBarrierSerial, 2), leave, clear};
      }
    }
  }

  std::vector<Statement> draw_mutex() {
    const auto mutex = static_cast<Location>(kMutexes + below(2));
    std::vector<Statement> block{sync(SyncOp::kMutexLock, mutex, type_of(mutex))};
    if (below(3) != 0) block.push_back(protected_access());
    if (below(4) == 0) {
      block.push_back(sync(SyncOp::kMutexLock, mutex ^ 1, type_of(mutex ^ 1)));
    }
    if (below(5) != 0) block.push_back(sync(SyncOp::kMutexUnlock, mutex));
    return block;
  }

  std::vector<Statement> draw_try_mutex() {
    const int target = fresh_register();
    const auto mutex = static_cast<Location>(kMutexes + below(2));
    const SyncOp op = below(2) == 0 ? SyncOp::kMutexTryLock : SyncOp::kMutexTimedLock;
    return {sync(op, mutex, type_of(mutex), target), skip(Kind::kSkipUnless, target, 0, 2),
            protected_access(), sync(SyncOp::kMutexUnlock, mutex)};
  }

  std::vector<Statement> draw_rwlock() {
    static constexpr SyncOp kOps[] = {
        SyncOp::kReadLock,     SyncOp::kReadLock,      SyncOp::kReadLock,
        SyncOp::kWriteLock,    SyncOp::kWriteLock,     SyncOp::kTryReadLock,
        SyncOp::kTryWriteLock, SyncOp::kTimedReadLock, SyncOp::kTimedWriteLock};
    const SyncOp op = kOps[below(9)];
    const int target = fresh_register();
    if (below(4) == 0) return {sync(op, kReadWriteLock, 0, target), plain_access()};
    std::vector<Statement> block{sync(op, kReadWriteLock, 0, target),
                                 skip(Kind::kSkipUnless, target, 0, 2), protected_access()};
    if (below(6) != 0) block.push_back(sync(SyncOp::kRwUnlock, kReadWriteLock));
    return block;
  }

  std::vector<Statement> draw_condition() {
    if (below(2) == 0) {
      return {
          sync(below(3) == 0 ? SyncOp::kConditionBroadcast : SyncOp::kConditionSignal, kCondition)};
    }
    const SyncOp wait = below(4) == 0 ? SyncOp::kConditionTimedWait : SyncOp::kConditionWait;
    std::vector<Statement> block{sync(SyncOp::kConditionEnqueue, kCondition),
                                 sync(wait, kCondition, 0, fresh_register())};
    if (below(4) == 0) return block;
    if (spurious_) may_wake_spuriously(&block);
    block.insert(block.begin() + 1, sync(SyncOp::kMutexUnlock, kMutexes));
    block.insert(block.begin(), sync(SyncOp::kMutexLock, kMutexes, type_of(kMutexes)));
    block.push_back(sync(SyncOp::kMutexLock, kMutexes, type_of(kMutexes)));
    if (below(3) == 0) block.push_back(protected_access());
    block.push_back(sync(SyncOp::kMutexUnlock, kMutexes));
    return block;
  }

  /// Around the wait, which is last: whether the thread just leaves the queue is a choice.
  void may_wake_spuriously(std::vector<Statement>* block) {
    const Statement wait = block->back();
    const int choice = wait.target + 1;
    Statement choose = access(Kind::kChoose, kRlx, choice);
    choose.value = 2;
    block->pop_back();
    block->insert(
        block->end(),
        {choose, skip(Kind::kSkipIf, choice, 1, 1), wait, skip(Kind::kSkipUnless, choice, 1, 1),
         sync(SyncOp::kConditionLeave, kCondition), access(Kind::kClear, kRlx, choice)});
  }

  std::vector<Statement> draw_futex() {
    const int target = fresh_register();
    if (below(2) == 0) return {sync(SyncOp::kFutexWake, kFutex, 1 + below(2), target)};
    // As the door does: in the queue it looks at the word, and waits or goes.
    static constexpr SyncOp kWaits[] = {SyncOp::kFutexTimedWait, SyncOp::kFutexWait,
                                        SyncOp::kFutexWait, SyncOp::kFutexLeave};
    return {sync(SyncOp::kFutexEnqueue, kFutex), sync(kWaits[below(4)], kFutex, 0, target)};
  }

  static Statement of_thread(Kind kind, std::size_t thread) {
    Statement s;
    s.kind = kind;
    s.value = thread;
    return s;
  }

  /// Thread 0 starts all others in order, and joins some.
  void add_creates() {
    std::vector<Statement>& first = program_.threads[0];
    std::size_t place = 0;
    for (std::size_t t = 1; t < program_.threads.size(); ++t) {
      place += below(std::min<std::size_t>(first.size() - place, 2) + 1);
      first.insert(first.begin() + static_cast<std::ptrdiff_t>(place), of_thread(Kind::kCreate, t));
      ++place;
    }
    for (std::size_t t = 1; t < program_.threads.size(); ++t) {
      if (below(3) == 0) continue;
      const std::size_t after = place + below(first.size() - place + 1);
      first.insert(first.begin() + static_cast<std::ptrdiff_t>(after), of_thread(Kind::kJoin, t));
    }
  }

  /// A thread that does nothing but start and join the others, and then perhaps looks at a cell.
  void add_first_thread() {
    std::vector<Statement> first;
    for (std::size_t t = 1; t <= program_.threads.size(); ++t) {
      first.push_back(of_thread(Kind::kCreate, t));
    }
    for (std::size_t t = 1; t <= program_.threads.size(); ++t) {
      first.push_back(of_thread(Kind::kJoin, t));
    }
    program_.threads.insert(program_.threads.begin(), first);
    thread_ = &program_.threads[0];
    if (below(8) == 0) thread_->push_back(data_access());
    program_.native.on_stack = below(4) == 0;
    program_.native.on_heap = !program_.native.on_stack && below(3) == 0;
  }

  std::mt19937_64 random_;
  const RandomShape shape_;
  const Profile& profile_;
  Location locations_ = 1;
  bool data_in_locks_ = false;
  bool spurious_ = false;  ///< Waits on the condition may wake spuriously.
  int scratches_ = 0;
  std::uint64_t mutex_types_[2] = {};
  RandomProgram program_;
  std::vector<Statement>* thread_ = nullptr;
};

}  // namespace

RandomProgram draw_program(std::uint64_t seed, const RandomShape& shape) {
  return Drawer(seed, shape).draw();
}

}  // namespace heddle::test
