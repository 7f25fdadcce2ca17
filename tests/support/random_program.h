// SPDX-License-Identifier: Apache-2.0
// Small random programs for comparing searches with the oracle: drawn from a seed, printed as the
// code that builds them, and made smaller while they still fail.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/support/program.h"

namespace heddle::test {

/// Locations below kMutexes are cells; synchronisation objects have their own, one kind each.
inline constexpr Location kSignal = 3;
inline constexpr Location kMutexes = 4;  // Two.
inline constexpr Location kReadWriteLock = 6;
inline constexpr Location kSemaphore = 7;
inline constexpr Location kCondition = 8;
inline constexpr Location kFutex = 9;
inline constexpr Location kOnce = 10;
inline constexpr Location kBarrier = 11;
inline constexpr std::uint64_t kBarrierParties = 2;
inline constexpr Location kEarlierLife = 12;  ///< Two: cells that lived where others live later.
inline constexpr Location kScratches = 16;    ///< Of Statement::Kind::kScratch.

/// One call of the builder in program.h.
struct Statement {
  enum class Kind : std::uint8_t {
    kLoad,
    kStore,
    kStoreRegister,  ///< Register plus value.
    kAdd,
    kExchange,
    kCompareExchange,
    kFence,
    kSync,
    kCreate,  ///< `value` is the thread; so for kJoin.
    kJoin,
    kChoose,  ///< `value` outcomes.
    kAwait,
    kSkipIf,
    kSkipUnless,
    kClear,  ///< Sets the register to zero.
    kClock,
    kSleep,
    kScratch,  ///< Twice: an atomic of its own is born at the same place, added to and loaded.
  };
  Kind kind = Kind::kLoad;
  graph::SyncOp sync = graph::SyncOp::kNone;
  MemoryOrder order = kRlx;
  MemoryOrder failure = kRlx;
  bool weak = false;
  bool non_atomic = false;
  bool plain = false;  ///< Not atomic, and not an event of the checker's.
  Location location = 0;
  int from = kNoRegister;    ///< kSync: the register that is added to the argument.
  int target = kNoRegister;  ///< The register that is set, stored or tested.
  std::uint64_t value = 0;
  std::uint64_t expected = 0;
  int skip = 0;
};

/// What of a compiled program does not show in its executions; see tests/random/.
struct NativeShape {
  bool on_stack = false;     ///< The shared cells live on the first thread's stack...
  bool on_heap = false;      ///< ... or on the heap. Otherwise they are globals.
  int bytes = 8;             ///< Of a cell.
  bool checkpoints = false;  ///< Executions go on from kept states from the first one on.
  bool observed = false;     ///< What its threads read are outcomes, and their tokens are replayed.
};

struct RandomProgram {
  std::uint64_t seed = 0;
  NativeShape native;
  std::vector<std::vector<Statement>> threads;
  std::map<Location, std::uint64_t> initial;

  /// Skips that lead beyond the end of a thread end there.
  Program build() const;
  /// Code that builds it.
  std::string text() const;
  /// The same without spurious failures of weak compare-exchanges.
  RandomProgram strong() const;
  bool has_weak() const;
  bool has_plain() const;
  std::size_t statements() const;
};

struct RandomShape {
  std::uint32_t least_statements = 4;  ///< In total, about.
  std::uint32_t most_statements = 10;
  std::uint32_t most_threads = 4;
};

/// The same program for the same seed and shape.
RandomProgram draw_program(std::uint64_t seed, const RandomShape& shape = {});

/// A smaller program for which `fails` still holds; it holds for `program`.
RandomProgram shrink(RandomProgram program, const std::function<bool(const RandomProgram&)>& fails);

}  // namespace heddle::test
