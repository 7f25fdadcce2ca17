// SPDX-License-Identifier: Apache-2.0
// Small abstract programs, and what drives them through a search as the runtime drives native code.
//
// A program is a few threads of instructions over registers: the visible operations of
// graph/operation.h, branches and a little arithmetic. They are built by chained calls:
//
//   Program program;
//   program.thread().store(x, 1).load(0, y);
//   program.thread().store(y, 1).load(0, x);
//   Summary summary = run(program, search);
//
// Threads that some `create` names start there (with start event; with end event when joined);
// all others run from the beginning. Registers are 0..15, zero at first.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "checker/graph/operation.h"
#include "checker/search/search.h"
#include "heddle/options.h"

namespace heddle::test {

using graph::MemoryOrder;
using Location = base::LocationId;

inline constexpr MemoryOrder kRlx = MemoryOrder::kRelaxed;
inline constexpr MemoryOrder kAcq = MemoryOrder::kAcquire;
inline constexpr MemoryOrder kRel = MemoryOrder::kRelease;
inline constexpr MemoryOrder kAcqRel = MemoryOrder::kAcqRel;
inline constexpr MemoryOrder kSc = MemoryOrder::kSeqCst;

inline constexpr int kRegisters = 16;
inline constexpr int kNoRegister = -1;

struct Instruction {
  enum class Code : std::uint8_t {
    kOperation,   ///< target := result of the operation; its operand plus register `a` if given.
    kPlain,       ///< The same for a load or store that is a plain access.
    kAwait,       ///< Loads until the value equals `constant`; parks instead of a second round.
    kSet,         ///< target := a + b + constant.
    kClock,       ///< target := what the clock shows, in units of one timed wait's patience.
    kSleep,       ///< One such unit.
    kSkipIf,      ///< Skips `skip` instructions if a == constant.
    kSkipUnless,  ///< Skips `skip` instructions if a != constant.
    kSkipAbove,   ///< Skips `skip` instructions if a > constant.
  };
  Code code = Code::kOperation;
  graph::Operation operation;
  int target = kNoRegister;
  int a = kNoRegister;
  int b = kNoRegister;
  std::uint64_t constant = 0;
  int skip = 0;
};

class Thread {
 public:
  Thread& load(int target, Location x, MemoryOrder order = kRlx);
  Thread& store(Location x, std::uint64_t value, MemoryOrder order = kRlx);
  /// Stores register `a` plus `value`.
  Thread& store_register(Location x, int a, MemoryOrder order = kRlx, std::uint64_t value = 0);
  Thread& add(Location x, std::uint64_t value, MemoryOrder order = kRlx, int target = kNoRegister);
  Thread& exchange(int target, Location x, std::uint64_t value, MemoryOrder order = kRlx);
  /// target := value read.
  Thread& compare_exchange(int target, Location x, std::uint64_t expected, std::uint64_t desired,
                           MemoryOrder success = kRlx, MemoryOrder failure = kRlx,
                           bool weak = false);
  Thread& fence(MemoryOrder order);
  /// The argument is `argument` plus register `a`.
  Thread& sync(graph::SyncOp op, Location object, std::uint64_t argument = 0,
               int target = kNoRegister, int a = kNoRegister);
  Thread& lock(Location mutex) { return sync(graph::SyncOp::kMutexLock, mutex); }
  Thread& unlock(Location mutex) { return sync(graph::SyncOp::kMutexUnlock, mutex); }
  Thread& create(base::ThreadId child);
  Thread& join(base::ThreadId child);
  Thread& choose(int target, std::uint64_t outcomes);
  Thread& await(Location x, std::uint64_t value, MemoryOrder order = kRlx);
  /// The clock shows what expired waits and sleeps in the (sb | rf)-prefix have moved it to. Every
  /// timed wait waits for one unit from when it was called.
  Thread& clock(int target);
  Thread& sleep();
  Thread& set(int target, int a, int b = kNoRegister, std::uint64_t constant = 0);
  Thread& skip_if(int a, std::uint64_t value, int count);
  Thread& skip_unless(int a, std::uint64_t value, int count);
  Thread& skip_above(int a, std::uint64_t value, int count);
  /// Makes the operation added last a promoted plain access.
  Thread& non_atomic();
  /// Makes the operation added last, a load or a store, a plain access: not an event, but one that
  /// may race.
  Thread& plain();

  const std::vector<Instruction>& instructions() const { return instructions_; }

 private:
  Thread& operation(graph::Operation operation, int target, int a = kNoRegister);
  std::vector<Instruction> instructions_;
};

class Program {
 public:
  Program() { threads_.reserve(base::kMaxThreads); }
  /// Adds a thread; the reference stays valid.
  Thread& thread() { return threads_.emplace_back(); }
  Program& initial(Location x, std::uint64_t value);
  /// Initialises a barrier.
  Program& barrier(Location x, std::uint64_t parties);

  const std::vector<Thread>& threads() const { return threads_; }
  bool has_plain() const;
  std::uint64_t initial_of(Location x) const { return x < initial_.size() ? initial_[x] : 0; }
  /// 0 if it is no barrier.
  std::uint64_t parties_of(Location x) const { return x < parties_.size() ? parties_[x] : 0; }

 private:
  std::vector<Thread> threads_;
  std::vector<std::uint64_t> initial_;
  std::vector<std::uint64_t> parties_;
};

/// Final registers of all threads.
using Registers = std::vector<std::array<std::uint64_t, kRegisters>>;

struct Execution {
  enum class End : std::uint8_t { kComplete, kDeadlocked, kBlocked };
  End end = End::kComplete;
  const Registers& registers;
  const graph::ExecutionGraph& graph;
};

struct Summary {
  std::uint64_t complete = 0;
  std::uint64_t deadlocked = 0;
  std::uint64_t blocked = 0;
  std::uint64_t duplicates = 0;  ///< Complete or deadlocked executions met before; see RunOptions.
  std::uint64_t inconsistent = 0;  ///< Executions that break an axiom of the model.
  std::set<std::string> graphs;    ///< Canonical forms of those that are complete or deadlocked.
  std::uint64_t races = 0;         ///< 1 after an execution with a data race: then the run stops.
  std::set<std::string> outcomes;  ///< outcome_of() complete ones.
};

struct RunOptions {
  bool collect = true;           ///< Fill graphs, outcomes and duplicates.
  const Model* check = nullptr;  ///< Check the axioms of this model on every execution.
  std::uint64_t limit = 0;       ///< Of executions; 0 for none.
  std::function<void(const Execution&)> on_execution;
};

/// "r0 r1 | r0 r1": of each thread the registers that its instructions name, and those below them.
std::string outcome_of(const Program& program, const Registers& registers);

/// Drives `program` through every execution that `search` wants.
Summary run(const Program& program, search::Search& search, const RunOptions& options = {});

/// rf, mo and choices of a graph as text; equal iff the graphs are. Independent of stamps; leaves
/// out blocked reads, which some searches add for operations that never get through, and ends of
/// threads, which some programs do not have.
std::string canonical(const graph::ExecutionGraph& graph);

}  // namespace heddle::test
